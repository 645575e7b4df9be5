// Posts to servers that somebody else has chosen: webhooks.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "delivery/curl_loop.hpp"
#include "domain/address_guard.hpp"

namespace glados::delivery {

struct webhook_options {
  std::string ca_file;  ///< empty: the system's authorities
  address_guard guard;
  std::chrono::milliseconds timeout{15'000};
  /// For tests: where a URL's host is said to be, as "host:port:address"; nothing: the resolver is
  /// asked.
  std::function<std::vector<std::string>(const std::string& url)> resolver;
};

struct webhook_reply {
  bool stopped = false;  ///< the loop ended first: it was no try
  int status = 0;        ///< 0: no answer
  std::optional<std::chrono::seconds> retry_after;
  std::chrono::milliseconds latency{0};
};

/// Posts JSON over TLS, to addresses that the guard allows only: the check is of the socket's own
/// address, so no resolver can lie and no second look-up can differ. Redirects are not followed, no
/// proxy is used, of the answer only status and Retry-After are kept. Owned by the application; the
/// loop is for webhooks alone, because libcurl uses connections again; callable from any thread.
class webhook_poster {
 public:
  webhook_poster(curl_loop& loop, webhook_options options)
      : loop_(loop), options_(std::move(options)) {}

  /// `done` is called exactly once, on the loop's thread. `headers` beside those of JSON.
  void post(const std::string& url, std::vector<std::string> headers, std::string body,
            std::function<void(webhook_reply)> done);

 private:
  curl_loop& loop_;
  const webhook_options options_;
};

}  // namespace glados::delivery
