// Every handler of the REST interface, one function a route; the tables are in routes.cpp. A handler
// runs on the worker that read the request, after authorisation, and answers now or later.
#pragma once

#include "http/api.hpp"

namespace glados::http {

void handle_lookup(const call_ptr& made);

}  // namespace glados::http
