#include "crypto/authority.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "crypto/random.hpp"
#include "crypto/x509.hpp"

namespace glados::crypto {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* gone) const {
    Free(gone);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using request_ptr = std::unique_ptr<X509_REQ, freed_by<X509_REQ_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

constexpr int longest_days = 36'525;
constexpr long seconds_a_day = 86'400;
constexpr long clock_skew = 300;  // other machines' clocks may be behind

int no_passphrase(char*, int, int, void*) { return -1; }  // else OpenSSL asks on the terminal

bio_ptr reading(std::string_view text) {
  return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

key_ptr make_key(key_kind kind) {
  return key_ptr(kind == key_kind::ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                           : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

std::string text_of(const bio_ptr& out) {
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  return out && PEM_write_bio_X509(out.get(), certificate) == 1 ? text_of(out) : "";
}

std::string pem_of(EVP_PKEY* key) {
  const bio_ptr out(BIO_new(BIO_s_secmem()));
  return out && PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr,
                                              nullptr) == 1
             ? text_of(out)
             : "";
}

bool extend(X509* to, X509* issuer, int what, const std::string& text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  const extension_ptr made(X509V3_EXT_conf_nid(nullptr, &context, what, text.c_str()));
  return made && X509_add_ext(to, made.get(), -1) == 1;
}

bool set_serial(X509* to) {
  std::uint8_t bytes[16];
  system_random().fill(bytes);
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7F) | 0x40);  // positive, always 16 bytes
  std::unique_ptr<BIGNUM, freed_by<BN_free>> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(to)) != nullptr;
}

bool set_subject(X509* to, const std::string& name) {
  auto* subject = X509_get_subject_name(to);
  return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1;
}

/// Names that become part of an extension's text must not bring a comma of their own.
bool plain_names(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return (name.starts_with("DNS:") || name.starts_with("IP:")) && name.size() <= 300 &&
           std::all_of(name.begin(), name.end(), [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '-' || c == ':' || c == '*';
           });
  });
}

x509_ptr blank(const std::string& name, EVP_PKEY* key, int days) {
  x509_ptr out(X509_new());
  const bool good =
      out && X509_set_version(out.get(), X509_VERSION_3) == 1 && set_serial(out.get()) &&
      set_subject(out.get(), name) &&
      X509_gmtime_adj(X509_getm_notBefore(out.get()), -clock_skew) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(out.get()), days * seconds_a_day) != nullptr &&
      X509_set_pubkey(out.get(), key) == 1;
  return good ? std::move(out) : nullptr;
}

/// Ed25519 has its digest built in.
bool sign(X509* what, EVP_PKEY* key) {
  const auto* digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  return X509_sign(what, key, digest) > 0;
}

template <class T>
std::optional<T> failed(std::string& why, std::string text) {
  ERR_clear_error();
  why = std::move(text);
  return {};
}

std::string form_fault(const std::string& name, int days) {
  if (name.empty() || name.size() > 64)
    return "a certificate's name has 1 to 64 characters";
  if (days < 1 || days > longest_days)
    return "a certificate is good for 1 to " + std::to_string(longest_days) + " days";
  return {};
}

const char* use_text(leaf_use use) {
  switch (use) {
    case leaf_use::server:
      return "serverAuth";
    case leaf_use::client:
      return "clientAuth";
    default:
      return "serverAuth,clientAuth";
  }
}

std::optional<std::string> certify(const certified_key& signer, EVP_PKEY* subject,
                                   const leaf_form& form, std::string& why) {
  if (auto fault = form_fault(form.common_name, form.days); !fault.empty())
    return failed<std::string>(why, std::move(fault));
  if (!plain_names(form.names))
    return failed<std::string>(why, "names are DNS:NAME or IP:ADDRESS");
  const x509_ptr issuer(
      PEM_read_bio_X509(reading(signer.certificate).get(), nullptr, no_passphrase, nullptr));
  const key_ptr key(
      PEM_read_bio_PrivateKey(reading(signer.key).get(), nullptr, no_passphrase, nullptr));
  if (!issuer || !key || X509_check_private_key(issuer.get(), key.get()) != 1)
    return failed<std::string>(why, "the authority's certificate and key do not belong together");
  if (X509_check_ca(issuer.get()) != 1)
    return failed<std::string>(why, "this certificate is no authority's");
  if (X509_cmp_current_time(X509_get0_notAfter(issuer.get())) <= 0)
    return failed<std::string>(why, "the authority has ended");
  auto leaf = blank(form.common_name, subject, form.days);
  // A leaf that outlives its authority would be refused from one day to the next.
  if (leaf &&
      ASN1_TIME_compare(X509_get0_notAfter(leaf.get()), X509_get0_notAfter(issuer.get())) > 0)
    X509_set1_notAfter(leaf.get(), X509_get0_notAfter(issuer.get()));
  std::string names;
  for (const auto& name : form.names) names.append(names.empty() ? "" : ",").append(name);
  auto* to = leaf.get();
  const bool good = leaf && X509_set_issuer_name(to, X509_get_subject_name(issuer.get())) == 1 &&
                    extend(to, issuer.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                    extend(to, issuer.get(), NID_key_usage, "critical,digitalSignature") &&
                    extend(to, issuer.get(), NID_ext_key_usage, use_text(form.use)) &&
                    extend(to, issuer.get(), NID_subject_key_identifier, "hash") &&
                    extend(to, issuer.get(), NID_authority_key_identifier, "keyid") &&
                    (names.empty() || extend(to, issuer.get(), NID_subject_alt_name, names)) &&
                    sign(to, key.get());
  auto pem = good ? pem_of(to) : "";
  if (pem.empty())
    return failed<std::string>(why, "the certificate cannot be made of these names");
  if (!read_certificate(pem))
    return failed<std::string>(why,
                               "the key is too weak: RSA from 2,048 bits, P-256 or stronger, "
                               "Ed25519");
  return pem;
}

}  // namespace

std::optional<certified_key> make_authority(const std::string& name, key_kind kind, int days,
                                            std::string& why) {
  if (auto fault = form_fault(name, days); !fault.empty())
    return failed<certified_key>(why, std::move(fault));
  const auto key = make_key(kind);
  const auto made = key ? blank(name, key.get(), days) : nullptr;
  auto* to = made.get();
  const bool good = made && X509_set_issuer_name(to, X509_get_subject_name(to)) == 1 &&
                    extend(to, to, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                    extend(to, to, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                    extend(to, to, NID_subject_key_identifier, "hash") && sign(to, key.get());
  certified_key out{good ? pem_of(to) : "", good ? pem_of(key.get()) : ""};
  if (out.certificate.empty() || out.key.empty())
    return failed<certified_key>(why, "OpenSSL could not make the authority");
  return out;
}

std::optional<certified_key> issue_leaf(const certified_key& signer, const leaf_form& form,
                                        key_kind kind, std::string& why) {
  const auto key = make_key(kind);
  if (!key)
    return failed<certified_key>(why, "OpenSSL could not make a key");
  auto pem = certify(signer, key.get(), form, why);
  if (!pem)
    return {};
  return certified_key{std::move(*pem), pem_of(key.get())};
}

std::optional<std::string> sign_request(const certified_key& signer, std::string_view request,
                                        const leaf_form& form, std::string& why) {
  constexpr std::size_t largest = std::size_t{16} * 1024;
  const request_ptr asked(
      request.size() > largest
          ? nullptr
          : PEM_read_bio_X509_REQ(reading(request).get(), nullptr, no_passphrase, nullptr));
  auto* key = asked ? X509_REQ_get0_pubkey(asked.get()) : nullptr;
  if (key == nullptr)
    return failed<std::string>(why, "not a certificate request in PEM");
  if (X509_REQ_verify(asked.get(), key) != 1)
    return failed<std::string>(why, "the request is not signed by its own key");
  return certify(signer, key, form, why);
}

}  // namespace glados::crypto
