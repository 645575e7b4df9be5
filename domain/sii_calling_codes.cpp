#include "domain/sii_calling_codes.hpp"

#include <phonenumbers/phonenumberutil.h>

#include <array>
#include <set>
#include <string>

namespace glados {

namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t e164_max = 15;

constexpr std::array service_types{PhoneNumberUtil::TOLL_FREE,   PhoneNumberUtil::PREMIUM_RATE,
                                   PhoneNumberUtil::SHARED_COST, PhoneNumberUtil::PAGER,
                                   PhoneNumberUtil::UAN,         PhoneNumberUtil::VOICEMAIL};

constexpr std::size_t value(std::string_view digits) {
  std::size_t out = 0;
  for (const char c : digits) out = out * 10 + static_cast<std::size_t>(c - '0');
  return out;
}

}  // namespace

const calling_code_table& calling_code_table::get() {
  static const calling_code_table table;
  return table;
}

calling_code_table::calling_code_table() : rows_(1000) {
  std::set<int> codes;
  PhoneNumberUtil::GetInstance()->GetSupportedCallingCodes(&codes);
  for (const int code : codes) add_lengths(code);
  add_services();
  for (int area = 0; area < 1000; ++area)
    if (area < 200 || nanp_service(area))
      rows_[nanp_code].unsure.set(static_cast<std::size_t>(area));
}

std::size_t calling_code_table::code_length(std::string_view digits) const {
  std::size_t code = 0;
  for (std::size_t n = 0; n < 3 && n < digits.size(); ++n) {
    code = code * 10 + static_cast<std::size_t>(digits[n] - '0');
    if (rows_[code].lengths != 0)
      return n + 1;
  }
  return 0;
}

bool calling_code_table::sure(std::string_view digits) const {
  const std::size_t length = code_length(digits);
  if (length == 0 || digits.size() < length + 3 || digits.size() > e164_max)
    return false;
  const std::string_view national = digits.substr(length);
  const row& at = rows_[value(digits.substr(0, length))];
  return ((at.lengths >> national.size()) & 1U) != 0 && !at.unsure[value(national.substr(0, 3))];
}

void calling_code_table::mark_unsure(row& at, std::string_view prefix) {
  if (prefix.empty())
    return;
  const std::string_view head = prefix.substr(0, 3);
  std::size_t count = 1000;
  for (std::size_t i = 0; i < head.size(); ++i) count /= 10;
  for (std::size_t i = 0; i < count; ++i) at.unsure.set(value(head) * count + i);
}

void calling_code_table::add_lengths(int code) {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  row& at = rows_[static_cast<std::size_t>(code)];
  const std::size_t longest = e164_max - std::to_string(code).size();
  PhoneNumber number;
  number.set_country_code(code);
  std::uint64_t national = 2;  // any digits: possible numbers are told by their length alone
  for (std::size_t n = 1; n <= longest; ++n, national = national * 10 + 2) {
    number.set_national_number(national);
    if (util.IsPossibleNumberWithReason(number) == PhoneNumberUtil::IS_POSSIBLE)
      at.lengths |= 1U << n;
  }
  mark_unsure(at, "0");
  std::string region;
  util.GetRegionCodeForCountryCode(code, &region);
  if (region == "001" || region == "ZZ") {
    at.unsure.set();
    return;
  }
  std::string trunk;
  util.GetNddPrefixForRegion(region, true, &trunk);
  mark_unsure(at, trunk);
}

void calling_code_table::add_services() {
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  std::set<std::string> regions;
  util.GetSupportedRegions(&regions);
  for (const std::string& region : regions) {
    const int code = util.GetCountryCodeForRegion(region);
    if (code == nanp_code)
      continue;  // known exactly
    row& at = rows_[static_cast<std::size_t>(code)];
    for (const auto type : service_types) {
      PhoneNumber example;
      if (!util.GetExampleNumberForType(region, type, &example))
        continue;
      std::string national;
      util.GetNationalSignificantNumber(example, &national);
      // Two digits: the ranges around the example are mostly services of the same kind.
      mark_unsure(at, std::string_view(national).substr(0, 2));
    }
  }
}

}  // namespace glados
