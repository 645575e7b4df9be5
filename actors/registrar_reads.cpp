#include "actors/registrar_reads.hpp"

#include <array>

#include "actors/continuation.hpp"
#include "actors/registry_rules.hpp"
#include "storage/registry_codec.hpp"
#include "storage/signal_codec.hpp"
#include "storage/standing_codec.hpp"

namespace glados::actors {

using kind = storage::registry_record::kind;

std::string seal_name(kind what, const std::string& id) {
  constexpr std::array<const char*, 4> prefixes{"application:", "provider:", "signal:", "report:"};
  return prefixes[static_cast<std::size_t>(what)] + id;
}

std::optional<provider> open_provider(const node_context& node,
                                      const storage::registry_record& stored) {
  auto out =
      storage::decode_provider(node.vault.open(stored.body, seal_name(kind::provider, stored.id)));
  if (out) {
    out->id = stored.id;
    out->version = stored.version;
  }
  return out;
}

std::optional<application> open_application(const node_context& node,
                                            const storage::registry_record& stored) {
  auto out = storage::decode_application(
      node.vault.open(stored.body, seal_name(kind::application, stored.id)));
  if (out)
    out->id = stored.id;
  return out;
}

std::optional<signal_record> open_signal(const node_context& node,
                                         const storage::registry_record& stored) {
  auto out =
      storage::decode_signal(node.vault.open(stored.body, seal_name(kind::signal, stored.id)));
  if (out) {
    out->id = stored.id;
    out->version = stored.version;
  }
  return out;
}

std::string provider_of_signal(const registry_operation& what,
                               const std::vector<signal_record>& known) {
  if (const auto* raised = std::get_if<raise_signal>(&what))
    return raised->found.provider_id;
  if (const auto* lifted = std::get_if<lift_signal>(&what))
    for (const auto& one : known)
      if (one.id == lifted->signal_id)
        return one.what.provider_id;
  return {};
}

std::optional<report> open_report(const node_context& node,
                                  const storage::registry_record& stored) {
  auto out =
      storage::decode_report(node.vault.open(stored.body, seal_name(kind::report, stored.id)));
  if (out) {
    out->id = stored.id;
    out->version = stored.version;
  }
  return out;
}

void load_standing(const registrar_actor& self, node_context& node, const std::string& provider_id,
                   std::function<void(result<standing_facts>)> then) {
  node.providers.load_standing(
      provider_id, on_self(self, [&node, then = std::move(then)](result<standing_facts> got) {
        if (got)
          for (auto& one : got->strikes) one.key = node.vault.newest_name(one.key);
        then(std::move(got));
      }));
}

namespace {

using answer_promise = caf::typed_response_promise<registry_answer>;

constexpr std::size_t page_size = 100;

template <class Record, class Open>
void put_page(registry_answer& out, std::vector<Record>& to,
              const std::vector<storage::registry_record>& all, const std::string& after,
              Open open) {
  for (const auto& stored : all) {
    if (stored.id <= after)
      continue;
    if (to.size() == page_size)
      break;
    if (auto record = open(stored))
      to.push_back(std::move(*record));
  }
  out.next = to.empty() ? after : to.back().id;
}

void read_one(const registrar_actor& self, node_context& node, kind what, const std::string& id,
              answer_promise promise) {
  node.registry.load(
      what, id, on_self(self, [&node, what, promise](result<storage::registry_record> got) mutable {
        registry_answer out;
        out.code = got.error();
        if (got && what == kind::provider) {
          if (auto who = open_provider(node, *got))
            out.providers.push_back(std::move(*who));
        } else if (got) {
          if (auto form = open_application(node, *got))
            out.applications.push_back(std::move(*form));
        }
        if (got && out.providers.empty() && out.applications.empty())
          out.code = errc::internal;
        promise.deliver(std::move(out));
      }));
}

void read_page(const registrar_actor& self, node_context& node, kind what, const std::string& after,
               answer_promise promise) {
  using records = std::vector<storage::registry_record>;
  node.registry.load_all(
      what, on_self(self, [&node, what, after, promise](result<records> got) mutable {
        registry_answer out;
        out.code = got.error();
        if (got && what == kind::provider)
          put_page(out, out.providers, *got, after,
                   [&](const auto& stored) { return open_provider(node, stored); });
        else if (got)
          put_page(out, out.applications, *got, after,
                   [&](const auto& stored) { return open_application(node, stored); });
        promise.deliver(std::move(out));
      }));
}

void read_signals(const registrar_actor& self, node_context& node, const list_signals& page,
                  answer_promise promise) {
  using records = std::vector<storage::registry_record>;
  node.registry.load_all(
      kind::signal, on_self(self, [&node, page, promise](result<records> got) mutable {
        registry_answer out;
        out.code = got.error();
        if (got)
          put_page(out, out.signals, *got, page.after,
                   [&](const auto& stored) -> std::optional<signal_record> {
                     auto one = open_signal(node, stored);
                     return one && (page.only_of.empty() || one->what.provider_id == page.only_of)
                                ? one
                                : std::nullopt;
                   });
        promise.deliver(std::move(out));
      }));
}

void read_audit(const registrar_actor& self, node_context& node, std::uint64_t after,
                answer_promise promise) {
  using entries = std::vector<storage::audit_entry>;
  node.registry.load_audit(
      after, page_size, on_self(self, [after, promise](result<entries> got) mutable {
        registry_answer out;
        out.code = got.error();
        if (got)
          out.audit = std::move(*got);
        out.next = std::to_string(out.audit.empty() ? after : out.audit.back().sequence);
        promise.deliver(std::move(out));
      }));
}

void read_head(const registrar_actor& self, node_context& node, answer_promise promise) {
  node.registry.load_head(on_self(self, [promise](result<storage::audit_head> got) mutable {
    registry_answer out;
    out.code = got.error();
    if (got)
      out.head = *got;
    promise.deliver(std::move(out));
  }));
}

void read_reports(const registrar_actor& self, node_context& node, const std::string& after,
                  answer_promise promise) {
  using records = std::vector<storage::registry_record>;
  node.registry.list(kind::report, after, page_size,
                     on_self(self, [&node, after, promise](result<records> got) mutable {
                       registry_answer out;
                       out.code = got.error();
                       if (got)
                         put_page(out, out.reports, *got, after,
                                  [&](const auto& stored) { return open_report(node, stored); });
                       promise.deliver(std::move(out));
                     }));
}

void read_strikes(const registrar_actor& self, node_context& node, const std::string& id,
                  answer_promise promise) {
  auto strikes = [self, &node, id, promise](result<storage::registry_record> got) mutable {
    registry_answer out;
    out.code = got.error();
    auto who = got ? open_provider(node, *got) : std::nullopt;
    if (got && !who)
      out.code = errc::internal;
    if (!who)
      return promise.deliver(std::move(out)), void();
    load_standing(self, node, id,
                  [&node, promise, who = std::move(*who)](result<standing_facts> facts) mutable {
                    registry_answer all;
                    all.code = facts.error();
                    if (facts) {
                      all.standing = std::move(*facts);
                      all.counted = counted(all.standing.strikes, node.abuse.rules,
                                            who.standing.forgiven_until);
                      all.providers = {std::move(who)};
                    }
                    promise.deliver(std::move(all));
                  });
  };
  node.registry.load(kind::provider, id, on_self(self, std::move(strikes)));
}

}  // namespace

void read_registry(const registrar_actor& self, node_context& node, const registry_operation& what,
                   caf::typed_response_promise<registry_answer> promise) {
  if (const auto* one = std::get_if<get_application>(&what))
    read_one(self, node, kind::application, one->id, promise);
  else if (const auto* who = std::get_if<get_provider>(&what))
    read_one(self, node, kind::provider, who->id, promise);
  else if (const auto* forms = std::get_if<list_applications>(&what))
    read_page(self, node, kind::application, forms->after, promise);
  else if (const auto* all = std::get_if<list_providers>(&what))
    read_page(self, node, kind::provider, all->after, promise);
  else if (const auto* signals = std::get_if<list_signals>(&what))
    read_signals(self, node, *signals, promise);
  else if (const auto* struck = std::get_if<get_strikes>(&what))
    read_strikes(self, node, struck->id, promise);
  else if (const auto* reports = std::get_if<list_reports>(&what))
    read_reports(self, node, reports->after, promise);
  else if (const auto* audit = std::get_if<list_audit>(&what))
    read_audit(self, node, audit->after, promise);
  else
    read_head(self, node, promise);
}

}  // namespace glados::actors
