// Connections between nodes: what one node holds of another's gate is a stand-in, and everything
// that passes it takes its time, or never arrives. As with TCP, one direction of one connection
// keeps its order, and what is lost takes the connection with it. Messages may be handed over
// twice, for a caller that asks again does just that.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/mailbox_element.hpp>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "actors/protocol.hpp"
#include "cluster/peer_link.hpp"
#include "sim/timeline.hpp"

namespace glados::sim {

class life;
class world;
struct connection;

/// Owned by the world.
class network {
 public:
  explicit network(world& in) : world_(in) {}
  ~network();

  void open(life& owner, const actors::gate_actor& gate);
  void connect(life& from, const std::string& address,
               std::function<void(result<actors::gate_actor>)> done);
  /// The process ended: its connections break.
  void drop(life& gone);
  /// Breaks the connections between two nodes.
  void break_between(unsigned a, unsigned b);
  /// Nothing passes between them until then; what takes too long breaks.
  void cut(unsigned a, unsigned b, moment until);
  void heal();
  /// The end of the run: lets go of all actors.
  void close();
  moment slowest = 0;  ///< more than the usual latency

 private:
  friend class stand_in;
  friend class way_back;

  void make(life& from, life& to, const std::function<void(result<actors::gate_actor>)>& done);
  void carry(const std::shared_ptr<connection>& over, bool forth, caf::mailbox_element_ptr what);
  void arrive(const std::shared_ptr<connection>& over, bool forth, caf::message_id id,
              caf::message what);
  void break_now(const std::shared_ptr<connection>& over);
  moment cut_until(unsigned a, unsigned b) const;
  caf::strong_actor_ptr stand_in_for(const std::shared_ptr<connection>& over, bool forth);

  world& world_;
  std::map<std::string, std::pair<life*, actors::gate_actor>> gates_;  ///< by address
  std::list<std::shared_ptr<connection>> connections_;
  std::map<std::pair<unsigned, unsigned>, moment> cuts_;
};

/// What a member agent has of it.
class node_link final : public cluster::peer_link {
 public:
  node_link(network& over, life& of) : over_(over), of_(of) {}
  void open(const actors::gate_actor& gate, std::function<void(result<std::string>)> done) override;
  void connect(const std::string& address,
               std::function<void(result<actors::gate_actor>)> done) override {
    over_.connect(of_, address, std::move(done));
  }

 private:
  network& over_;
  life& of_;
};

}  // namespace glados::sim
