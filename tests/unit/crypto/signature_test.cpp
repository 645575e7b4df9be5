#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>

#include "crypto/ed25519.hpp"
#include "crypto/x509.hpp"
#include "tests/unit/crypto/seeded_random.hpp"

using namespace glados::crypto;
using glados::crypto::test::seeded_random;

namespace {

using pkey_ptr = std::shared_ptr<EVP_PKEY>;

pkey_ptr made(EVP_PKEY* key) { return {key, &EVP_PKEY_free}; }
pkey_ptr rsa(std::size_t bits) { return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits)); }
pkey_ptr curve(const char* name) { return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", name)); }
pkey_ptr ed25519() { return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

std::string drained(BIO* out) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(out);
  return text;
}

struct made_certificate {
  std::string pem;
  std::string der;
};

made_certificate certificate(const pkey_ptr& key, const std::string& name) {
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), &X509_free);
  X509_set_version(x509.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
  ASN1_TIME_set(X509_getm_notBefore(x509.get()), 1'700'000'000);
  ASN1_TIME_set(X509_getm_notAfter(x509.get()), 1'900'000'000);
  auto* subject = X509_get_subject_name(x509.get());
  if (!name.empty())
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()),
                               static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(x509.get(), subject);
  X509_set_pubkey(x509.get(), key.get());
  const bool own_digest = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519;
  X509_sign(x509.get(), key.get(), own_digest ? nullptr : EVP_sha256());
  BIO* pem = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(pem, x509.get());
  BIO* der = BIO_new(BIO_s_mem());
  i2d_X509_bio(der, x509.get());
  return {drained(pem), drained(der)};
}

std::string private_pem(const pkey_ptr& key) {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return drained(out);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ed25519_signatures)

BOOST_AUTO_TEST_CASE(follow_rfc_8032) {
  const auto seed = *unhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
  const signing_key key(as_bytes(seed).first<32>());
  BOOST_TEST(hex(key.public_key()) ==
             "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  BOOST_TEST(hex(key.sign("\x72")) ==
             "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
             "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

BOOST_AUTO_TEST_CASE(hold_for_one_message_and_one_key) {
  seeded_random random(1);
  const auto key = signing_key::generate(random);
  const auto other = signing_key::generate(random);
  auto signature = key.sign("message");
  BOOST_TEST(verify(key.public_key(), "message", signature));
  BOOST_TEST(!verify(key.public_key(), "messagE", signature));
  BOOST_TEST(!verify(other.public_key(), "message", signature));
  signature[3] ^= 1;
  BOOST_TEST(!verify(key.public_key(), "message", signature));
  BOOST_TEST(verify(key.public_key(), "", key.sign("")));
}

BOOST_AUTO_TEST_CASE(load_from_pem_only_as_ed25519) {
  const auto pem = private_pem(ed25519());
  const auto key = signing_key::from_pem(pem);
  BOOST_REQUIRE(key.has_value());
  BOOST_TEST(verify(key->public_key(), "x", key->sign("x")));
  BOOST_TEST(!signing_key::from_pem(private_pem(curve("P-256"))));
  BOOST_TEST(!signing_key::from_pem(pem.substr(0, 60)));
  BOOST_TEST(!signing_key::from_pem(""));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(certificates)

BOOST_AUTO_TEST_CASE(facts_are_read) {
  const auto made_one = certificate(curve("P-256"), "alpha \xc3\xa9");
  const auto facts = read_certificate(made_one.pem);
  BOOST_REQUIRE(facts.has_value());
  BOOST_TEST((facts->thumbprint == sha256(made_one.der)));
  BOOST_TEST(facts->not_before == 1'700'000'000);
  BOOST_TEST(facts->not_after == 1'900'000'000);
  BOOST_TEST(facts->common_name == "alpha \xc3\xa9");
  BOOST_TEST((certificate_thumbprint("\n" + made_one.pem + " \r\n") == facts->thumbprint));
  BOOST_TEST(read_certificate(certificate(ed25519(), "").pem)->common_name.empty());
}

BOOST_AUTO_TEST_CASE(weak_keys_are_refused) {
  BOOST_TEST(!certificate_thumbprint(certificate(rsa(1024), "weak").pem));
  BOOST_TEST(!certificate_thumbprint(certificate(curve("P-224"), "weak").pem));
  BOOST_TEST(!certificate_thumbprint(certificate(curve("secp256k1"), "unusual").pem));
  BOOST_TEST(certificate_thumbprint(certificate(rsa(2048), "good").pem).has_value());
  BOOST_TEST(certificate_thumbprint(certificate(curve("P-384"), "good").pem).has_value());
  BOOST_TEST(certificate_thumbprint(certificate(ed25519(), "good").pem).has_value());
}

BOOST_AUTO_TEST_CASE(anything_but_one_certificate_is_refused) {
  const auto key = ed25519();
  const auto pem = certificate(key, "alpha").pem;
  auto broken = pem;
  broken[60] = broken[60] == 'A' ? 'B' : 'A';
  for (const auto& bad :
       {std::string{}, std::string{"\n"}, std::string{"garbage"}, pem + pem, "Subject: x\n" + pem,
        pem + "x", pem.substr(0, pem.size() / 2), private_pem(key), private_pem(key) + pem,
        pem + std::string(20'000, '\n'), std::string{"-----BEGIN CERTIFICATE-----\n"},
        std::string{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}})
    BOOST_TEST(!read_certificate(bad), bad.substr(0, 40));
  const auto still = read_certificate(broken);  // a changed byte is no or another certificate
  BOOST_TEST((!still || still->thumbprint != *certificate_thumbprint(pem)));
}

BOOST_AUTO_TEST_CASE(a_name_with_a_zero_byte_is_refused) {
  using namespace std::string_literals;
  BOOST_TEST(!read_certificate(certificate(ed25519(), "alpha\0.example"s).pem));
}

BOOST_AUTO_TEST_SUITE_END()
