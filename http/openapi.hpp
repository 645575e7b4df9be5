// The OpenAPI 3.1 document of both listeners: http/openapi.yaml, turned into JSON when building.
#pragma once

#include <string_view>

namespace glados::http {

/// The whole document as JSON. Constant; safe from any thread.
std::string_view openapi_json();

}  // namespace glados::http
