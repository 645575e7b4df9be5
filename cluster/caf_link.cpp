#include "cluster/caf_link.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/middleman_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <charconv>
#include <optional>
#include <set>

#include "cluster/tls_errors.hpp"

namespace glados::cluster {
namespace {

/// What CAF may take for handshake and lookup after the address was found to answer.
constexpr std::chrono::seconds handshake_wait{3};

struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<endpoint> parse(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0)
    return {};
  endpoint out{address.substr(0, colon), 0};
  const char* const end = address.data() + address.size();
  const auto [stop, fault] = std::from_chars(address.data() + colon + 1, end, out.port);
  if (fault != std::errc() || stop != end || out.port == 0)
    return {};
  return out;
}

/// Whether somebody accepts connections there, within `wait`. Blocks: only for a thread of its own.
bool answers(const endpoint& at, std::chrono::milliseconds wait) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found) != 0)
    return false;
  bool good = false;
  for (const auto* one = found; one != nullptr && !good; one = one->ai_next) {
    const int fd =
        ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, one->ai_protocol);
    if (fd < 0)
      continue;
    pollfd watched{fd, POLLOUT, 0};
    int fault = 0;
    socklen_t size = sizeof fault;
    if (::connect(fd, one->ai_addr, one->ai_addrlen) == 0)
      good = true;
    else if (errno == EINPROGRESS && ::poll(&watched, 1, static_cast<int>(wait.count())) == 1 &&
             ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) == 0)
      good = fault == 0;
    ::close(fd);
  }
  ::freeaddrinfo(found);
  return good;
}

using connect_done = std::function<void(result<actors::gate_actor>)>;

/// One attempt. Detached: its own thread waits for the address, and for nobody else's. The TLS
/// module connects in the thread of the actor that is asked, so each attempt has one of its own.
caf::behavior dial(caf::event_based_actor* self, const endpoint& to, std::chrono::milliseconds wait,
                   const std::shared_ptr<connect_done>& done) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  if (!answers(to, wait)) {
    (*done)(errc::storage_unavailable);
    return {};
  }
  auto& system = self->system();
  const auto broker = system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  const auto dialer = caf::openssl::make_middleman_actor(system, broker);
  auto end = [dialer] { caf::anon_send_exit(dialer, caf::exit_reason::user_shutdown); };
  self->request(dialer, handshake_wait, caf::connect_atom::value, to.host, to.port)
      .then(
          [done, end](const caf::node_id&, const caf::strong_actor_ptr& gate,
                      const std::set<std::string>&) {
            if (gate)
              (*done)(caf::actor_cast<actors::gate_actor>(gate));
            else
              (*done)(errc::storage_unavailable);
            end();
          },
          [done, end](const caf::error&) {
            (*done)(errc::storage_unavailable);
            end();
          });
  return {};
}

using open_done = std::function<void(result<std::string>)>;

caf::behavior publish(caf::event_based_actor* self, const actors::gate_actor& gate,
                      const link_options& options, const std::shared_ptr<open_done>& done) {
  auto& system = self->system();
  const auto& manager = system.openssl_manager().actor_handle();
  const auto host = options.advertise.empty() ? options.address : options.advertise;
  self->request(manager, handshake_wait, caf::publish_atom::value, options.port,
                caf::actor_cast<caf::strong_actor_ptr>(gate), std::set<std::string>{},
                options.address, true)
      .then([done, host](std::uint16_t port) { (*done)(host + ":" + std::to_string(port)); },
            [done](const caf::error&) { (*done)(errc::storage_unavailable); });
  return {};
}

}  // namespace

node_config::node_config(std::size_t threads, const link_options& link)
    : actors::system_config(threads) {
  if (link.address.empty())
    return;
  separate_tls_errors();
  load<caf::io::middleman>();
  load<caf::openssl::manager>();
  openssl_certificate = link.certificate;
  openssl_key = link.key;
  openssl_cafile = link.authority;
  set("middleman.heartbeat-interval", caf::timespan(link.heartbeat));
  set("middleman.connection-timeout", caf::timespan(link.silence));
  set("middleman.enable-automatic-connections", false);
  set("middleman.app-identifiers", caf::make_config_value_list("glados/1"));
  // What comes is read by the thread of the network itself: handing it to another one costs more.
  set("middleman.workers", std::size_t{0});
}

caf_link::caf_link(caf::actor_system& system, link_options options)
    : system_(system), options_(std::move(options)) {}

caf_link::~caf_link() = default;

void caf_link::open(const actors::gate_actor& gate, open_done done) {
  system_.spawn<caf::hidden>(publish, gate, options_, std::make_shared<open_done>(std::move(done)));
}

void caf_link::connect(const std::string& address, connect_done done) {
  const auto to = parse(address);
  auto shared = std::make_shared<connect_done>(std::move(done));
  if (!to)
    return (*shared)(errc::storage_unavailable);
  system_.spawn<caf::detached + caf::hidden>(dial, *to, options_.connect_wait, shared);
}

}  // namespace glados::cluster
