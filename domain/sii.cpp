#include "domain/sii.hpp"

#include <idn2.h>
#include <libpsl.h>
#include <phonenumbers/phonenumberutil.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "domain/sii_calling_codes.hpp"
#include "domain/text.hpp"

namespace glados {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::string_view tel_scheme = "tel:";
constexpr std::string_view mail_scheme = "mailto:";
constexpr std::size_t tel_input_max = 64;     ///< 15 digits and generous separators
constexpr std::size_t mail_input_max = 1024;  ///< the canonical form of 254 may be shorter
constexpr std::size_t e164_max = 15;
constexpr std::size_t local_part_max = 64;  ///< RFC 5321 4.5.3.1, octets
constexpr std::size_t domain_max = 255;
constexpr std::size_t address_max = 254;  ///< the path of 256 without its brackets
constexpr std::size_t label_max = 63;

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool lower(char c) { return c >= 'a' && c <= 'z'; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), digit);
}

/// Whether `input` begins with `scheme` in any case; the scheme is lower case.
bool has_scheme(std::string_view input, std::string_view scheme) {
  if (input.size() < scheme.size())
    return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = input[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != scheme[i])
      return false;
  }
  return true;
}

// ---- tel ----------------------------------------------------------------------------------------

using number_type = PhoneNumberUtil::PhoneNumberType;

/// Kinds of numbers that belong to no person.
constexpr bool service_type(number_type type) {
  switch (type) {
    case PhoneNumberUtil::TOLL_FREE:
    case PhoneNumberUtil::PREMIUM_RATE:
    case PhoneNumberUtil::SHARED_COST:
    case PhoneNumberUtil::PAGER:
    case PhoneNumberUtil::UAN:
    case PhoneNumberUtil::VOICEMAIL:
      return true;
    default:
      return false;
  }
}

/// `+` and the digits of a global number of RFC 3966 without its separators; empty if it is none.
std::string e164_of(std::string_view number) {
  std::string out;
  if (number.empty() || number.size() > tel_input_max || number.front() != '+')
    return out;
  out.reserve(1 + e164_max);
  out.push_back('+');
  for (const char c : number.substr(1)) {
    if (c == '-' || c == '.' || c == '(' || c == ')')
      continue;
    if (!digit(c) || out.size() > e164_max)
      return {};
    out.push_back(c);
  }
  return out.size() > 1 ? out : std::string{};
}

/// What the numbering plan says of a number of possible length.
errc judge(const PhoneNumberUtil& util, const PhoneNumber& number) {
  const number_type type = util.GetNumberType(number);
  if (service_type(type))
    return errc::identifier_unsupported;
  if (type != PhoneNumberUtil::UNKNOWN)
    return errc::none;
  // Not handed out, as far as the library knows. A leading zero is then a trunk prefix, and North
  // American area codes have a shape.
  std::string national;
  util.GetNationalSignificantNumber(number, &national);
  if (national.empty() || national.front() == '0')
    return errc::identifier_invalid;
  if (number.country_code() == nanp_code) {
    if (national.front() == '1')
      return errc::identifier_invalid;
    if (nanp_service(std::stoi(national.substr(0, 3))))
      return errc::identifier_unsupported;
  }
  return errc::none;
}

result<sii> canonical_tel(std::string_view rest) {
  std::string e164 = e164_of(rest);
  if (e164.empty())
    return errc::identifier_invalid;
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR)
    return errc::identifier_invalid;
  std::string again;
  util.Format(number, PhoneNumberUtil::E164, &again);
  if (again != e164 || util.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE)
    return errc::identifier_invalid;
  if (const errc verdict = judge(util, number); verdict != errc::none)
    return verdict;
  return sii{sii_kind::tel, std::string(tel_scheme) + e164};
}

// ---- mailto -------------------------------------------------------------------------------------

/// Characters of a dot-atom (RFC 5322 3.2.3) without upper case, and without those that would be
/// something else in a URI: `%` encoding, `?` headers, `#` a fragment, `/` a path (RFC 6068, 2).
constexpr bool lower_atext(char c) {
  return lower(c) || digit(c) ||
         std::string_view("!$&'*+-=^_`{|}~").find(c) != std::string_view::npos;
}

/// A dot-atom of at most 64 octets; bytes over 0x7F pass if `utf8` (RFC 6531).
bool dot_atom(std::string_view local, bool utf8) {
  if (local.empty() || local.size() > local_part_max || local.front() == '.' ||
      local.back() == '.' || local.find("..") != std::string_view::npos)
    return false;
  return std::all_of(local.begin(), local.end(), [utf8](char c) {
    return c == '.' || lower_atext(c) || (utf8 && static_cast<unsigned char>(c) >= 0x80);
  });
}

bool ldh_label(std::string_view label) {
  return !label.empty() && label.size() <= label_max && label.front() != '-' &&
         label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
           return lower(c) || digit(c) || c == '-';
         });
}

/// A lower-case ASCII host name of two labels or more whose last is not a number. With `plain`,
/// also without labels that have hyphens in places 3 and 4 (`xn--`), which only IDNA can judge.
bool host_name(std::string_view domain, bool plain) {
  if (domain.size() > domain_max)
    return false;
  std::size_t labels = 0;
  for (;;) {
    const std::size_t dot = domain.find('.');
    const std::string_view label = domain.substr(0, dot);
    if (!ldh_label(label) || (plain && label.size() > 3 && label.substr(2, 2) == "--"))
      return false;
    ++labels;
    if (dot == std::string_view::npos)
      return labels >= 2 && !all_digits(label);
    domain.remove_prefix(dot + 1);
  }
}

/// Whether all characters are such as a person writes in a name: no controls, no spaces, nothing
/// invisible, nothing private or unassigned.
bool visible(const icu::UnicodeString& text) {
  constexpr std::uint32_t unseen = U_GC_C_MASK | U_GC_Z_MASK;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1))
    if ((U_GET_GC_MASK(text.char32At(i)) & unseen) != 0)
      return false;
  return true;
}

/// NFC of the case-folded local part. Folding may undo a composition and composing may make a
/// letter that folds, so both are repeated until nothing changes.
std::optional<std::string> folded(std::string_view local) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status) != 0)
    return std::nullopt;
  auto text = icu::UnicodeString::fromUTF8(
      icu::StringPiece(local.data(), static_cast<std::int32_t>(local.size())));
  if (!visible(text))
    return std::nullopt;
  text = nfc->normalize(text, status);
  for (int round = 0; round < 4 && U_FAILURE(status) == 0; ++round) {
    icu::UnicodeString next = text;
    next = nfc->normalize(next.foldCase(U_FOLD_CASE_DEFAULT), status);
    if (next == text) {
      std::string out;
      return text.toUTF8String(out);
    }
    text = next;
  }
  return std::nullopt;
}

/// The A-label form of a domain (IDNA 2008 with the mapping of UTS 46), lower case.
std::optional<std::string> a_labels(const std::string& domain) {
  char* raw = nullptr;
  const int code = idn2_to_ascii_8z(domain.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> held(raw, idn2_free);
  if (code != IDN2_OK || raw == nullptr)
    return std::nullopt;
  std::string out(raw);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c + 32);
  return out;
}

result<sii> canonical_mail(std::string_view rest) {
  if (rest.size() > mail_input_max || !valid_utf8(rest) || has_control_characters(rest))
    return errc::identifier_invalid;
  const std::size_t at = rest.find('@');
  if (at == std::string_view::npos || rest.find('@', at + 1) != std::string_view::npos)
    return errc::identifier_invalid;
  const std::optional<std::string> local = folded(rest.substr(0, at));
  // Checked after folding: normalisation turns a few characters into ASCII punctuation.
  if (!local || !dot_atom(*local, true))
    return errc::identifier_invalid;
  const std::optional<std::string> domain = a_labels(std::string(rest.substr(at + 1)));
  if (!domain || !host_name(*domain, false) || local->size() + 1 + domain->size() > address_max)
    return errc::identifier_invalid;
  return sii{sii_kind::mailto, std::string(mail_scheme) + *local + "@" + *domain};
}

std::string_view mail_domain(const sii& id) {
  const std::string_view text = id.canonical;
  const std::size_t at = text.rfind('@');
  return id.kind == sii_kind::mailto && at != std::string_view::npos ? text.substr(at + 1)
                                                                     : std::string_view{};
}

std::string_view tel_digits(const sii& id) {
  const std::string_view text = id.canonical;
  return id.kind == sii_kind::tel && text.size() > 5 ? text.substr(5) : std::string_view{};
}

}  // namespace

std::string to_string(const sii&) { return "[sii]"; }

result<sii> canonical_sii(std::string_view input) {
  if (has_scheme(input, tel_scheme))
    return canonical_tel(input.substr(tel_scheme.size()));
  if (has_scheme(input, mail_scheme))
    return canonical_mail(input.substr(mail_scheme.size()));
  return errc::identifier_invalid;
}

std::optional<sii_kind> surely_canonical(std::string_view input) {
  if (input.starts_with("tel:+")) {
    const std::string_view digits = input.substr(5);
    if (digits.size() > e164_max || !all_digits(digits) || !calling_code_table::get().sure(digits))
      return std::nullopt;
    return sii_kind::tel;
  }
  if (!input.starts_with(mail_scheme))
    return std::nullopt;
  const std::string_view address = input.substr(mail_scheme.size());
  const std::size_t at = address.find('@');
  if (at == std::string_view::npos || address.size() > address_max ||
      !dot_atom(address.substr(0, at), false) || !host_name(address.substr(at + 1), true))
    return std::nullopt;
  return sii_kind::mailto;
}

std::optional<sii> fast_canonical(std::string_view input) {
  const auto kind = surely_canonical(input);
  return kind ? std::optional(sii{*kind, std::string(input)}) : std::nullopt;
}

void prepare_sii() {
  static_cast<void>(calling_code_table::get());
  static_cast<void>(canonical_sii("tel:+14155550123"));
  static_cast<void>(canonical_sii("mailto:alice@example.org"));
  static_cast<void>(registrable_domain({sii_kind::mailto, "mailto:alice@example.org"}));
}

std::string number_prefix(const sii& id) {
  const std::string_view digits = tel_digits(id);
  return std::string(digits.substr(0, calling_code_table::get().code_length(digits) + 3));
}

sii_traits traits_of(const sii& id) {
  if (id.kind == sii_kind::mailto)
    return {"email", ""};
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  sii_traits out{"ZZ", number_prefix(id)};
  if (util.Parse(std::string("+").append(tel_digits(id)), "ZZ", &number) !=
      PhoneNumberUtil::NO_PARSING_ERROR)
    return out;
  util.GetRegionCodeForNumber(number, &out.region);
  if (out.region == "ZZ")  // not handed out: counted for the main country of its code
    util.GetRegionCodeForCountryCode(number.country_code(), &out.region);
  if (out.region == "001" || out.region == "ZZ")
    out.region = std::string("+").append(std::to_string(number.country_code()));
  return out;
}

std::string registrable_domain(const sii& id) {
  const std::string_view domain = mail_domain(id);
  const psl_ctx_t* list = psl_builtin();
  std::size_t start = domain.size();
  // From the right, label by label: the first name that is no public suffix was registered.
  while (start > 0) {
    const std::size_t dot = start >= 2 ? domain.rfind('.', start - 2) : std::string_view::npos;
    start = dot == std::string_view::npos ? 0 : dot + 1;
    const std::string name(domain.substr(start));
    if (psl_is_public_suffix2(list, name.c_str(), PSL_TYPE_ICANN) == 0)
      return name;
  }
  return std::string(domain);
}

bool is_subaddressed(const sii& id) {
  if (id.kind != sii_kind::mailto)
    return false;
  const std::string_view text = id.canonical;
  return text.substr(0, text.rfind('@')).find('+') != std::string_view::npos;
}

}  // namespace glados
