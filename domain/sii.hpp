// Identifiers of people (SII): the canonical form of a phone number or mail address, and what the
// budgets need to know of one. Section 1 of the contract says what is accepted.
//
// Two ways to the same canonical form. `canonical_sii` is complete and asks libphonenumber, libidn2
// and ICU; writes go through it. `surely_canonical` only recognises strings that are canonical
// already and asks nobody; lookups try it first. Where it gives an answer and the other one does
// too, the answers are equal. It does not know numbering plans beyond calling codes and lengths: a
// number that cannot exist may pass it, and is then simply not found.
//
// All functions may be called by any thread. The tables behind them are made on first use;
// `prepare_sii` makes them at start instead.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/errc.hpp"

namespace glados {

enum class sii_kind : std::uint8_t { tel, mailto };

/// An identifier in canonical form with its scheme: `tel:+14155550123`, `mailto:alice@example.org`.
struct sii {
  sii_kind kind = sii_kind::tel;
  std::string canonical;

  friend bool operator==(const sii&, const sii&) = default;
};

/// "[sii]": an identifier never prints itself.
std::string to_string(const sii&);

/// The canonical form of what a caller sent.
/// - `errc::identifier_invalid`: not a `tel:` or `mailto:` of one plain number or address; a number
///   that no numbering plan has room for; one that is not quite E.164 (with a trunk prefix or an
///   outdated form that libphonenumber would rewrite: one phone must not have two names).
/// - `errc::identifier_unsupported`: toll-free, premium, shared-cost, pager, company and voicemail
///   numbers, which no person can prove.
/// Numbers of a possible length that no plan has handed out yet (or reserves for films and tests)
/// are accepted: plans change faster than libraries, and the gateway has the last word.
result<sii> canonical_sii(std::string_view input);

/// The kind of `input` if it is in canonical form already and that is certain without a numbering
/// plan, else nothing: then ask `canonical_sii`. Allocates nothing.
std::optional<sii_kind> surely_canonical(std::string_view input);

/// The same with a copy of `input`.
std::optional<sii> fast_canonical(std::string_view input);

/// Builds all tables (some 20 ms), so that the first request does not.
void prepare_sii();

/// Where messages to an identifier go, as budgets and breakers see it.
struct sii_traits {
  std::string region;          ///< ISO 3166 ("US"); "+870" outside countries; "email" for mail
  std::string breaker_prefix;  ///< calling code and first 3 national digits ("1415"); "" for mail
};

/// Asks libphonenumber: for sends, not for lookups.
sii_traits traits_of(const sii& id);

inline std::string country_prefix(const sii& id) { return traits_of(id).region; }
std::string number_prefix(const sii& id);

/// The domain that somebody registered (paid for): one label under the public suffix, by the ICANN
/// part of the public suffix list only, for names under a private suffix cost nothing. "" for tel.
std::string registrable_domain(const sii& id);

/// Whether a mail address has a sub-address (`a+x@`), of which one mailbox has any number.
bool is_subaddressed(const sii& id);

}  // namespace glados
