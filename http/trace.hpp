// The trace of a request (W3C Trace Context): the caller's, or one of our own. Its ids stand in the
// log and go along to other nodes; nothing else comes of them.
#pragma once

#include <string_view>

#include "crypto/random.hpp"
#include "domain/trace.hpp"

namespace glados::http {

/// The caller's trace with a span of our own in it, if `traceparent` is such a header; else none.
trace_context joined_trace(std::string_view traceparent, crypto::random_source& random);

/// A trace of our own. No lock, no allocation, no system call but for the first of a process. Ids
/// are unique, and no secrets.
trace_context new_trace(crypto::random_source& random);

}  // namespace glados::http
