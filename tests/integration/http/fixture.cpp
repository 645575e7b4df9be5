#include "fixture.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace glados::http::test {

namespace {

void shell(const std::string& folder, const std::string& command) {
  const auto line = "cd " + folder + " && (" + command + ") >>log 2>&1";
  if (std::system(line.c_str()) != 0)  // tidy: a shell, because openssl makes the certificates
    throw std::runtime_error("certificate command failed: " + command);
}

const std::string new_key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch ";

void issue(const std::string& folder, const std::string& name) {
  shell(folder, "openssl req" + new_key + "-keyout " + name + ".key -out " + name +
                    ".csr -subj /CN=" + name + " && openssl x509 -req -in " + name +
                    ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile san -out " +
                    name + ".pem");
}

void self_sign(const std::string& folder, const std::string& name) {
  shell(folder, "openssl req -x509" + new_key + "-days 30 -keyout " + name + ".key -out " + name +
                    ".pem -subj '/CN=" + name + "'");
}

int connect_to(std::uint16_t port) {
  const int number = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  timeval patience{10, 0};
  ::setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(number, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0)
    return number;
  ::close(number);
  return -1;
}

}  // namespace

const certificate_folder& certificate_folder::instance() {
  static const certificate_folder folder;
  return folder;
}

certificate_folder::certificate_folder() {
  auto name = (std::filesystem::temp_directory_path() / "glados-http-XXXXXX").string();
  if (!::mkdtemp(name.data()))
    throw std::runtime_error("no temporary folder");
  path_ = name;
  std::ofstream(file("san")) << "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
  std::ofstream(file("ca.cnf")) << "[ca]\ndefault_ca=own\n[own]\ndatabase=index\n"
                                   "default_md=sha256\ndefault_crl_days=30\n";
  std::ofstream(file("index"));
  self_sign(path_, "ca");
  for (const auto* one : {"server", "renewed", "client", "revoked"}) issue(path_, one);
  for (const auto* one : {"pinned", "stranger"}) self_sign(path_, one);
  const std::string authority = "openssl ca -config ca.cnf -cert ca.pem -keyfile ca.key ";
  shell(path_, authority + "-gencrl -out empty.crl && " + authority + "-revoke revoked.pem && " +
                   authority + "-gencrl -out full.crl");
}

certificate_folder::~certificate_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

tls_files certificate_folder::server_files() const {
  return {file("server.pem"), file("server.key"), file("ca.pem"), ""};
}

thumbprint print_of(const std::string& name) {
  thumbprint print{};
  auto* stream = std::fopen(certificate_folder::instance().file(name + ".pem").c_str(), "r");
  auto* certificate = PEM_read_X509(stream, nullptr, nullptr, nullptr);
  std::fclose(stream);
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), print.data(), &size);
  X509_free(certificate);
  return print;
}

plain_socket::plain_socket(std::uint16_t port) : number_(connect_to(port)) {}

plain_socket::~plain_socket() {
  if (number_ >= 0)
    ::close(number_);
}

bool plain_socket::put(char byte) const { return ::send(number_, &byte, 1, MSG_NOSIGNAL) == 1; }

bool plain_socket::closed_by_peer(std::chrono::milliseconds patience) const {
  pollfd wait{number_, POLLIN, 0};
  char byte = 0;
  return ::poll(&wait, 1, static_cast<int>(patience.count())) == 1 &&
         ::recv(number_, &byte, 1, MSG_DONTWAIT) <= 0;
}

tls_client::tls_client(std::uint16_t port, const client_settings& settings) {
  const auto& folder = certificate_folder::instance();
  context_ = SSL_CTX_new(TLS_client_method());
  SSL_CTX_load_verify_locations(context_, folder.file("ca.pem").c_str(), nullptr);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context_, on_session);
  if (settings.version != 0) {
    SSL_CTX_set_min_proto_version(context_, settings.version);
    SSL_CTX_set_max_proto_version(context_, settings.version);
  }
  if (!settings.certificate.empty()) {
    const auto base = folder.file(settings.certificate);
    SSL_CTX_use_certificate_file(context_, (base + ".pem").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, (base + ".key").c_str(), SSL_FILETYPE_PEM);
  }
  tls_ = SSL_new(context_);
  SSL_set_app_data(tls_, this);
  if (settings.resume)
    SSL_set_session(tls_, settings.resume.get());
  number_ = connect_to(port);
  if (number_ >= 0 && SSL_set_fd(tls_, number_) == 1)
    connected_ = SSL_connect(tls_) == 1;
}

tls_client::~tls_client() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (number_ >= 0)
    ::close(number_);
}

int tls_client::on_session(SSL* tls, SSL_SESSION* session) {
  static_cast<tls_client*>(SSL_get_app_data(tls))->session_.reset(session, session_deleter{});
  return 1;
}

bool tls_client::send(const std::string& bytes) {
  return connected_ && SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) ==
                           static_cast<int>(bytes.size());
}

bool tls_client::more() {
  char part[16 * 1024];
  const int got = connected_ ? SSL_read(tls_, part, sizeof part) : 0;
  if (got > 0)
    in_.append(part, static_cast<std::size_t>(got));
  return got > 0;
}

reply tls_client::receive() {
  reply answer;
  std::size_t end = 0;
  while ((end = in_.find("\r\n\r\n")) == in_.npos)
    if (!more())
      return answer;
  answer.head = in_.substr(0, end + 2);
  in_.erase(0, end + 4);
  std::size_t length = 0;
  if (const auto at = answer.head.find("Content-Length: "); at != answer.head.npos)
    length = std::stoul(answer.head.substr(at + 16));
  while (in_.size() < length)
    if (!more())
      return {};
  answer.body = in_.substr(0, length);
  in_.erase(0, length);
  answer.status = std::stoi(answer.head.substr(9, 3));
  return answer;
}

std::string tls_client::receive_all() {
  while (more()) {
  }
  return std::exchange(in_, {});
}

bool tls_client::ended() { return in_.empty() && !more(); }

void tls_client::reset() {
  const linger now{1, 0};
  ::setsockopt(number_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(number_, -1));
  connected_ = false;
}

bool eventually(const std::function<bool()>& holds, std::chrono::seconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until)
      return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

std::chrono::microseconds cpu_used() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

std::string numbered(std::string text, int number) {
  text += std::to_string(number);
  return text;
}

server_options quick_options() {
  server_options options;
  options.name = "test";
  options.drain_idle_grace = 50ms;
  return options;
}

response text_reply(std::string body, int status) {
  response answer;
  answer.status = status;
  answer.content_type = "text/plain";
  answer.body = std::move(body);
  return answer;
}

std::unique_ptr<server> serve(server_options options, server::handler handler,
                              pinned_lookup pinned) {
  if (!handler)
    handler = [](exchange here, const request& what) {
      here.answer(text_reply(std::string(what.path)));
    };
  auto made =
      std::make_unique<server>(std::move(options), certificate_folder::instance().server_files(),
                               std::move(handler), std::move(pinned));
  made->start();
  return made;
}

}  // namespace glados::http::test
