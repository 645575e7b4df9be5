// What users and providers do at GLADOS, as sequences of calls. Pure: no clock, no connection.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glados::load {

/// One kind of call. Results are kept for each.
enum class operation : std::uint8_t { request, lookup, find, quota, open, check };
inline constexpr std::size_t operation_count = 6;

constexpr std::string_view to_string(operation what) {
  constexpr std::array<std::string_view, operation_count> names{"request", "lookup", "find",
                                                                "quota",   "open",   "check"};
  return names[static_cast<std::size_t>(what)];
}

/// What somebody is about.
enum class purpose : std::uint8_t {
  request,  ///< the same request again and again (--path, --method, --body-file)
  lookup,   ///< who has this number?
  find,     ///< the provider's own mapping of a number
  quota,    ///< what is left of the provider's budgets
  verify,   ///< a user proves a number: open, wait for the code, check
  guess,    ///< somebody tries five codes of a number that is not theirs
};
inline constexpr std::size_t purpose_count = 6;

constexpr std::string_view to_string(purpose what) {
  constexpr std::array<std::string_view, purpose_count> names{"request", "lookup", "find",
                                                              "quota",   "verify", "guess"};
  return names[static_cast<std::size_t>(what)];
}

constexpr operation first_of(purpose what) {
  constexpr std::array<operation, purpose_count> first{operation::request, operation::lookup,
                                                       operation::find,    operation::quota,
                                                       operation::open,    operation::open};
  return first[static_cast<std::size_t>(what)];
}

/// One run through a purpose. The caller sends what `now` says, tells the answer, and does what it
/// is told then.
class errand {
 public:
  enum class next : std::uint8_t {
    over,
    send,        ///< the call that `now` says by now
    await_code,  ///< the code goes to the number's owner: bring it with `code_came`
  };

  errand() = default;
  errand(purpose what, std::uint64_t number) : what_(what), now_(first_of(what)), number_(number) {}

  operation now() const { return now_; }
  purpose what() const { return what_; }
  std::uint64_t number() const { return number_; }
  const std::string& verification() const { return verification_; }
  const std::string& code() const { return code_; }

  /// Whether `answered` looks at the body of the answer.
  bool reads_body() const { return now_ == operation::open; }
  next answered(int status, std::string_view body);
  /// The owner of the number reads it out. Empty: it did not come, and the errand is over.
  next code_came(std::string code);

 private:
  static constexpr unsigned most_guesses = 5;

  void guess();

  purpose what_ = purpose::request;
  operation now_ = operation::request;
  std::uint64_t number_ = 0;
  unsigned guesses_ = 0;
  std::string verification_, code_;
};

/// "lookup=90,verify=10": how often each purpose is picked, by weights.
class purpose_mix {
 public:
  purpose_mix() = default;
  explicit purpose_mix(purpose only) { weights_[static_cast<std::size_t>(only)] = 1; }
  /// Nothing when malformed, of weight 0, or with a purpose that is not for a mix (`guess` is
  /// misbehaviour).
  static std::optional<purpose_mix> parse(std::string_view text);

  /// For `uniform` in [0, 1).
  purpose pick(double uniform) const;
  bool has(purpose what) const { return weights_[static_cast<std::size_t>(what)] > 0; }
  /// The one there is, if there is only one.
  std::optional<purpose> only() const;

 private:
  std::array<double, purpose_count> weights_{};
};

}  // namespace glados::load
