#include "admin/probe.hpp"

#include <charconv>
#include <condition_variable>
#include <ctime>
#include <filesystem>
#include <mutex>

#include "admin/authority_folder.hpp"
#include "admin/https.hpp"
#include "admin/mailbox.hpp"
#include "admin/session.hpp"
#include "domain/sii.hpp"

namespace glados::admin {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view mark = "{n}";
constexpr milliseconds look_again{100};

/// Lets time pass in which nothing could happen that wakes anybody.
void pause(std::chrono::duration<double> time) {
  std::mutex own;
  std::unique_lock held(own);
  std::condition_variable never;
  never.wait_for(held, time, [] { return false; });
}

std::chrono::duration<double> steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

/// What a line says, checked.
struct plan {
  canary_account account;
  profile who;
  std::string pattern, maildir;
  std::uint64_t identifiers = 1, every = 60, patience = 30;
};

plan plan_of(const session& s) {
  plan out;
  const auto folder = s.line().option("folder").value_or(".");
  const auto client = parse_json(session::read_file(folder + "/client.json")).value_or(value{});
  out.account = {client.at("provider_id").text(), client.at("client_id").text(),
                 client.at("client_secret").text()};
  out.who = {"of the prober",     s.line().option("url").value_or(client.at("base_url").text()),
             folder + "/ca.pem",  folder + "/cert.pem",
             folder + "/key.pem", std::chrono::seconds(10)};
  std::vector<std::string> faults;
  if (out.account.client_secret.empty())
    faults.push_back(folder + "/client.json is not what an approval answers");
  if (const auto fault = url_fault(out.who.url); !fault.empty())
    faults.push_back("the service's URL " + fault);
  else
    check_files(out.who, std::chrono::seconds(std::time(nullptr)), faults);
  out.pattern = s.text("sii", true);
  out.maildir = s.text("maildir", true);
  out.identifiers = number_option(s, "of", 300, 1, 100'000);
  out.every = number_option(s, "every", 60, 5, 3600);
  out.patience = number_option(s, "patience", 30, 1, 120);
  if (out.pattern.find(mark) == out.pattern.npos)
    out.identifiers = 1;
  if (!canonical_sii(canary_sii(out.pattern, 0)))
    faults.emplace_back("--sii is no identifier");
  std::string all;
  for (const auto& fault : faults) all.append(all.empty() ? "" : "\n  ").append(fault);
  if (!faults.empty())
    throw stop(outcome::bad_line, all);
  return out;
}

/// What stands in the message's header of an address; a number stands in none.
std::string address_of(const std::string& sii) {
  constexpr std::string_view mail = "mailto:";
  return sii.starts_with(mail) ? sii.substr(mail.size()) : std::string();
}

/// The rounds of one run of the program.
class prober {
 public:
  explicit prober(const session& s)
      : plan_(plan_of(s)),
        metrics_file_(s.line().option("metrics").value_or("")),
        box_(plan_.maildir),
        service_(connect_to(plan_.who)),
        canary_(plan_.account, *service_, steady_now,
                [this](const std::string& sii) { return wait_for_code(sii); }) {}

  round_report round() {
    const auto now = static_cast<std::uint64_t>(std::time(nullptr));
    box_.clear();
    const auto made =
        canary_.round(canary_sii(plan_.pattern, now / plan_.every % plan_.identifiers));
    metrics_.add(made, std::time(nullptr));
    write_metrics();
    return made;
  }

  void wait_for_next() const {
    const auto past = static_cast<std::uint64_t>(std::time(nullptr)) % plan_.every;
    pause(std::chrono::seconds(plan_.every - past));
  }

 private:
  std::optional<std::string> wait_for_code(const std::string& sii) {
    const auto until = steady_now() + std::chrono::seconds(plan_.patience);
    while (true) {
      if (auto code = box_.take(address_of(sii)))
        return code;
      if (steady_now() > until)
        return {};
      pause(look_again);
    }
  }

  /// As a whole, so that nobody reads half a file.
  void write_metrics() const {
    if (metrics_file_.empty())
      return;
    const auto fresh = metrics_file_ + ".new";
    std::error_code failed;
    std::filesystem::remove(fresh, failed);
    write_new_file(fresh, metrics_.text(), 0644);
    std::filesystem::rename(fresh, metrics_file_, failed);
    if (failed)
      throw stop(outcome::bad_line, metrics_file_ + ": " + failed.message());
  }

  plan plan_;
  std::string metrics_file_;
  mailbox box_;
  std::unique_ptr<transport> service_;
  canary canary_;
  probe_metrics metrics_;
};

std::string shown(double number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 std::chars_format::fixed, 6)
                       .ptr;
  return {digits.data(), end};
}

std::string failure_of(const round_report& made) {
  return std::string(made.failed) + " failed: " + made.why;
}

void probe_once(session& s) {
  prober one(s);
  const auto made = one.round();
  auto told = value::object();
  table out({{"STEP"}, {"SECONDS", table::align::right}});
  for (const auto& [name, took] : made.took) {
    told.put(std::string(name), value::digits(shown(took.count())));
    out.add({std::string(name), shown(took.count())});
  }
  if (!made.good)
    throw stop(made.how, failure_of(made));
  s.show(told, out.text());
}

void probe_on(session& s) {
  prober one(s);
  while (true) {
    if (const auto made = one.round(); !made.good)
      s.remark(failure_of(made));
    one.wait_for_next();
  }
}

constexpr option_row folder{"folder", "FOLDER", "ca.pem, cert.pem, key.pem, client.json (.)"};
constexpr option_row identifier{"sii", "SII", "the canary; {n} in it is its number"};
constexpr option_row turns{"of", "N", "how many numbers take turns (300)"};
constexpr option_row maildir{"maildir", "FOLDER", "where its messages arrive, and no others"};
constexpr option_row patience{"patience", "SECONDS", "how long to wait for a code (30)"};
constexpr option_row metrics{"metrics", "FILE", "Prometheus text, replaced after each round"};

const command_row rows[] = {
    {"once",
     "",
     effect::changes,
     "One round; tells how long each step took.",
     probe_once,
     {{folder, identifier, turns, maildir, patience, metrics}}},
    {"run",
     "",
     effect::changes,
     "A round again and again, until it is ended.",
     probe_on,
     {{folder,
       identifier,
       turns,
       maildir,
       patience,
       metrics,
       {"every", "SECONDS", "from round to round (60)"}}}},
};

constexpr option_row shared[] = {
    {"url", "URL", "of the provider listener, instead of client.json's"},
    {"json", "", "one JSON value for programs instead of text for people"},
    {"help", "", "this, or one command's options"},
};

constexpr std::string_view about =
    "Proves one canary identifier and looks it up, through the provider listener, as a provider\n"
    "of its own. docs/operations.md says how it is set up.\n"
    "Exit codes of once: 0 good, 1 refused, 2 bad command line or files, 3 not reachable,\n"
    "6 a code that did not come, or an answer that is wrong.";

}  // namespace

const program_row& probe_program() {
  static const program_row program{"glados probe", about, rows, shared};
  return program;
}

std::string canary_sii(const std::string& pattern, std::uint64_t number) {
  auto out = pattern;
  if (const auto at = out.find(mark); at != out.npos)
    out.replace(at, mark.size(), std::to_string(number));
  return out;
}

void probe_metrics::add(const round_report& round, std::int64_t at) {
  last_ = round;
  ++rounds_;
  ran_at_ = at;
  if (round.good)
    good_at_ = at;
  else
    ++failures_[round.failed];
}

std::string probe_metrics::text() const {
  std::string out;
  const auto head = [&out](std::string_view name, std::string_view type, std::string_view help) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
    out.append(name).append(" ").append(type).append("\n");
  };
  const auto plain = [&](std::string_view name, std::string_view type, std::string_view help,
                         std::uint64_t number) {
    head(name, type, help);
    out.append(name).append(" ").append(std::to_string(number)).append("\n");
  };
  plain("glados_probe_success", "gauge", "1 if the last round was good", last_.good ? 1 : 0);
  plain("glados_probe_rounds_total", "counter", "Rounds", rounds_);
  plain("glados_probe_run_timestamp_seconds", "gauge", "End of the last round",
        static_cast<std::uint64_t>(ran_at_));
  plain("glados_probe_success_timestamp_seconds", "gauge", "End of the last good round",
        static_cast<std::uint64_t>(good_at_));
  constexpr std::string_view failures = "glados_probe_failures_total";
  head(failures, "counter", "Rounds that were not good, by the step in which they ended");
  for (const auto name : canary_steps) {
    const auto found = failures_.find(name);
    out.append(failures).append("{step=\"").append(name).append("\"} ");
    out.append(std::to_string(found == failures_.end() ? 0 : found->second)).append("\n");
  }
  constexpr std::string_view took = "glados_probe_step_seconds";
  head(took, "gauge", "How long each step of the last round took");
  for (const auto& [name, time] : last_.took)
    out.append(took).append("{step=\"").append(name).append("\"} ").append(shown(time.count())) +=
        "\n";
  return out;
}

}  // namespace glados::admin
