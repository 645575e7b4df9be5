#include "config/checks.hpp"

#include <algorithm>
#include <numeric>

#include "config/schema.hpp"
#include "config/values.hpp"

namespace glados::config {

namespace {

class judge {
 public:
  judge(const settings& values, const origins& from, std::vector<fault>& faults)
      : v_(values), from_(from), faults_(faults) {}

  void limits() {
    const auto& http = v_.http;
    require(http.max_handshakes_per_address <= http.max_handshakes,
            "http.max_handshakes_per_address", "must not exceed http.max_handshakes");
    require(http.max_handshakes <= http.max_connections, "http.max_handshakes",
            "must not exceed http.max_connections");
    require(http.provider_port == 0 || http.provider_port != http.admin_port ||
                http.provider_address != http.admin_address,
            "http.admin_port", "is also the providers' port");
  }

  void cluster() {
    const auto& own = v_.cluster;
    require(own.renewal * 3 <= own.lease, "cluster.renewal",
            "must fit three times into cluster.lease");
    require(own.heartbeat * 2 <= own.silence, "cluster.heartbeat",
            "must fit twice into cluster.silence");
    require(own.address.empty() || !own.certificate.empty(), "cluster.certificate",
            "is needed with cluster.address");
    require(own.address.empty() || !own.key.empty(), "cluster.key",
            "is needed with cluster.address");
    require(own.address.empty() || !own.authority.empty(), "cluster.authority",
            "is needed with cluster.address: without it anybody could join");
  }

  void verification() {
    const auto& rules = v_.verification;
    require(rules.check_waits.size() == rules.max_checks, "verification.check_waits",
            "needs one wait for each of verification.max_checks");
    require(rules.send_waits.size() + 1 == rules.max_sends, "verification.send_waits",
            "needs one wait fewer than verification.max_sends");
    for (const auto& [key, waits] : {std::pair{"verification.check_waits", &rules.check_waits},
                                     std::pair{"verification.send_waits", &rules.send_waits}}) {
      const auto sum = std::accumulate(waits->begin(), waits->end(), duration{0});
      require(sum.count() * rules.wait_scale <= static_cast<double>(rules.lifetime.count()), key,
              "the waits together outlive verification.lifetime");
    }
  }

  void storage() {
    const auto& redis = v_.redis;
    require(!redis.socket.empty() || !redis.host.empty(), "redis.host",
            "either this or redis.socket is needed");
    require(redis.password.empty() || redis.password_file.empty(), "redis.password_file",
            "redis.password is given as well");
    require(redis.seeds.empty() || redis.socket.empty(), "redis.seeds",
            "redis.socket is given as well");
    const bool replicated = v_.storage.durability == "replicated";
    require(!replicated || v_.storage.replica_wait < redis.command_timeout, "storage.replica_wait",
            "must be shorter than redis.command_timeout");
  }

  void gateways() {
    const auto& delivery = v_.delivery;
    for (const auto& name : delivery.sms_gateways)
      require(delivery.sms.contains(name), "delivery.sms_gateways",
              "there is no table [delivery.sms." + name + "]");
    for (const auto& [name, gateway] : delivery.sms) {
      const auto table = std::string("delivery.sms.") + name;
      const bool listed = std::find(delivery.sms_gateways.begin(), delivery.sms_gateways.end(),
                                    name) != delivery.sms_gateways.end();
      require(listed, table, "is not named in delivery.sms_gateways");
      require(!gateway.url.empty(), table + ".url", "is needed");
      require(safe_way(gateway.url), table + ".url",
              "http in clear is only for gateways on this machine (127.0.0.1, [::1], localhost)");
      require(gateway.username.empty() == gateway.password_file.empty(), table + ".password_file",
              "goes together with the username");
    }
    const auto& smtp = delivery.smtp;
    require(smtp.username.empty() == smtp.password_file.empty(), "delivery.smtp.password_file",
            "goes together with the username");
    require(delivery.mode != "gateway" || !delivery.sms_gateways.empty() || !smtp.url.empty(),
            "delivery.mode", "gateway needs an SMS gateway or a mail server");
  }

  void production() {
    if (v_.in_sandbox())
      return;
    for (const auto& [name, files] : {std::pair{std::string("tls.provider."), &v_.tls.provider},
                                      std::pair{std::string("tls.admin."), &v_.tls.admin}}) {
      require(!files->certificate.empty(), name + "certificate", "is needed in production");
      require(!files->key.empty(), name + "key", "is needed in production");
      require(!files->client_ca.empty(), name + "client_ca", "is needed in production");
    }
    require(!v_.admin.certificates.empty() || !v_.admin.certificates_file.empty(),
            "admin.certificates_file", "without a registered certificate nobody is an operator");
  }

 private:
  static bool safe_way(const std::string& url) {
    if (!url.starts_with("http://"))
      return true;
    const auto host = std::string_view(url).substr(7);
    for (const std::string_view local : {"127.0.0.1", "[::1]", "localhost"})
      if (host.starts_with(local) &&
          (host.size() == local.size() || host[local.size()] == ':' || host[local.size()] == '/'))
        return true;
    return false;
  }

  void require(bool good, const std::string& key, const std::string& why) {
    if (good)
      return;
    const auto found = from_.find(key);
    faults_.push_back({found == from_.end() ? std::string() : found->second, key, why});
  }

  const settings& v_;
  const origins& from_;
  std::vector<fault>& faults_;
};

}  // namespace

void check_profile(const settings& values, const origins& from, std::vector<fault>& faults) {
  if (values.in_sandbox())
    return;
  for (const auto& row : schema()) {
    if (!row.is_sandbox_only || get(row, values, {}) == row.fallback)
      continue;
    const std::string key(row.key);
    const auto found = from.find(key);
    faults.push_back({found == from.end() ? std::string() : found->second, key,
                      "is a switch of the sandbox: production allows only " + print(row.fallback)});
  }
}

void check_together(const settings& values, const origins& from, std::vector<fault>& faults) {
  judge all(values, from, faults);
  all.limits();
  all.cluster();
  all.verification();
  all.storage();
  all.gateways();
  all.production();
}

}  // namespace glados::config
