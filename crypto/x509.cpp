#include "crypto/x509.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace glados::crypto {

namespace {

constexpr std::size_t max_pem = 16 * 1024;
constexpr std::string_view white_space = " \t\r\n";
constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

bool strong_enough(const X509* certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr)
    return false;
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return true;
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
      return EVP_PKEY_get_bits(key) >= 2048 && EVP_PKEY_get_bits(key) <= 8192;
    case EVP_PKEY_EC: {
      char group[32] = {};
      std::size_t size = 0;
      if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group),
                                         &size) != 1)
        return false;
      const std::string_view name(group, size);
      return name == "prime256v1" || name == "secp384r1" || name == "secp521r1";
    }
    default:
      return false;
  }
}

std::optional<std::int64_t> seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1)
    return std::nullopt;
  return timegm(&parts);
}

// Empty when absent; nothing when it holds a zero byte, the old trick to look like another name.
std::optional<std::string> common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0)
    return std::string{};
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0)
    return std::nullopt;
  std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  if (name.find('\0') != std::string::npos)
    return std::nullopt;
  return name;
}

std::optional<certificate_facts> facts_of(const X509* certificate) {
  certificate_facts facts{};
  unsigned size = 0;
  const auto begin = seconds_of(X509_get0_notBefore(certificate));
  const auto end = seconds_of(X509_get0_notAfter(certificate));
  auto name = common_name(certificate);
  if (!strong_enough(certificate) || !begin || !end || !name ||
      X509_digest(certificate, EVP_sha256(), facts.thumbprint.data(), &size) != 1)
    return std::nullopt;
  facts.not_before = *begin;
  facts.not_after = *end;
  facts.common_name = std::move(*name);
  return facts;
}

}  // namespace

std::optional<certificate_facts> read_certificate(std::string_view pem) {
  if (pem.size() > max_pem)
    return std::nullopt;
  pem = trimmed(pem);
  // one block: its end is the end of the text, and no other begins inside
  if (!pem.starts_with(pem_begin) || pem.find(pem_end) != pem.size() - pem_end.size())
    return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  const x509_ptr certificate(in ? PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr) : nullptr,
                             &X509_free);
  auto facts = certificate ? facts_of(certificate.get()) : std::nullopt;
  if (!facts)
    ERR_clear_error();  // a thread's error queue must not reach the next TLS call
  return facts;
}

std::optional<digest32> certificate_thumbprint(std::string_view pem) {
  const auto facts = read_certificate(pem);
  if (!facts)
    return std::nullopt;
  return facts->thumbprint;
}

}  // namespace glados::crypto
