#include "delivery/webhook.hpp"

#include <utility>

namespace glados::delivery {

void webhook_poster::post(const std::string& url, std::vector<std::string> headers,
                          std::string body, std::function<void(webhook_reply)> done) {
  transfer what;
  what.url = url;
  what.ca_file = options_.ca_file;
  what.headers = std::move(headers);
  what.headers.insert(what.headers.end(), {"Content-Type: application/json",
                                           "Expect:", "User-Agent: GLADOS-Webhooks/1"});
  what.body = std::move(body);
  what.https_only = true;
  what.drop_body = true;
  what.may_connect = [this](const ip_address& address) { return options_.guard.allows(address); };
  if (options_.resolver)
    what.resolve = options_.resolver(url);
  const auto began = std::chrono::steady_clock::now();
  loop_.submit(std::move(what), options_.timeout,
               [began, done = std::move(done)](const transfer_reply& got) {
                 webhook_reply out;
                 out.stopped = got.why == transfer_failure::stopped ||
                               got.why == transfer_failure::overloaded;
                 out.latency = std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::chrono::steady_clock::now() - began);
                 // An answer that is longer than anybody reads was an answer all the same.
                 if (got.complete() || got.why == transfer_failure::too_large)
                   out.status = static_cast<int>(got.status);
                 if (got.retry_after_s)
                   out.retry_after = std::chrono::seconds(*got.retry_after_s);
                 done(out);
               });
}

}  // namespace glados::delivery
