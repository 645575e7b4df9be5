#include "config/templates.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "config/toml_file.hpp"

namespace glados::config {

namespace {

constexpr std::size_t longest_sms = 320;
constexpr std::size_t longest_tag = 35;
constexpr std::string_view autofill = "\n@{domain} #{code}";

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string_view language_of(std::string_view tag) { return tag.substr(0, tag.find('-')); }

bool is_tag(std::string_view tag) {
  const auto language = language_of(tag);
  return tag.size() <= longest_tag && (language.size() == 2 || language.size() == 3) &&
         tag.back() != '-' && tag.find("--") == std::string_view::npos &&
         std::all_of(tag.begin(), tag.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

struct filling {
  std::string_view provider, code, domain;

  const std::string_view* find(std::string_view name) const {
    return name == "provider" ? &provider
           : name == "code"   ? &code
           : name == "domain" ? &domain
                              : nullptr;
  }
};

// One pass from left to right: what is filled in is never read again, so a provider that calls
// itself "{code}" gets nothing.
std::string fill(std::string_view text, const filling& with) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    out.append(text.substr(0, open));
    if (open == std::string_view::npos)
      break;
    const auto close = text.find('}', open);
    if (const auto* content = with.find(text.substr(open + 1, close - open - 1)))
      out.append(*content);
    text.remove_prefix(close + 1);
  }
  return out;
}

// The placeholders of a text, or nothing when one is unknown or a brace stands alone.
std::optional<std::set<std::string_view>> placeholders(std::string_view text) {
  std::set<std::string_view> names;
  const filling known{};
  while (true) {
    const auto open = text.find_first_of("{}");
    if (open == std::string_view::npos)
      return names;
    const auto close = text.find_first_of("{}", open + 1);
    if (text[open] != '{' || close == std::string_view::npos || text[close] != '}')
      return std::nullopt;
    const auto name = text.substr(open + 1, close - open - 1);
    if (known.find(name) == nullptr)
      return std::nullopt;
    names.insert(name);
    text.remove_prefix(close + 1);
  }
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string complaint_about_sms(std::string_view text) {
  if (!text.ends_with(autofill))
    return "must end with the line @{domain} #{code}";
  const auto names = placeholders(text.substr(0, text.size() - autofill.size()));
  if (!names || *names != std::set<std::string_view>{"provider", "code"})
    return "must name {provider} and {code}, and {domain} in the last line only";
  const std::string longest_name(32, 'M');
  if (characters(fill(text, {longest_name, "000000", "glados.example"})) > longest_sms)
    return "is longer than 320 characters";
  return {};
}

std::string complaint_about_subject(std::string_view text) {
  const auto names = placeholders(text);
  if (!names || *names != std::set<std::string_view>{"provider"})
    return "must name {provider} and nothing else";
  return text.find_first_of("\r\n") == std::string_view::npos ? "" : "must be one line";
}

std::string complaint_about_body(std::string_view text) {
  const auto names = placeholders(text);
  const bool good = names && *names == std::set<std::string_view>{"provider", "code"};
  return good ? "" : "must name {provider} and {code} and nothing else";
}

struct part {
  std::string_view key;
  std::string (*complaint)(std::string_view);
};
constexpr std::array<part, 3> parts{{{"sms.text", complaint_about_sms},
                                     {"email.subject", complaint_about_subject},
                                     {"email.body", complaint_about_body}}};

// The three texts of one file, in the order of `parts`.
std::array<std::string, parts.size()> read_texts(const std::string& path,
                                                 std::vector<fault>& faults) {
  std::array<std::string, parts.size()> texts;
  std::set<std::string_view> seen;
  const auto before = faults.size();
  for (const auto& leaf : read_toml(path, faults)) {
    const auto* found = std::find_if(parts.begin(), parts.end(),
                                     [&](const part& one) { return one.key == leaf.key; });
    const auto* text = std::get_if<std::string>(&leaf.content);
    if (found == parts.end()) {
      faults.push_back({leaf.where, leaf.key, "there is no such text"});
      continue;
    }
    seen.insert(found->key);
    const auto why = text != nullptr ? found->complaint(*text) : std::string("needs a string");
    if (!why.empty())
      faults.push_back({leaf.where, leaf.key, why});
    else
      texts[static_cast<std::size_t>(found - parts.begin())] = *text;
  }
  for (const auto& one : parts)
    if (faults.size() == before && !seen.contains(one.key))
      faults.push_back({path, std::string(one.key), "is missing"});
  return texts;
}

}  // namespace

std::optional<message_templates> message_templates::load(const std::string& directory,
                                                         const std::string& domain,
                                                         std::vector<fault>& faults) {
  namespace fs = std::filesystem;
  const auto before = faults.size();
  message_templates all;
  all.domain_ = domain;
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(directory, failed), end; !failed && at != end;
       at.increment(failed))
    if (at->path().extension() == ".toml")
      files.push_back(at->path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto locale = file.stem().string();
    const auto tag = lower(locale);
    if (!is_tag(tag) || all.by_tag_.contains(tag)) {
      faults.push_back({file.string(), "", "its name is no language tag, or one given twice"});
      continue;
    }
    auto [sms, subject, body] = read_texts(file.string(), faults);
    all.by_tag_[tag] = {locale, std::move(sms), std::move(subject), std::move(body)};
  }
  if (failed || !all.by_tag_.contains("en"))
    faults.push_back({directory, "", "holds no readable template en.toml"});
  if (faults.size() != before)
    return std::nullopt;
  return all;
}

const std::string& message_templates::match(std::string_view locale) const {
  const auto wanted = lower(locale.substr(0, longest_tag));
  for (std::string_view tag = wanted; !tag.empty();) {
    if (const auto found = by_tag_.find(tag); found != by_tag_.end())
      return found->second.locale;
    const auto dash = tag.rfind('-');
    tag = dash == std::string_view::npos ? std::string_view{} : tag.substr(0, dash);
  }
  for (const auto& [tag, texts] : by_tag_)
    if (language_of(tag) == language_of(wanted))
      return texts.locale;
  return by_tag_.find("en")->second.locale;
}

message message_templates::render(std::string_view locale, message_channel channel,
                                  std::string_view provider_name, std::string_view code) const {
  std::string name(provider_name);
  std::erase_if(name, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
  const filling with{name, code, domain_};
  const auto& texts = by_tag_.find(lower(match(locale)))->second;
  if (channel == message_channel::sms)
    return {{}, fill(texts.sms, with)};
  return {fill(texts.subject, with), fill(texts.body, with)};
}

}  // namespace glados::config
