#include "http/caller.hpp"

namespace glados::http {

std::shared_ptr<const known_caller> caller_of(client_identity& client,
                                              const actors::session_directory& sessions,
                                              instant now) {
  auto known = std::static_pointer_cast<known_caller>(client.cache);
  if (!known || known->seen != known->session->changes()) {
    // Whose certificate it is does not change, but what counts about them does.
    auto session = known ? known->session : sessions.by_certificate(client.certificate);
    if (!session)
      return {};
    known = std::make_shared<known_caller>();
    known->seen = session->changes();
    known->who = session->facts();
    known->session = std::move(session);
    client.cache = known;
  }
  if (certificate_valid(*known->who, client.certificate, now))
    return known;
  client.cache.reset();
  return {};
}

const storage::access_token* live_token(client_identity& client, const known_caller& of,
                                        const bytes32& hash, instant now) {
  if (of.token && of.token->hash == hash && of.token->expires_at > now)
    return of.token.get();
  auto found = of.session->find_token(hash, client.certificate, now);
  if (!found)
    return nullptr;
  const auto* token = found.get();
  client.cache =
      std::make_shared<known_caller>(known_caller{of.session, of.seen, of.who, std::move(found)});
  return token;
}

}  // namespace glados::http
