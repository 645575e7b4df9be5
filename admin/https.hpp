// The transport over libcurl: TLS 1.2 or later with the profile's certificate, one kept connection,
// no proxy, no redirect.
#pragma once

#include <memory>

#include "admin/profile.hpp"
#include "admin/transport.hpp"

namespace glados::admin {

std::unique_ptr<transport> connect_to(const profile& who);

}  // namespace glados::admin
