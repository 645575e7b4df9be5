// Lines between nodes: what goes alone, what goes together, and whose the answers are.
#include "actors/lookup_line.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using namespace glados::actors;

namespace {

/// Takes batches, and answers only when told to.
struct other_node {
  explicit other_node(caf::actor_system& system)
      : gate(system.spawn([this](caf::event_based_actor* self) -> caf::behavior {
          return {[this, self](const lookup_batch& many) {
            batches.push_back(many.questions);
            asker = caf::actor_cast<caf::actor>(self->current_sender());
          }};
        })) {}

  caf::strong_actor_ptr address() const { return caf::actor_cast<caf::strong_actor_ptr>(gate); }

  std::vector<std::vector<numbered_lookup>> batches;
  caf::actor asker;
  caf::actor gate;
};

struct worker_stub final : lookup_asker {
  void answered(std::span<numbered_answer> some) override {
    for (const auto& one : some) got.emplace_back(one.number, one.answer.provider_id);
  }
  std::vector<std::pair<std::uint64_t, std::string>> got;
};

struct lined {
  explicit lined(std::size_t most) : there(w.system), lines(w.system, most) {
    for (auto& one : workers) tags.push_back(lines.add(one = std::make_shared<worker_stub>()));
    line = lines.to(there.address());
  }
  ~lined() {
    caf::anon_send_exit(there.gate, caf::exit_reason::user_shutdown);
    w.run();
  }

  /// By a worker that rests then.
  void ask(std::uint64_t number, std::chrono::milliseconds left = 5s) {
    if (put(number, left))
      line->flush();
    w.run();
  }
  bool put(std::uint64_t number, std::chrono::milliseconds left = 5s) {
    return line->ask(number, {{world::shard, 3, left, 2}, sii_key{}});
  }
  /// The other node has answered these, and maybe a batch for the first time.
  void answer(bool first, std::vector<numbered_answer> some, const caf::actor& by) {
    there.asker->enqueue(caf::actor_cast<caf::strong_actor_ptr>(by), caf::message_id(),
                         caf::make_message(lookup_results{first, std::move(some)}), nullptr);
    w.run();
  }
  void answer(bool first, std::vector<numbered_answer> some = {}) {
    answer(first, std::move(some), there.gate);
  }
  static numbered_answer found(std::uint64_t number, const std::string& provider) {
    return {number, {errc::none, provider, "sealed", proof_method::sms, instant{1}}};
  }
  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> out;
    for (const auto& one : there.batches) out.push_back(one.size());
    return out;
  }

  world w;
  other_node there;
  std::array<std::shared_ptr<worker_stub>, 2> workers;
  std::vector<std::uint64_t> tags;
  lookup_lines lines;
  std::shared_ptr<lookup_line> line;
};

using counts = std::vector<std::size_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(lookup_lines_between_nodes)

BOOST_AUTO_TEST_CASE(a_lone_one_leaves_at_once_and_those_behind_it_together) {
  lined l(64);
  l.ask(1);
  BOOST_TEST(l.sizes() == counts{1});
  l.ask(2);
  l.ask(3);
  l.ask(4);
  BOOST_TEST(l.sizes() == counts{1});
  l.answer(false);  // says nothing of the batch under way
  BOOST_TEST(l.sizes() == counts{1});
  l.answer(true);
  BOOST_TEST(l.sizes() == (counts{1, 3}));
  l.answer(true);
  BOOST_TEST(l.sizes() == (counts{1, 3}));  // nothing waits
  l.ask(5);
  BOOST_TEST(l.sizes() == (counts{1, 3, 1}));
  const auto& via = l.there.batches[1][0].question.via;
  BOOST_TEST((via.shard == world::shard && via.view == 3 && via.epoch == 2));
  BOOST_TEST((via.left > 0s && via.left <= 5s));
}

BOOST_AUTO_TEST_CASE(what_a_worker_asks_before_it_rests_leaves_together) {
  lined l(3);
  BOOST_TEST(l.put(1));
  BOOST_TEST(l.put(2));
  l.w.run();
  BOOST_TEST(l.sizes().empty());
  l.line->flush();
  l.line->flush();  // that of another worker
  l.w.run();
  BOOST_TEST(l.sizes() == counts{2});
  BOOST_TEST(!l.put(3));
  l.line->flush();
  l.w.run();
  BOOST_TEST(l.sizes() == counts{2});  // the answer will send it
  BOOST_TEST(!l.put(4));
  BOOST_TEST(!l.put(5));  // enough of them
  l.w.run();
  BOOST_TEST(l.sizes() == (counts{2, 3}));
}

BOOST_AUTO_TEST_CASE(enough_of_them_wait_for_no_answer) {
  lined l(3);
  l.ask(1);
  l.ask(2);
  l.ask(3);
  BOOST_TEST(l.sizes() == counts{1});
  l.ask(4);
  BOOST_TEST(l.sizes() == (counts{1, 3}));
  l.ask(5);
  l.answer(true);  // of two under way
  BOOST_TEST(l.sizes() == (counts{1, 3}));
  l.answer(true);
  BOOST_TEST(l.sizes() == (counts{1, 3, 1}));
}

BOOST_AUTO_TEST_CASE(with_a_bound_of_one_each_travels_alone) {
  lined l(1);
  for (std::uint64_t i = 1; i <= 3; ++i) l.ask(i);
  BOOST_TEST(l.sizes() == (counts{1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(every_asker_gets_its_own_answers) {
  lined l(64);
  BOOST_TEST(l.tags[0] != l.tags[1]);
  const auto generation = std::uint64_t{1} << (asker_shift + asker_bits);
  const auto a = generation | l.tags[0] | 7, b = 2 * generation | l.tags[1] | 7,
             c = 3 * generation | l.tags[0] | 8, nobodys = generation | (9 << asker_shift);
  for (const auto number : {a, b, c}) l.ask(number);
  l.answer(true, {lined::found(a, "one"), lined::found(b, "two"), lined::found(nobodys, "?"),
                  lined::found(c, "three")});
  using got = std::vector<std::pair<std::uint64_t, std::string>>;
  auto first = l.workers[0]->got;
  std::sort(first.begin(), first.end());
  BOOST_TEST((first == got{{a, "one"}, {c, "three"}}));
  BOOST_TEST((l.workers[1]->got == got{{b, "two"}}));
}

BOOST_AUTO_TEST_CASE(what_has_no_time_left_is_not_sent) {
  lined l(64);
  l.ask(1);
  l.ask(2, 0ms);
  l.ask(3);
  l.answer(true);
  BOOST_REQUIRE(l.sizes() == (counts{1, 1}));
  BOOST_TEST(l.there.batches[1][0].number == 3U);
  l.answer(true);
  l.ask(4, 0ms);  // nor does the line wait for an answer to it
  l.ask(5);
  BOOST_TEST(l.sizes() == (counts{1, 1, 1}));
}

BOOST_AUTO_TEST_CASE(whoever_answered_is_asked_next) {
  lined l(64);
  other_node desk(l.w.system);
  l.ask(1);
  l.ask(2);
  l.answer(true, {}, desk.gate);
  BOOST_TEST(l.there.batches.size() == 1U);
  BOOST_TEST(desk.batches.size() == 1U);
  caf::anon_send_exit(desk.gate, caf::exit_reason::user_shutdown);
  l.w.run();
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_gate_and_the_next_one_begins_anew) {
  lined l(64);
  l.ask(1);
  l.ask(2);
  BOOST_TEST(l.lines.to(l.there.address()) == l.line);
  caf::anon_send_exit(l.there.gate, caf::exit_reason::user_shutdown);
  l.w.run();
  BOOST_TEST(l.line->ended());
  l.ask(3);
  BOOST_TEST(l.sizes() == counts{1});
  other_node back(l.w.system);
  const auto line = l.lines.to(back.address());
  BOOST_TEST(line != l.line);
  BOOST_TEST(line->ask(4, {{world::shard, 3, 5s, 2}, sii_key{}}));
  line->flush();
  l.w.run();
  BOOST_TEST(back.batches.size() == 1U);
  caf::anon_send_exit(back.gate, caf::exit_reason::user_shutdown);
  l.w.run();
}

BOOST_AUTO_TEST_SUITE_END()
