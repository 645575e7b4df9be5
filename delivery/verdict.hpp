// What a gateway's answer means. Pure: the only place that reads a gateway's words.
#pragma once

#include "delivery/message.hpp"
#include "delivery/transfer.hpp"

namespace glados::delivery {

struct verdict {
  outcome what = outcome::temporary;
  bool about_recipient = false;  ///< permanent at every gateway
  bool operator==(const verdict&) const = default;
};

/// RFC 5321 section 4.2.1 by the first digit. A 5xx is about the recipient if its enhanced status
/// code (RFC 3463) says mailbox or recipient address; without one, if it is 550, 551 or 553.
/// Whatever broke the exchange before a reply of that kind is temporary; a refused login is
/// permanent at this gateway only.
verdict classify_smtp(const transfer_reply& reply);

/// Kannel's smsbox: 202 is accepted ("0: Accepted for delivery", "3: Queued for later delivery",
/// "Sent."), 5xx temporary, other refusals permanent. About the recipient only if its own lists
/// deny the number; "Not routable" and a refused login are matters of this gateway.
verdict classify_kannel(const transfer_reply& reply);

/// The Twilio-shaped API: 2xx with a JSON `status` that is not a failure is accepted; 429 and 5xx
/// temporary; other 4xx permanent, about the recipient for the codes that name the number
/// (21211, 21214, 21217, 21407, 21610, 21614, 30005, 30006).
verdict classify_twilio(const transfer_reply& reply);

}  // namespace glados::delivery
