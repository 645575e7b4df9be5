// `glados pki`: authorities, what they sign, what they refuse.
#include "admin/pki.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/test/unit_test.hpp>
#include <memory>

#include "crypto/authority.hpp"
#include "crypto/x509.hpp"
#include "scripted.hpp"

using namespace glados::admin;
using glados::admin::test::folder;
using glados::admin::test::ran;
namespace crypto = glados::crypto;

namespace {

ran pki(const std::vector<std::string_view>& words) {
  std::istringstream in;
  std::ostringstream out, err;
  console io{in, out, err};
  ran done;
  done.code = run_pki(words, io);
  done.out = out.str();
  done.err = err.str();
  return done;
}

std::shared_ptr<X509> read_x509(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), -1), &BIO_free);
  return {PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free};
}

bool signed_by(const std::string& leaf, const std::string& authority) {
  const auto issuer = read_x509(authority);
  const auto one = read_x509(leaf);
  return X509_verify(one.get(), X509_get0_pubkey(issuer.get())) == 1 &&
         X509_check_issued(issuer.get(), one.get()) == X509_V_OK;
}

/// A request over a fresh key, and optionally spoiled after it was signed.
std::string signing_request(const char* type, bool spoiled = false) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      std::string_view(type) == "RSA" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", size_t{1024})
                                      : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", type),
      &EVP_PKEY_free);
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> made(X509_REQ_new(), &X509_REQ_free);
  X509_REQ_set_pubkey(made.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("mallory"), -1, -1, 0);
  X509_REQ_sign(made.get(), key.get(), EVP_sha256());
  if (spoiled) {
    const std::unique_ptr<X509_NAME, decltype(&X509_NAME_free)> other(X509_NAME_new(),
                                                                      &X509_NAME_free);
    X509_REQ_set_subject_name(made.get(), other.get());
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509_REQ(out.get(), made.get());
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(authorities)

BOOST_AUTO_TEST_CASE(init_makes_four_private_ones_and_never_again) {
  const folder at;
  const auto made = pki({"init", at.at("pki"), "--json"});
  BOOST_TEST(made.code == 0);
  BOOST_TEST(parse_json(made.out)->at("authorities").items().size() == 4u);
  for (const auto* name : {"server", "cluster", "provider", "operator"}) {
    const auto folder_of = "pki/" + std::string(name);
    BOOST_TEST(at.mode(folder_of) == 0700u);
    BOOST_TEST(at.mode(folder_of + "/key.pem") == 0600u);
  }
  const auto before = at.read("pki/server/key.pem");
  const auto again = pki({"init", at.at("pki")});
  BOOST_TEST(again.code == 2);
  BOOST_TEST(again.err.find("left as it is") != again.err.npos);
  BOOST_TEST(at.read("pki/server/key.pem") == before);
}

BOOST_AUTO_TEST_CASE(leaves_carry_names_and_the_use_of_their_authority) {
  const folder at;
  for (const auto* kind : {"ec", "ed25519"}) {
    const auto root = at.at(kind);
    BOOST_TEST(pki({"init", root, "--key-type", kind}).code == 0);
    const auto out = root + "/leaf";
    BOOST_TEST(pki({"issue", root, "server", "node 1", "--san", "DNS:a.example,IP:::1", "--out",
                    out, "--key-type", kind})
                   .code == 0);
    const auto name = std::string(kind);
    const auto pem = at.read(name + "/leaf/cert.pem");
    BOOST_TEST(at.mode(name + "/leaf/key.pem") == 0600u);
    BOOST_TEST(signed_by(pem, at.read(name + "/server/cert.pem")));
    BOOST_TEST(!signed_by(pem, at.read(name + "/cluster/cert.pem")));
    const auto leaf = read_x509(pem);
    BOOST_TEST(X509_check_host(leaf.get(), "a.example", 0, 0, nullptr) == 1);
    BOOST_TEST(X509_check_ip_asc(leaf.get(), "::1", 0) == 1);
    BOOST_TEST(X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_SERVER, 0) == 1);
    BOOST_TEST(X509_check_purpose(leaf.get(), X509_PURPOSE_SSL_CLIENT, 0) == 0);
    BOOST_TEST(X509_check_ca(leaf.get()) == 0);
  }
}

BOOST_AUTO_TEST_CASE(an_operators_certificate_comes_with_its_row) {
  const folder at;
  pki({"init", at.at("p"), "--only", "operator"});
  const auto made = pki({"issue", at.at("p"), "operator", "anna", "--role", "auditor", "--out",
                         at.at("anna"), "--json"});
  BOOST_TEST(made.code == 0);
  const auto told = *parse_json(made.out);
  BOOST_TEST(told.at("row").text() == "auditor anna " + told.at("thumbprint").text());
  BOOST_TEST(
      pki({"show", at.at("anna/cert.pem"), "--json"}).out.find(told.at("thumbprint").text()) !=
      std::string::npos);
  BOOST_TEST(
      pki({"issue", at.at("p"), "operator", "b", "--role", "king", "--out", at.at("b")}).code == 2);
}

BOOST_AUTO_TEST_CASE(only_the_key_of_a_request_counts) {
  const folder at;
  pki({"init", at.at("p"), "--only", "provider"});
  at.put("csr.pem", signing_request("P-256"));
  BOOST_TEST(pki({"issue", at.at("p"), "provider", "alpha", "--csr", at.at("csr.pem"), "--out",
                  at.at("alpha.pem")})
                 .code == 0);
  const auto facts = crypto::read_certificate(at.read("alpha.pem"));
  BOOST_REQUIRE(facts.has_value());
  BOOST_TEST(facts->common_name == "alpha");  // not mallory
  BOOST_TEST(pki({"issue", at.at("p"), "provider", "alpha", "--csr", at.at("csr.pem"), "--out",
                  at.at("alpha.pem")})
                 .code == 2);  // the file is there
}

BOOST_AUTO_TEST_CASE(bad_requests_and_authorities_are_refused) {
  std::string why;
  auto root = crypto::make_authority("root", crypto::key_kind::ec_p256, 10, why);
  auto other = crypto::make_authority("other", crypto::key_kind::ec_p256, 10, why);
  const crypto::leaf_form form{.common_name = "x"};
  const auto refused = [&](const crypto::certified_key& signer, const std::string& csr,
                           const crypto::leaf_form& as, const char* text) {
    why.clear();
    BOOST_TEST(!crypto::sign_request(signer, csr, as, why).has_value());
    BOOST_TEST(why.find(text) != why.npos, why);
  };
  const auto good = signing_request("P-256");
  BOOST_TEST(crypto::sign_request(*root, good, form, why).has_value());
  refused(*root, "nonsense", form, "not a certificate request");
  refused(*root, signing_request("P-256", true), form, "not signed by its own key");
  refused(*root, signing_request("RSA"), form, "too weak");
  refused(*root, signing_request("P-224"), form, "too weak");
  refused({root->certificate, other->key}, good, form, "do not belong together");
  refused(*root, good, {.common_name = ""}, "1 to 64");
  refused(*root, good, {.common_name = std::string(65, 'x')}, "1 to 64");
  refused(*root, good, {.common_name = "x", .days = 0}, "1 to");
  refused(*root, good, {.common_name = "x", .names = {"DNS:a,critical,CA:TRUE"}}, "names are");
  refused(*root, good, {.common_name = "x", .names = {"IP:300.1.1.1"}}, "cannot be made");
  auto leaf = crypto::issue_leaf(*root, form, crypto::key_kind::ec_p256, why);
  refused(*leaf, good, form, "no authority");
}

BOOST_AUTO_TEST_CASE(no_leaf_outlives_its_authority) {
  std::string why;
  auto root = crypto::make_authority("root", crypto::key_kind::ec_p256, 10, why);
  const auto leaf =
      crypto::issue_leaf(*root, {.common_name = "x", .days = 400}, crypto::key_kind::ed25519, why);
  BOOST_TEST(crypto::read_certificate(leaf->certificate)->not_after ==
             crypto::read_certificate(root->certificate)->not_after);
}

BOOST_AUTO_TEST_SUITE_END()
