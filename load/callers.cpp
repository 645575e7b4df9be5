#include "load/callers.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "load/json_text.hpp"

namespace glados::load {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 1024 * 1024;

struct file_end {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using open_file = std::unique_ptr<std::FILE, file_end>;

[[noreturn]] void refuse(const std::string& what) {
  ERR_clear_error();
  throw std::runtime_error(what);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string out(std::istreambuf_iterator<char>(file), {});
  if (!file || out.size() > largest_file)
    throw std::runtime_error(path + ": cannot be read");
  return out;
}

}  // namespace

identity::identity(const std::string& certificate_file, const std::string& key_file) {
  const open_file pem(std::fopen(certificate_file.c_str(), "re"));
  if (pem)
    certificate_.reset(PEM_read_X509(pem.get(), nullptr, nullptr, nullptr), &X509_free);
  if (!certificate_)
    refuse(certificate_file + ": no certificate can be read");
  chain_.reset(sk_X509_new_null(), chain_end());
  while (auto* next = PEM_read_X509(pem.get(), nullptr, nullptr, nullptr))
    sk_X509_push(chain_.get(), next);
  ERR_clear_error();
  const open_file secret(std::fopen(key_file.c_str(), "re"));
  if (secret)
    key_.reset(PEM_read_PrivateKey(secret.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (!key_)
    refuse(key_file + ": no key can be read");
  if (X509_check_private_key(certificate_.get(), key_.get()) != 1)
    refuse(key_file + ": is not the key of " + certificate_file);
}

bool identity::give_to(SSL* connection) const {
  return !certificate_ ||
         SSL_use_cert_and_key(connection, certificate_.get(), key_.get(), chain_.get(), 1) == 1;
}

std::string read_secret(const std::string& file) {
  auto out = read_text(file);
  out.erase(out.find_last_not_of("\r\n \t") + 1);
  if (out.empty() ||
      std::any_of(out.begin(), out.end(), [](char c) { return c <= ' ' || c > '~'; }))
    throw std::runtime_error(file + ": must be visible ASCII without blanks");
  return out;
}

void read_client(const std::string& file, caller& into) {
  const auto text = read_text(file);
  into.client_id = json_member(text, "client_id");
  into.client_secret = json_member(text, "client_secret");
  into.provider_id = json_member(text, "provider_id");
  if (into.client_id.empty() || into.client_secret.empty())
    throw std::runtime_error(file + ": has no client_id or no client_secret");
}

caller_list read_callers(const std::string& folder) {
  std::vector<fs::path> found;
  std::error_code fault;
  for (const auto& each : fs::directory_iterator(folder, fault))
    if (each.is_directory())
      found.push_back(each.path());
  if (fault || found.empty())
    throw std::runtime_error(folder + ": has no folder of a caller");
  if (found.size() > most_callers)
    throw std::runtime_error(folder + ": more than " + std::to_string(most_callers) + " callers");
  std::sort(found.begin(), found.end());
  caller_list out;
  for (const auto& at : found) {
    auto one = std::make_unique<caller>();
    one->name = at.filename().string();
    one->shows = identity((at / "cert.pem").string(), (at / "key.pem").string());
    if (fs::exists(at / "client.json"))
      read_client((at / "client.json").string(), *one);
    else
      one->token(read_secret((at / "token").string()));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace glados::load
