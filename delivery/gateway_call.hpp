// The last steps that every single gateway shares.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "delivery/curl_loop.hpp"
#include "delivery/message.hpp"
#include "delivery/verdict.hpp"

namespace glados::delivery {

/// Where to send: `url` as it is when it names a path, else with the gateway's usual one.
inline std::string address_of(std::string url, std::string_view usual_path) {
  const auto scheme = url.find("://");
  const auto path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (path != std::string::npos && path + 1 < url.size())
    return url;
  return url.substr(0, path).append(usual_path);
}

/// Submits, classifies the answer, forgets its words, reports. `name` lives as long as the sender.
inline void call_gateway(curl_loop& loop, transfer what, std::chrono::milliseconds deadline,
                         std::string_view name, verdict (*classify)(const transfer_reply&),
                         std::function<void(send_result)> done) {
  loop.submit(std::move(what), deadline,
              [name, classify, done = std::move(done)](transfer_reply reply) {
                const verdict found = classify(reply);
                wipe(reply.body);
                done({found.what, name, 1, found.about_recipient});
              });
}

/// Refuses a message before anything is sent; still reported on the delivery thread.
inline void refuse_here(curl_loop& loop, std::string_view name,
                        std::function<void(send_result)> done, bool about_recipient) {
  loop.post([name, about_recipient, done = std::move(done)] {
    done({outcome::permanent, name, 0, about_recipient});
  });
}

}  // namespace glados::delivery
