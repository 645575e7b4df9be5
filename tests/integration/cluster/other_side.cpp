#include "other_side.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <filesystem>
#include <future>
#include <sstream>
#include <stdexcept>

namespace glados::cluster::test {
namespace {

using namespace actors;

/// Answers what it expects with a filled answer, anything else with an empty one.
template <class Message, class Answer>
auto by_rote(gate_actor::pointer self) {
  return [self](const Message& asked) {
    auto& system = self->system();
    return bytes_of(system, asked) == bytes_of(system, filled<Message>()) ? filled<Answer>()
                                                                          : Answer{};
  };
}

/// Never answers: what is asked of it waits for ever.
auto in_silence(gate_actor::pointer self) {
  return [self](const find_answer&) -> caf::result<found_answer> {
    auto promise = self->make_response_promise<found_answer>();
    static std::vector<caf::typed_response_promise<found_answer>> kept;
    kept.push_back(promise);
    return promise;
  };
}

gate_actor::behavior_type scripted_gate(gate_actor::pointer self) {
  return {
      by_rote<lookup_mapping, lookup_answer>(self),
      by_rote<decide_mapping, mapping_answer>(self),
      by_rote<get_mapping, mapping_answer>(self),
      by_rote<find_mapping, mapping_answer>(self),
      by_rote<remove_mapping, mapping_answer>(self),
      by_rote<open_verification, verification_answer>(self),
      by_rote<check_code, verification_answer>(self),
      by_rote<plan_resend, verification_answer>(self),
      by_rote<resend_code, verification_answer>(self),
      by_rote<cancel_verification, verification_answer>(self),
      by_rote<get_verification, verification_answer>(self),
      in_silence(self),
      by_rote<get_change, change_answer>(self),
      by_rote<file_report, change_answer>(self),
      by_rote<register_rows, register_answer>(self),
      by_rote<retract_rows, retract_answer>(self),
      [self](const lookup_batch& many) {
        const bool same =
            bytes_of(self->system(), many) == bytes_of(self->system(), filled<lookup_batch>());
        caf::anon_send(caf::actor_cast<caf::actor>(self->current_sender()),
                       same ? filled<lookup_results>() : lookup_results{});
      },
      // What is answered by nothing is sent back by the sender's own gate, which it brings along.
      [self](const peer_hello& from) {
        auto to = caf::actor_cast<gate_actor>(from.gate);
        self->send(to, peer_hello{from.incarnation + " was here", {}});
        self->send(to, filled<shard_moved>());
        self->send(to, filled<shard_released>());
        self->send(to, filled<provider_rung>());
      },
      [](const shard_moved&) {},
      [](const shard_released&) {},
      [](const provider_rung&) {},
      by_rote<find_sandbox_messages, sandbox_notes>(self),
      [](const table_changed&) {},
      [](const continuation&) {},
      [self](const stop&) { self->quit(); },
  };
}

[[noreturn]] void be_the_other_side(const link_options& options, int tell, int until) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGPIPE, SIG_IGN);
  this_side here(options);
  std::promise<result<std::string>> opened;
  here.link.open(here.system.spawn(scripted_gate),
                 [&](result<std::string> address) { opened.set_value(std::move(address)); });
  const auto address = opened.get_future().get();
  const std::string line = address ? *address : "none";
  if (::write(tell, line.data(), line.size()) > 0) {
    char end = 0;
    while (::read(until, &end, 1) > 0) {
    }
  }
  ::_exit(0);
}

}  // namespace

// --- certificates --------------------------------------------------------------------------------

const certificates& certificates::instance() {
  static const certificates made;
  return made;
}

certificates::certificates() {
  std::string pattern = (std::filesystem::temp_directory_path() / "glados-peers-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  for (const std::string name : {"own", "foreign"}) {
    std::ostringstream line;
    const auto at = folder_ + "/" + name;
    const auto* const key = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";
    line << "exec 2>" << at << ".log; openssl req -x509" << key << "-subj /CN=" << name
         << " -keyout " << at << "-ca.key -out " << at << "-ca.pem && openssl req" << key
         << "-subj /CN=node -keyout " << at << ".key -out " << at
         << ".csr && openssl x509 -req -days 2 -in " << at << ".csr -CA " << at << "-ca.pem -CAkey "
         << at << "-ca.key -CAcreateserial -out " << at << ".pem";
    const auto command = line.str();
    if (std::system(command.c_str()) != 0)  // tidy: a shell, because openssl makes the certificates
      throw std::runtime_error("the certificates could not be made");
  }
}

certificates::~certificates() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

link_options certificates::of(const std::string& authority) const {
  link_options out;
  out.address = "127.0.0.1";
  const auto at = folder_ + "/" + authority;
  out.certificate = at + ".pem";
  out.key = at + ".key";
  out.authority = at + "-ca.pem";
  return out;
}

// --- processes -----------------------------------------------------------------------------------

other_side::other_side(const std::string& authority) {
  const auto options = certificates::instance().of(authority);
  std::array<int, 2> told{}, until{};
  if (::pipe(told.data()) != 0 || ::pipe(until.data()) != 0)
    throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(told[0]);
    ::close(until[1]);
    be_the_other_side(options, told[1], until[0]);
  }
  ::close(told[1]);
  ::close(until[0]);
  to_ = until[1];
  std::array<char, 128> text{};
  const auto got = ::read(told[0], text.data(), text.size());
  ::close(told[0]);
  address_.assign(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
}

other_side::~other_side() {
  ::close(to_);
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void other_side::signal(int number) const { ::kill(pid_, number); }

this_side::this_side(const link_options& options)
    : config(2, options), system(config), link(system, options) {}

result<actors::gate_actor> this_side::connect(const std::string& address) {
  auto got = std::make_shared<std::promise<result<actors::gate_actor>>>();
  link.connect(address,
               [got](result<actors::gate_actor> gate) { got->set_value(std::move(gate)); });
  return got->get_future().get();
}

}  // namespace glados::cluster::test
