// Who GLADOS talks to: the gateways that carry codes to users, and the providers' receivers of
// webhooks. Both do as the faults of the moment tell.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/node_context.hpp"

namespace glados::sim {

class life;
class world;

/// One for all nodes; owned by the world.
class gateways {
 public:
  enum class mood : std::uint8_t { fine, refuse, slow, silent, refuse_for_good };

  explicit gateways(world& in) : world_(in) {}

  mood codes = mood::fine;
  bool receivers_fail = false;

  void send(life& from, const actors::send_code& order, std::function<void(bool, bool)> done);
  void post(life& from, actors::notice_order order, std::function<void(actors::post_result)> done);
  const std::vector<event>& posted_to(const std::string& provider) { return posted_[provider]; }

 private:
  world& world_;
  std::map<std::string, std::vector<event>> posted_;
};

/// What a node has of them.
class code_port final : public actors::code_sender {
 public:
  code_port(gateways& to, life& from) : to_(to), from_(from) {}
  void send(const actors::send_code& order, std::function<void(bool, bool)> done) override {
    to_.send(from_, order, std::move(done));
  }

 private:
  gateways& to_;
  life& from_;
};

class notice_port final : public actors::notice_poster {
 public:
  notice_port(gateways& to, life& from) : to_(to), from_(from) {}
  void post(actors::notice_order order, std::function<void(actors::post_result)> done) override {
    to_.post(from_, std::move(order), std::move(done));
  }

 private:
  gateways& to_;
  life& from_;
};

/// Seals nothing: there is nothing to hide in a simulation.
class open_vault final : public actors::registry_vault {
 public:
  std::string seal(std::string_view plain, std::string_view) const override {
    return std::string(plain);
  }
  std::string open(std::string_view sealed, std::string_view) const override {
    return std::string(sealed);
  }
  bytes32 sha256(std::string_view) const override { return {}; }
  std::uint64_t mail_domain_tag(std::string_view) const override { return 1; }
};

}  // namespace glados::sim
