// What is sent, what came of it, and the port that every way of sending implements.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"

namespace glados::delivery {

/// Overwrites a string that held personal data or a secret, spare capacity included.
void wipe(std::string& text) noexcept;

/// What only the sandbox profile fills in, so that its outbox can show the code beside the text.
struct sandbox_note {
  std::string provider_id;
  std::string code;
  ~sandbox_note();
};

/// One message to one person. Owned by value by whoever has it in hand; every copy wipes itself
/// when it ends, and it prints itself redacted. Belongs to no thread.
struct outgoing {
  channel ch = channel::sms;
  std::string address;  ///< canonical: "+" and E.164 digits for sms and voice, else a mail address
  std::string subject;  ///< mail only, UTF-8
  std::string text;     ///< UTF-8
  std::string message_id;  ///< unguessable, names the send towards mail systems; may be empty
  std::optional<sandbox_note> note{};
  ~outgoing();
};

/// Always "[message]": nothing of it may reach a log.
std::string to_string(const outgoing& message);
std::ostream& operator<<(std::ostream& out, const outgoing& message);

/// What a gateway said, in classes; its words stay inside this folder.
enum class outcome : std::uint8_t {
  accepted,   ///< the gateway took it over; it may still fail to reach the phone
  temporary,  ///< not now: busy, unreachable, too late, stopping. It may even have been taken
  permanent,  ///< the same message to the same gateway will be refused again
};

std::string_view to_string(outcome what);

struct send_result {
  outcome what = outcome::temporary;
  std::string_view gateway_name{};  ///< from the configuration; lives as long as its sender
  int tries = 0;                    ///< gateways asked
  bool about_recipient = false;  ///< permanent because of the address: no other gateway will help
};

/// True if the text can stand in one header line: no control characters.
bool single_line(std::string_view text) noexcept;
/// "+" and 7 to 15 digits, the first not 0.
bool plausible_number(std::string_view address) noexcept;
/// One "@" with something on both sides, no space, bracket, quote or control character, RFC 5321
/// lengths. A border check before an address enters a protocol, not the canonical form.
bool plausible_mail_address(std::string_view address) noexcept;

/// The port of every way to send. Owned by the application, used from any thread at once.
class sender {
 public:
  virtual ~sender() = default;

  /// Sends one message. `done` is called exactly once, within `deadline` and a little, on the
  /// delivery thread (after that thread has stopped: on the caller's). It must not block or throw.
  /// A temporary outcome after a timeout may hide a message that was taken: a repeated send can
  /// reach the person twice, never not at all.
  virtual void send(outgoing message, std::chrono::milliseconds deadline,
                    std::function<void(send_result)> done) = 0;
};

}  // namespace glados::delivery
