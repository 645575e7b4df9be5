// One transfer in libcurl's terms. Included only by the loop.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <set>

#include "delivery/transfer.hpp"

namespace glados::delivery {

/// The sockets of one loop, so that its end can cut them: libcurl would otherwise wait for a silent
/// relay's answer to QUIT. Used on the loop's thread only.
class socket_table {
 public:
  int open(const curl_sockaddr& address);
  void close(int fd);
  /// Shuts the one with this local port down; libcurl closes it later. (It does not tell which
  /// socket a transfer uses until the transfer is over.)
  void cut(long local_port);
  void cut_all();

 private:
  std::set<int> open_;
};

/// Owns the easy handle and all that libcurl only borrows. Lives on the loop's thread from
/// `prepare` on; must be taken out of the multi handle before it ends.
struct curl_job {
  using clock = std::chrono::steady_clock;

  curl_job(transfer w, clock::time_point d, std::function<void(transfer_reply)> f)
      : what(std::move(w)), due(d), done(std::move(f)) {}
  ~curl_job();
  curl_job(const curl_job&) = delete;
  curl_job& operator=(const curl_job&) = delete;

  /// Sets the handle up for the time that is left. False: malformed, nothing may be sent.
  bool prepare(socket_table& table, std::size_t max_reply_bytes);
  /// Reads the outcome off the finished handle.
  void conclude(CURLcode code);

  transfer what;
  clock::time_point due;
  std::function<void(transfer_reply)> done;
  transfer_reply reply;
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  curl_slist* recipients = nullptr;
  curl_slist* resolve = nullptr;
  socket_table* sockets = nullptr;
  std::size_t sent = 0;  ///< of the mail
  std::size_t max_reply = 0;
  std::size_t dropped = 0;  ///< bytes of a body that nobody reads
};

}  // namespace glados::delivery
