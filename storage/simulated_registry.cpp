#include <algorithm>
#include <charconv>

#include "storage/change_feed.hpp"
#include "storage/codec.hpp"
#include "storage/simulated_state.hpp"

namespace glados::storage {

void simulated_state::tell(const change_notice& notice) { feed_.push_back(notice); }

result<bool> simulated_state::apply(const registry_commit& step, const std::string& restore) {
  if ((restore_.open ? restore_.name : std::string()) != restore)
    return errc::conflict;
  for (const registry_record& record : step.writes) {
    const auto found = registry_.find({record.what, record.id});
    if ((found == registry_.end() ? 0 : found->second.version) != record.version)
      return errc::stale_version;
  }
  if (step.audit) {
    const audit_head head = *load_head();
    if (step.audit->sequence != head.sequence + 1 || step.audit->previous != head.hash)
      return errc::stale_version;
  }
  if (!step.writes.empty() || !step.outbox.empty())
    registry_version_ = std::max(registry_version_ + 1, static_cast<std::uint64_t>(now.us));
  for (registry_record record : step.writes) {
    if (record.body.empty()) {
      registry_.erase({record.what, record.id});
      continue;
    }
    record.version = registry_version_;
    registry_[{record.what, record.id}] = std::move(record);
  }
  if (step.audit)
    audit_.push_back(*step.audit);
  for (const std::string& provider : step.changed_providers)
    tell({change_notice::kind::provider, provider, {}});
  for (std::size_t i = 0; i < step.outbox.size(); ++i)
    shards_[registry_outbox].outbox[{registry_version_, i}] = encode(step.outbox[i]);
  return true;
}

result<registry_record> simulated_state::load(registry_record::kind what, const std::string& id) {
  const auto found = registry_.find({what, id});
  if (found == registry_.end())
    return errc::not_found;
  return found->second;
}

result<std::vector<registry_record>> simulated_state::load_all(registry_record::kind what) {
  std::vector<registry_record> out;
  for (const auto& [name, record] : registry_)
    if (name.first == what)
      out.push_back(record);
  return out;
}

result<audit_head> simulated_state::load_head() {
  if (audit_.empty())
    return audit_head{};
  return audit_head{audit_.back().sequence, audit_.back().hash};
}

result<std::vector<audit_entry>> simulated_state::load_audit(std::uint64_t after,
                                                             std::size_t limit) {
  std::vector<audit_entry> out;
  for (const audit_entry& entry : audit_)
    if (entry.sequence > after && out.size() < limit)
      out.push_back(entry);
  return out;
}

/// A cursor is how many notices were read. The feed is never trimmed, but a fail-over may lose its
/// end: whoever had read that starts from the new one.
result<change_page> simulated_state::changes(const std::string& cursor) {
  change_page page;
  std::size_t read = cursor.empty() ? feed_.size() : 0;
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), read);
  page.gap = read > feed_.size();
  read = std::min(read, feed_.size());
  for (; read < feed_.size() && page.notices.size() < most_notices; ++read)
    page.notices.push_back(feed_[read]);
  page.next = std::to_string(read);
  return page;
}

}  // namespace glados::storage
