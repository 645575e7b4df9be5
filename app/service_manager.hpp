// What the node tells the service manager that started it (sd_notify(3)), so that `systemctl start`
// returns when providers are let in, and an upgrade restarts one node after the other.
#pragma once

#include <string>
#include <string_view>

namespace glados::app {

/// Where the manager listens: NOTIFY_SOCKET of the environment, taken out of it. Empty: nobody.
/// To be called before other threads start.
std::string take_notify_socket();

/// Sends `state` ("READY=1", lines) to that socket. A manager that does not listen is no fault of
/// the service's: false, and nothing else happens. Never blocks.
bool tell_manager(const std::string& socket, std::string_view state);

}  // namespace glados::app
