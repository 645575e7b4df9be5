// What a browser tells of who made it send a request. It presents the operator's certificate by
// itself, to whichever site asks for a request: so what another site made it send is refused.
#pragma once

#include "http/message.hpp"

namespace glados::http {

/// The request comes from a page that is not ours: `Origin` names another one than `Host`, or
/// `Sec-Fetch-Site` says so. Programs that are no browsers send neither, and are not.
bool from_another_site(const request& what);

/// A user follows a link or types the address: the answer is shown to that user, and no page of
/// another site can read it.
bool is_navigation(const request& what);

}  // namespace glados::http
