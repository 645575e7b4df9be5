// What the front end's tests share: certificates made at run time, a server on a free port, and a
// client that sends exactly the bytes it is told to.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "http/server.hpp"

namespace glados::http::test {

using namespace std::chrono_literals;

/// A temporary folder with an authority, a server, clients and a revocation list. Made once a
/// process, removed at its end.
class certificate_folder {
 public:
  static const certificate_folder& instance();
  ~certificate_folder();
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  tls_files server_files() const;

 private:
  certificate_folder();
  std::string path_;
};

/// The thumbprint of a certificate in the folder.
thumbprint print_of(const std::string& name);

struct session_deleter {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using session_ptr = std::shared_ptr<SSL_SESSION>;

struct client_settings {
  std::string certificate = "client";  ///< name in the folder; empty: none
  int version = 0;                     ///< TLS1_2_VERSION, TLS1_3_VERSION, 0: any
  session_ptr resume{};
};

struct reply {
  int status = 0;
  std::string head;
  std::string body;
  bool says(const std::string& line) const { return head.find(line) != std::string::npos; }
};

/// A connected TCP socket on loopback that does not speak TLS.
class plain_socket {
 public:
  explicit plain_socket(std::uint16_t port);
  ~plain_socket();
  plain_socket(const plain_socket&) = delete;
  plain_socket& operator=(const plain_socket&) = delete;
  int number() const { return number_; }
  bool put(char byte) const;
  bool closed_by_peer(std::chrono::milliseconds patience) const;

 private:
  int number_;
};

/// A blocking TLS client; every read gives up after 10 s.
class tls_client {
 public:
  explicit tls_client(std::uint16_t port, const client_settings& settings = {});
  ~tls_client();
  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  bool connected() const { return connected_; }
  bool resumed() const { return SSL_session_reused(tls_) == 1; }
  bool send(const std::string& bytes);
  reply receive();  ///< status 0: the connection ended or broke
  reply get(const std::string& path) {
    send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return receive();
  }
  std::string receive_all();  ///< until the peer closes
  bool ended();               ///< waits for the peer to close; false if bytes came instead
  session_ptr session() const { return session_; }
  void reset();  ///< ends the connection with a TCP reset
  int number() const { return number_; }

 private:
  static int on_session(SSL* tls, SSL_SESSION* session);
  bool more();

  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
  int number_ = -1;
  bool connected_ = false;
  std::string in_;
  session_ptr session_;
};

/// Waits until something holds; false when its patience is over.
bool eventually(const std::function<bool()>& holds,
                std::chrono::seconds patience = std::chrono::seconds{10});

/// Descriptors this process has open.
std::size_t open_descriptors();

/// CPU time this process used so far.
std::chrono::microseconds cpu_used();

server_options quick_options();

/// A started server, by default one that answers 200 with the path as body.
std::unique_ptr<server> serve(server_options options = quick_options(),
                              server::handler handler = nullptr, pinned_lookup pinned = nullptr);

/// The text with a number behind it.
std::string numbered(std::string text, int number);

response text_reply(std::string body, int status = 200);

}  // namespace glados::http::test
