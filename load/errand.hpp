// What users and providers do at GLADOS, as sequences of calls. Pure: no clock, no connection.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glados::load {

/// One kind of call. Results are kept for each.
enum class operation : std::uint8_t {
  request,
  lookup,
  find,
  quota,
  open,
  check,
  decide,
  remove,
  events,
  restore,
  report,
  issue_token,
  revoke_token,
  use_token,
  open_job,
  put_part,
  complete_job,
};
inline constexpr std::size_t operation_count = 17;

constexpr std::string_view to_string(operation what) {
  constexpr std::array<std::string_view, operation_count> names{
      "request",      "lookup",    "find",     "quota",    "open",        "check",
      "decide",       "remove",    "events",   "restore",  "report",      "issue-token",
      "revoke-token", "use-token", "open-job", "put-part", "complete-job"};
  return names[static_cast<std::size_t>(what)];
}

/// What somebody is about.
enum class purpose : std::uint8_t {
  request,       ///< the same request again and again (--path, --method, --body-file)
  lookup,        ///< who has this number?
  find,          ///< the provider's own mapping of a number
  quota,         ///< what is left of the provider's budgets
  verify,        ///< a user proves a number: open, wait for the code, check
  guess,         ///< somebody tries codes of a number that is not theirs
  decide,        ///< what becomes of the others after a proof
  remove,        ///< of an own mapping
  restore,       ///< reads the notices, proves anew what one of them says is lost
  report,        ///< reads the notices, reports the change that one of them is about
  register_row,  ///< a bulk job of one row: open, put, complete
  issue_token,
  revoke_token,
  use_token,
};
inline constexpr std::size_t purpose_count = 14;

constexpr std::string_view to_string(purpose what) {
  constexpr std::array<std::string_view, purpose_count> names{
      "request", "lookup",  "find",   "quota",        "verify",      "guess",        "decide",
      "remove",  "restore", "report", "register-row", "issue-token", "revoke-token", "use-token"};
  return names[static_cast<std::size_t>(what)];
}

constexpr operation first_of(purpose what) {
  using op = operation;
  constexpr std::array<op, purpose_count> first{
      op::request,  op::lookup,      op::find,         op::quota,    op::open,
      op::open,     op::decide,      op::remove,       op::events,   op::events,
      op::open_job, op::issue_token, op::revoke_token, op::use_token};
  return first[static_cast<std::size_t>(what)];
}

/// How a user is who has a code in hand.
struct user_habits {
  bool loses_interest = false;
  bool mistypes = false;     ///< the first time
  bool tries_again = false;  ///< after a wrong code, or when the service failed
};

/// What an errand is about, as far as that is known before it begins.
struct order {
  purpose what = purpose::request;
  std::uint64_t number = 0;
  unsigned user = 0;     ///< which of the users who want the number
  std::string subject;   ///< mapping, verification or token; of the notices the cursor
  std::string key;       ///< Idempotency-Key; empty: each request makes one up
  std::string_view how;  ///< the action of a decision, the rule of a bulk job
  unsigned guesses = 5;  ///< at most
  user_habits habits;
};

/// A change that took something from one of the provider's users.
struct notice {
  std::string change;
  std::uint64_t number = 0;
  unsigned user = 0;
};

/// What an answer told, beside its status.
struct finding {
  operation asked = operation::request;
  int status = 0;
  std::string id;          ///< verification, mapping, token, job
  bool contested = false;  ///< check: others have the number too
  bool unknown = false;    ///< it may have happened
};

/// One run through a purpose. The caller sends what `now` says, tells the answer, and does what it
/// is told then.
class errand {
 public:
  enum class next : std::uint8_t {
    over,
    send,          ///< the call that `now` says by now
    type,          ///< the same, once the user has typed
    await_code,    ///< the code goes to the number's owner: bring it with `code_came`
    await_notice,  ///< the notices are here: choose one, and bring it with `notice_chosen`
  };

  errand() = default;
  errand(purpose what, std::uint64_t number) : errand(order{what, number, 0, {}, {}, {}, 5, {}}) {}
  explicit errand(order about);

  operation now() const { return now_; }
  purpose what() const { return order_.what; }
  const order& about() const { return order_; }
  std::uint64_t number() const { return order_.number; }
  /// Mapping, token, cursor, change or job that the next call names.
  const std::string& subject() const { return order_.subject; }
  const std::string& verification() const { return verification_; }
  const std::string& code() const { return code_; }

  /// Whether `answered` looks at the body of the answer.
  bool reads_body() const;
  next answered(int status, std::string_view body);
  /// What the last answer told.
  const finding& found() const { return found_; }
  /// The owner of the number reads it out. Empty: it did not come, and the errand is over.
  next code_came(std::string code);
  /// Nothing: there is none to be about, and the errand is over.
  next notice_chosen(const std::optional<notice>& one);

 private:
  void guess();
  next go(operation then);
  next opened(int status, std::string_view body);
  next checked(int status, std::string_view body);

  static constexpr unsigned most_failures = 3;

  order order_;
  operation now_ = operation::request;
  unsigned guesses_ = 0, failures_ = 0;
  bool mistyped_ = false;
  std::string verification_, code_, right_code_;
  finding found_;
};

/// "lookup=90,verify=10": how often each purpose is picked, by weights.
class purpose_mix {
 public:
  purpose_mix() = default;
  explicit purpose_mix(purpose only) { weights_[static_cast<std::size_t>(only)] = 1; }
  /// Nothing when malformed, of weight 0, or with a purpose that is not for a mix: of the others
  /// `guess` is misbehaviour, and the rest needs what happened before, as scenarios have it.
  static std::optional<purpose_mix> parse(std::string_view text);

  /// For `uniform` in [0, 1).
  purpose pick(double uniform) const;
  bool has(purpose what) const { return weights_[static_cast<std::size_t>(what)] > 0; }
  /// The one there is, if there is only one.
  std::optional<purpose> only() const;

 private:
  static constexpr std::size_t count = static_cast<std::size_t>(purpose::guess);
  std::array<double, count> weights_{};
};

}  // namespace glados::load
