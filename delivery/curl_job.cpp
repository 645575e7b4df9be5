#include "delivery/curl_job.hpp"

#include <netinet/in.h>
#include <string.h>  // NOLINT: explicit_bzero is not in <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "delivery/message.hpp"

namespace glados::delivery {
namespace {

std::size_t on_http_body(char* bytes, std::size_t, std::size_t count, void* self) {
  auto& job = *static_cast<curl_job*>(self);
  if (job.what.drop_body) {
    job.dropped += count;
    return job.dropped > job.max_reply ? 0 : count;
  }
  if (job.reply.body.size() + count > job.max_reply)
    return 0;  // ends the transfer with CURLE_WRITE_ERROR
  job.reply.body.append(bytes, count);
  return count;
}

/// True for a refusal of the mail itself. Codes that answer EHLO, STARTTLS or AUTH are left out:
/// libcurl may go on after those.
bool ends_exchange(std::string_view line) {
  if (line.size() < 4 || line[3] != ' ' || (line[0] != '4' && line[0] != '5'))
    return false;
  constexpr std::array<std::string_view, 10> earlier{"454", "500", "501", "502", "503",
                                                     "504", "530", "534", "535", "538"};
  return std::find(earlier.begin(), earlier.end(), line.substr(0, 3)) == earlier.end();
}

/// For SMTP libcurl hands every reply line here; the last one carries the enhanced status code.
/// After a refusal libcurl would say QUIT and wait for the answer, blocking the whole loop while
/// the relay takes its time: the connection is of no more use, so it is cut first.
std::size_t on_smtp_line(char* bytes, std::size_t, std::size_t count, void* self) {
  auto& job = *static_cast<curl_job*>(self);
  const std::string_view line{bytes, count};
  job.reply.body.assign(line.substr(0, 512));
  long port = 0;
  if (ends_exchange(line) && curl_easy_getinfo(job.easy, CURLINFO_LOCAL_PORT, &port) == CURLE_OK)
    job.sockets->cut(port);
  return count;
}

std::size_t on_mail_read(char* into, std::size_t, std::size_t room, void* self) {
  auto& job = *static_cast<curl_job*>(self);
  const std::size_t count = job.what.body.copy(into, room, job.sent);
  job.sent += count;
  return count;
}

std::optional<ip_address> address_of(const curl_sockaddr& at) {
  if (at.family == AF_INET) {
    std::array<std::uint8_t, 4> four{};
    std::memcpy(four.data(), &reinterpret_cast<const sockaddr_in&>(at.addr).sin_addr, four.size());
    return ip_address::v4(four);
  }
  if (at.family != AF_INET6)
    return {};
  ip_address out;
  std::memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in6&>(at.addr).sin6_addr,
              out.bytes.size());
  return out;
}

/// The last word on where a transfer goes: whatever a resolver said, before or again, libcurl
/// connects to the address shown here or to none.
curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* at) {
  auto& job = *static_cast<curl_job*>(self);
  if (job.what.may_connect) {
    const auto address = address_of(*at);
    if (!address || !job.what.may_connect(*address))
      return CURL_SOCKET_BAD;
  }
  return job.sockets->open(*at);
}

int on_close(void* sockets, curl_socket_t fd) {
  static_cast<socket_table*>(sockets)->close(fd);
  return 0;
}

void free_wiped(curl_slist* list) {
  for (curl_slist* item = list; item != nullptr; item = item->next)
    ::explicit_bzero(item->data, ::strlen(item->data));
  curl_slist_free_all(list);
}

template <class T>
bool set(CURL* easy, CURLoption option, T value) {
  return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

bool set_common(curl_job& job, socket_table& sockets, long ms) {
  CURL* easy = job.easy;
  bool ok = set(easy, CURLOPT_PRIVATE, &job) && set(easy, CURLOPT_URL, job.what.url.c_str()) &&
            set(easy, CURLOPT_NOSIGNAL, 1L) && set(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
            set(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) &&
            set(easy, CURLOPT_PROXY, "") &&  // the environment does not redirect identifiers
            set(easy, CURLOPT_TIMEOUT_MS, ms) && set(easy, CURLOPT_CONNECTTIMEOUT_MS, ms) &&
            set(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (ms + 999) / 1000) &&
            set(easy, CURLOPT_QUICK_EXIT, 1L) &&  // never wait for a stuck name resolution
            set(easy, CURLOPT_MAXAGE_CONN, 30L) &&
            set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) &&
            set(easy, CURLOPT_OPENSOCKETFUNCTION, on_open) &&
            set(easy, CURLOPT_OPENSOCKETDATA, &job) &&
            set(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close) &&
            set(easy, CURLOPT_CLOSESOCKETDATA, &sockets);
  if (!job.what.ca_file.empty())
    ok = ok && set(easy, CURLOPT_CAINFO, job.what.ca_file.c_str());
  if (!job.what.username.empty())
    ok = ok && set(easy, CURLOPT_USERNAME, job.what.username.c_str()) &&
         set(easy, CURLOPT_PASSWORD, job.what.password.c_str());
  return ok;
}

bool append(curl_slist*& list, const std::string& line) {
  if (!single_line(line))
    return false;
  curl_slist* longer = curl_slist_append(list, line.c_str());
  if (longer == nullptr)
    return false;
  list = longer;
  return true;
}

bool set_http(curl_job& job) {
  CURL* easy = job.easy;
  for (const std::string& line : job.what.headers)
    if (!append(job.headers, line))
      return false;
  for (const std::string& line : job.what.resolve)
    if (!append(job.resolve, line))
      return false;
  if (job.resolve != nullptr && !set(easy, CURLOPT_RESOLVE, job.resolve))
    return false;
  return set(easy, CURLOPT_PROTOCOLS_STR, job.what.https_only ? "https" : "http,https") &&
         set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)) &&
         set(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC) && set(easy, CURLOPT_POST, 1L) &&
         set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(job.what.body.size())) &&
         set(easy, CURLOPT_POSTFIELDS, job.what.body.data()) &&
         set(easy, CURLOPT_HTTPHEADER, job.headers) &&
         set(easy, CURLOPT_WRITEFUNCTION, on_http_body) && set(easy, CURLOPT_WRITEDATA, &job);
}

long use_ssl(const transfer& what) {
  switch (what.tls) {
    case mail_tls::off:
      return CURLUSESSL_NONE;
    case mail_tls::optional:  // whoever strips STARTTLS must not get the password for it
      return what.username.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL;
    case mail_tls::required:
    case mail_tls::implicit:
      break;
  }
  return CURLUSESSL_ALL;
}

bool set_smtp(curl_job& job) {
  CURL* easy = job.easy;
  if (!plausible_mail_address(job.what.mail_from) || !plausible_mail_address(job.what.recipient) ||
      !append(job.recipients, job.what.recipient))
    return false;
  bool ok = set(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps") &&
            set(easy, CURLOPT_USE_SSL, use_ssl(job.what)) &&
            set(easy, CURLOPT_MAIL_FROM, job.what.mail_from.c_str()) &&
            set(easy, CURLOPT_MAIL_RCPT, job.recipients) && set(easy, CURLOPT_UPLOAD, 1L) &&
            set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(job.what.body.size())) &&
            set(easy, CURLOPT_READFUNCTION, on_mail_read) && set(easy, CURLOPT_READDATA, &job) &&
            set(easy, CURLOPT_HEADERFUNCTION, on_smtp_line) && set(easy, CURLOPT_HEADERDATA, &job);
  if (job.what.login != mail_login::any)
    ok = ok && set(easy, CURLOPT_LOGIN_OPTIONS,
                   job.what.login == mail_login::plain ? "AUTH=PLAIN" : "AUTH=LOGIN");
  return ok;
}

transfer_failure failure_of(CURLcode code) {
  switch (code) {
    case CURLE_OK:
      return transfer_failure::none;
    case CURLE_OPERATION_TIMEDOUT:
      return transfer_failure::timeout;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return transfer_failure::connect;
    case CURLE_LOGIN_DENIED:
      return transfer_failure::login;
    case CURLE_WRITE_ERROR:
      return transfer_failure::too_large;
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PEER_FAILED_VERIFICATION:
      return transfer_failure::tls;
    default:
      return transfer_failure::broken;
  }
}

}  // namespace

transfer::~transfer() {
  wipe(username);
  wipe(password);
  wipe(body);
  wipe(recipient);
  for (std::string& line : headers) wipe(line);
}

int socket_table::open(const curl_sockaddr& address) {
  const int fd = ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (fd >= 0)
    open_.insert(fd);
  return fd >= 0 ? fd : CURL_SOCKET_BAD;
}

void socket_table::close(int fd) {
  open_.erase(fd);
  ::close(fd);
}

void socket_table::cut(long local_port) {
  for (int fd : open_) {
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &size) != 0)
      continue;
    const in_port_t port = local.ss_family == AF_INET6
                               ? reinterpret_cast<const sockaddr_in6&>(local).sin6_port
                               : reinterpret_cast<const sockaddr_in&>(local).sin_port;
    if (ntohs(port) == local_port)
      ::shutdown(fd, SHUT_RDWR);
  }
}

void socket_table::cut_all() {
  for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
}

curl_job::~curl_job() {
  if (easy != nullptr)
    curl_easy_cleanup(easy);
  free_wiped(headers);
  free_wiped(recipients);
  free_wiped(resolve);
}

bool curl_job::prepare(socket_table& table, std::size_t max_reply_bytes) {
  sockets = &table;
  max_reply = max_reply_bytes;
  easy = curl_easy_init();
  if (easy == nullptr)
    return false;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - clock::now());
  const long ms = std::max<long>(1, static_cast<long>(left.count()));
  return set_common(*this, table, ms) &&
         (what.kind == protocol::http ? set_http(*this) : set_smtp(*this));
}

void curl_job::conclude(CURLcode code) {
  reply.why = failure_of(code);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply.status);
  curl_off_t wait = 0;
  if (what.kind == protocol::http &&
      curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0)
    reply.retry_after_s = static_cast<std::uint32_t>(std::min<curl_off_t>(wait, UINT32_MAX));
}

}  // namespace glados::delivery
