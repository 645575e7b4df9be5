#include "actors/session_view.hpp"

#include <algorithm>

namespace glados::actors {

session_view::session_view(provider who)
    : facts_(std::make_shared<const provider>(std::move(who))) {
  lookups_.budget(facts_->overrides.lookup_daily.value_or(0));
}

void session_view::looked_up(std::span<const seen_lookup> some) {
  const auto hits = static_cast<std::uint64_t>(
      std::count_if(some.begin(), some.end(), [](const seen_lookup& one) { return one.hit; }));
  meter_.count(hits, some.size() - hits);
  watch_.lookups(some);
}

std::shared_ptr<const provider> session_view::facts() const {
  std::lock_guard guard(facts_lock_);
  return facts_;
}

void session_view::facts(provider who) {
  const auto fixed = who.overrides.lookup_daily;
  auto next = std::make_shared<const provider>(std::move(who));
  {
    std::lock_guard guard(facts_lock_);
    facts_.swap(next);
  }
  changed();
  budget_changed(fixed.value_or(lookup_product()), next->overrides.lookup_daily != fixed);
}

void session_view::lookup_product(std::uint64_t units) {
  product_.store(units, std::memory_order_relaxed);
  budget_changed(facts()->overrides.lookup_daily.value_or(units), false);
}

/// Whatever is leased of a larger budget, or of one that an operator replaced, must not be spent as
/// if it were of this one.
void session_view::budget_changed(std::uint64_t next, bool fixed_anew) {
  const bool smaller = next < lookups_.budget();
  lookups_.budget(next);
  if (smaller || fixed_anew)
    lookups_.revoke();
}

std::shared_ptr<const storage::access_token> session_view::find_token(const bytes32& hash,
                                                                      const bytes32& thumbprint,
                                                                      instant now) const {
  std::lock_guard guard(tokens_lock_);
  const auto found = tokens_.find(hash);
  if (found == tokens_.end() || found->second->expires_at <= now ||
      found->second->thumbprint != thumbprint)
    return {};
  return found->second;
}

void session_view::keep_token(const storage::access_token& token) {
  auto kept = std::make_shared<const storage::access_token>(token);
  {
    std::lock_guard guard(tokens_lock_);
    tokens_.insert_or_assign(token.hash, std::move(kept));
  }
  changed();
}

void session_view::drop_token(const bytes32& hash) {
  {
    std::lock_guard guard(tokens_lock_);
    tokens_.erase(hash);
  }
  changed();
}

void session_view::drop_all_tokens() {
  {
    std::lock_guard guard(tokens_lock_);
    tokens_.clear();
  }
  changed();
}

void session_view::drop_expired_tokens(instant now) {
  std::lock_guard guard(tokens_lock_);
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second->expires_at <= now; });
}

// --- all providers -----------------------------------------------------------------------------

namespace {

/// Lets a map of strings be asked with a view, without making a string.
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
using by_text =
    std::unordered_map<std::string, std::shared_ptr<session_view>, text_hash, std::equal_to<>>;

}  // namespace

struct session_directory::index {
  by_text by_id;
  by_text by_client;
  std::unordered_map<bytes32, std::shared_ptr<session_view>, digest_hash> by_certificate;
  std::unordered_map<std::string, std::string, text_hash, std::equal_to<>> names;

  std::string_view name_of(std::string_view id) const {
    const auto found = names.find(id);
    return found == names.end() ? id : std::string_view(found->second);
  }
};

namespace {

template <class Map, class Key>
std::shared_ptr<session_view> find_in(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

std::shared_ptr<session_view> session_directory::by_id(std::string_view provider_id) const {
  const auto now = index_.read();
  return now ? find_in(now->by_id, provider_id) : nullptr;
}

std::shared_ptr<session_view> session_directory::by_certificate(const bytes32& thumbprint) const {
  const auto now = index_.read();
  return now ? find_in(now->by_certificate, thumbprint) : nullptr;
}

std::shared_ptr<session_view> session_directory::by_client_id(std::string_view client_id) const {
  const auto now = index_.read();
  return now ? find_in(now->by_client, client_id) : nullptr;
}

bool session_directory::pinned(const bytes32& thumbprint) const {
  return by_certificate(thumbprint) != nullptr;
}

std::string session_directory::display_name(std::string_view provider_id) const {
  const auto now = index_.read();
  return std::string(now ? now->name_of(provider_id) : provider_id);
}

std::string_view session_directory::names::of(std::string_view provider_id) {
  const auto* now = seen_.get();
  return now ? now->name_of(provider_id) : provider_id;
}

std::vector<std::shared_ptr<session_view>> session_directory::all() const {
  std::vector<std::shared_ptr<session_view>> out;
  if (const auto now = index_.read())
    for (const auto& [id, view] : now->by_id) out.push_back(view);
  return out;
}

void session_directory::update(const provider& who) {
  std::lock_guard guard(updating_);
  const auto before = index_.read();
  auto next = before ? std::make_shared<index>(*before) : std::make_shared<index>();
  auto& view = next->by_id[who.id];
  if (!view) {
    view = std::make_shared<session_view>(who);
  } else {
    for (const auto& held : view->facts()->certificates)
      next->by_certificate.erase(held.thumbprint);
    view->facts(who);
  }
  next->by_client[who.client_id] = view;
  next->names[who.id] = who.name;
  for (const auto& held : who.certificates) next->by_certificate[held.thumbprint] = view;
  index_.publish(std::move(next));
}

}  // namespace glados::actors
