#include "config/prices.hpp"

#include <algorithm>
#include <set>

#include "config/forms.hpp"
#include "config/toml_file.hpp"

namespace glados::config {

namespace {

constexpr std::string_view cap_prefix = "spend_cap.providers.";

bool all_of_range(std::string_view text, char first, char last) {
  return std::all_of(text.begin(), text.end(), [=](char c) { return c >= first && c <= last; });
}

/// ISO 3166 alpha-2, or a calling code outside of countries.
bool is_region(std::string_view text) {
  if (text.starts_with('+'))
    return text.size() >= 2 && text.size() <= 5 && all_of_range(text.substr(1), '0', '9');
  return text.size() == 2 && all_of_range(text, 'A', 'Z');
}

/// Reads one file, leaf by leaf.
class reading {
 public:
  reading(price_table& out, std::vector<fault>& faults) : out_(out), faults_(faults) {}

  void take(const toml_leaf& leaf) {
    seen_.insert(leaf.key);
    if (std::holds_alternative<empty_table>(leaf.content)) {
      if (leaf.key != "spend_cap.providers")
        complain(leaf, "there is no such table, or it is empty");
    } else if (leaf.key == "currency") {
      take_currency(leaf);
    } else if (auto* place = place_of(leaf)) {
      take_amount(leaf, *place, leaf.key.starts_with("spend_cap.") ? spend_cap_max : price_max);
    }
  }

  void finish(const std::string& path) {
    for (const std::string_view key : {"currency", "lookup", "bulk_row", "send.sms.default",
                                       "send.voice.default", "send.email.default"})
      if (!seen_.contains(key))
        faults_.push_back({path, std::string(key), "is missing"});
  }

 private:
  /// Where the leaf's number belongs. Null: it was refused.
  micro_units* place_of(const toml_leaf& leaf) {
    const std::string_view key = leaf.key;
    if (key == "lookup")
      return &out_.lookup;
    if (key == "bulk_row")
      return &out_.bulk_row;
    if (key == "spend_cap.default")
      return &out_.spend_cap;
    if (key.starts_with(cap_prefix)) {
      const auto id = key.substr(cap_prefix.size());
      if (forms::provider_id(id).empty())
        return &out_.spend_cap_of[std::string(id)];
      return refuse(leaf, "is no provider's id");
    }
    for (const auto way : {channel::sms, channel::voice, channel::email}) {
      const auto table = "send." + std::string(to_string(way)) + ".";
      if (!key.starts_with(table))
        continue;
      auto& prices = out_.sends[static_cast<std::size_t>(way)];
      const auto region = key.substr(table.size());
      if (region == "default")
        return &prices.otherwise;
      if (way == channel::email)
        return refuse(leaf, "mail goes to no country");
      if (is_region(region))
        return &prices.by_region[std::string(region)];
      return refuse(leaf, "is no country (two capital letters)");
    }
    return refuse(leaf, "there is no such price");
  }

  void take_currency(const toml_leaf& leaf) {
    const auto* text = std::get_if<std::string>(&leaf.content);
    if (text == nullptr || text->size() != 3 || !all_of_range(*text, 'A', 'Z'))
      return complain(leaf, "needs three capital letters (ISO 4217)");
    out_.currency = *text;
  }

  void take_amount(const toml_leaf& leaf, micro_units& place, micro_units limit) {
    const auto* number = std::get_if<std::int64_t>(&leaf.content);
    if (number == nullptr || *number < 0 || static_cast<micro_units>(*number) > limit)
      return complain(leaf,
                      "needs a whole number of millionths from 0 to " + std::to_string(limit));
    place = static_cast<micro_units>(*number);
  }

  micro_units* refuse(const toml_leaf& leaf, const std::string& why) {
    complain(leaf, why);
    return nullptr;
  }
  void complain(const toml_leaf& leaf, const std::string& why) {
    faults_.push_back({leaf.where, leaf.key, why});
  }

  price_table& out_;
  std::vector<fault>& faults_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace

std::optional<price_table> load_prices(const std::string& path, std::vector<fault>& faults) {
  const auto before = faults.size();
  price_table out;
  reading all(out, faults);
  for (const auto& leaf : read_toml(path, faults)) all.take(leaf);
  if (faults.size() == before)
    all.finish(path);
  if (faults.size() != before)
    return std::nullopt;
  return out;
}

}  // namespace glados::config
