// The provider interface with scripted actors behind it: everything runs on the test's own thread,
// nothing but the handlers decides. A test sets answers, sends a request, reads the response and
// the order in which the actors were asked.
#pragma once

#include <caf/actor_system.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "../crypto/seeded_random.hpp"
#include "actors/system_config.hpp"
#include "http/api.hpp"
#include "http/worker.hpp"

namespace glados {
/// So that a failed check names the code.
inline std::ostream& operator<<(std::ostream& out, errc code) { return out << to_string(code); }
}  // namespace glados

namespace glados::testing {

/// What the actors answer, and what they were asked. Read and written on the test's thread only.
struct script {
  std::vector<std::string> asked;

  actors::token_answer issue, find, revoke, revoke_all;
  actors::call_answer begin, end;
  actors::limit_answer debit, returned, reserve, settle;
  actors::charge_answer charge;
  actors::quota_answer quota;
  actors::found_answer found;
  actors::verification_answer open, plan, resend, check, cancel, get;
  actors::mapping_answer decide, own, remove;
  actors::change_answer change, report;
  bool open_as_asked = true;  ///< the view's id is that of the record
  actors::registry_answer registry;
  std::function<void()> news = [] {};  ///< what the registrar learns when it is asked to
  actors::usage_answer usage;
  std::optional<actors::read_usage> usage_read;

  std::optional<actors::issue_token> issued;
  std::optional<actors::begin_call> begun;
  std::optional<actors::open_verification> opened;
  std::optional<actors::check_code> checked;
  std::optional<actors::settle_guess> settled;
  std::optional<actors::resend_code> resent;
  std::optional<actors::registry_call> changed;

  actors::events_answer events;
  actors::webhook_answer webhook;
  actors::attempts_answer attempts;
  std::optional<actors::read_events> read;
  std::optional<actors::put_webhook> put;
  std::optional<actors::redeliver_notice> redelivered;
  std::optional<actors::decide_mapping> decided;
  std::optional<actors::get_mapping> got;
  std::optional<actors::find_mapping> sought;
  std::optional<actors::remove_mapping> removed;
  std::optional<actors::get_change> sought_change;
  std::optional<actors::file_report> filed;

  std::string order() const;  ///< the questions, with blanks between
};

struct fixed_clock final : actors::cluster_clock {
  instant at{1'795'435'200'123'000};  // 2026-11-23T12:00:00.123Z
  instant now() const override { return at; }
};

/// One worker's answers, in order.
struct answer_book final : http::answer_table {
  std::vector<http::response> answers;
  bool answer(std::uint32_t, std::uint32_t, std::uint64_t, http::response&& reply) override {
    answers.push_back(std::move(reply));
    return true;
  }
  bool open(std::uint32_t, std::uint32_t, std::uint64_t) const override { return true; }
  void judge_again(std::uint32_t, std::uint32_t, std::uint64_t) override {}
};

struct sent_request {
  std::string method, path, body, type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  bool with_token = true;
};

class stage {
 public:
  stage();
  ~stage();
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  /// Sends and runs until it is answered: exactly once, or the test fails.
  http::response send(const sent_request& what);
  http::response get(const std::string& path) { return send({.method = "GET", .path = path}); }
  http::response post(const std::string& path, const std::string& body,
                      const std::string& key = {});
  http::response remove(const std::string& path) {
    return send({.method = "DELETE", .path = path});
  }
  /// A form, without a token; with Basic credentials unless they are empty.
  http::response form(const std::string& path, const std::string& body,
                      const std::string& basic = "YWxwaGEtY2xpZW50OnNlY3JldC1vbmU=");

  /// Changes what the registry says of the provider.
  void update(const provider& who) { sessions.update(who); }
  /// The provider's daily lookup budget, and what this node has left of it; storage has none.
  void lease(std::uint64_t budget, std::uint64_t units);
  /// What the token is good for.
  void allow(const std::vector<std::string>& scopes);
  /// A verification of shard 7 as an actor would show it.
  verification_view view(verification_state state = verification_state::pending) const;
  /// A mapping of `alice` under that shard's seal.
  actors::verification_answer verified() const;

  script script_;
  crypto::test::seeded_random random{7};
  crypto::key_ring keys{crypto::random_keys(random)};
  fixed_clock clock;
  actors::session_directory sessions;
  provider alpha;
  bytes32 certificate{1};
  std::string verification_id;

 private:
  actors::system_config config_{actors::system_config::testing{}};
  caf::actor_system system_{config_};
  actors::shard_directory shards_;
  telemetry::registry metrics_;
  http::worker worker_{0};
  answer_book book_;
  actors::session_actor session_;
  actors::feed_actor feed_;
  actors::courier_actor courier_;
  std::unique_ptr<http::api_ports> ports_;
  std::unique_ptr<http::api> api_;

 public:
  http::api_settings& settings() { return ports_->settings; }
};

/// Whether the head holds this line.
bool has_header(const http::response& reply, const std::string& line);
/// Whether the body holds this text.
bool holds(const http::response& reply, std::string_view text);
/// The problem's name; "" for a body that is none.
std::string problem_name(const http::response& reply);

}  // namespace glados::testing
