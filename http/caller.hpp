// Who is at the other end of a connection, remembered between its requests. Belongs to the
// connection (client_identity::cache) and is used only by its worker, so that requests of the same
// provider on several workers share neither a lock nor a count of references.
#pragma once

#include <memory>

#include "actors/session_view.hpp"
#include "http/message.hpp"

namespace glados::http {

/// Never changed, but made anew when the provider's facts or tokens changed: calls under way keep
/// what they saw.
struct known_caller {
  std::shared_ptr<actors::session_view> session;
  std::uint64_t seen = 0;  ///< session->changes() before the rest was read
  std::shared_ptr<const provider> who;
  std::shared_ptr<const storage::access_token> token;  ///< the last one that was shown, or null
};

/// The provider with this connection's certificate, as things stand now; null if there is none.
std::shared_ptr<const known_caller> caller_of(client_identity& client,
                                              const actors::session_directory& sessions,
                                              instant now);

/// The token with this hash if it lives and is bound to the connection's certificate, else null.
/// Valid as long as the connection's cache is not used again.
const storage::access_token* live_token(client_identity& client, const known_caller& of,
                                        const bytes32& hash, instant now);

}  // namespace glados::http
