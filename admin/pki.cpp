#include "admin/pki.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "admin/authority_folder.hpp"
#include "admin/session.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "crypto/x509.hpp"
#include "domain/time_text.hpp"

namespace glados::admin {
namespace {

namespace fs = std::filesystem;

/// What an authority is for decides what its certificates may be used for.
struct authority_row {
  std::string_view name;
  crypto::leaf_use use;
  bool needs_names;  ///< somebody connects to whoever holds the certificate
};
constexpr std::array authorities{
    authority_row{"server", crypto::leaf_use::server, true},
    authority_row{"cluster", crypto::leaf_use::both, false},
    authority_row{"provider", crypto::leaf_use::client, false},
    authority_row{"operator", crypto::leaf_use::client, false},
};
constexpr std::string_view authority_words = "server|cluster|provider|operator";

const authority_row& row_of(std::string_view name) {
  for (const auto& row : authorities)
    if (row.name == name)
      return row;
  throw stop(outcome::bad_line, "there is no authority of this name");
}

crypto::key_kind kind_of(const session& s) {
  const auto text = s.line().option("key-type").value_or("ec");
  if (text != "ec" && text != "ed25519")
    throw stop(outcome::bad_line, "--key-type is ec or ed25519");
  return text == "ec" ? crypto::key_kind::ec_p256 : crypto::key_kind::ed25519;
}

std::vector<std::string> names_of(const session& s) {
  std::vector<std::string> out;
  for (const auto& text : s.line().all("san"))
    for (const auto one : split(text, ',')) out.emplace_back(one);
  return out;
}

value described(const crypto::certificate_facts& facts) {
  return value::object()
      .put("name", facts.common_name)
      .put("thumbprint", crypto::hex(facts.thumbprint))
      .put("not_before", rfc3339({facts.not_before * 1'000'000}))
      .put("not_after", rfc3339({facts.not_after * 1'000'000}));
}

void show_facts(session& s, const value& what) {
  facts out;
  for (const auto& name : what.names()) {
    const bool time = name.starts_with("not_");
    out.add(name, time ? short_time(what.at(name).text()) : what.at(name).shown());
  }
  s.show(what, out.text());
}

crypto::certificate_facts read_or_stop(const std::string& pem) {
  const auto read = crypto::read_certificate(pem);
  if (!read)
    throw stop(outcome::bad_line, "not one certificate in PEM with a key that is strong enough");
  return *read;
}

/// The row of admin.certificates_file for an operator's certificate.
std::string role_row(const session& s, const value& made) {
  const auto role = s.line().option("role").value_or("operator");
  if (role != "operator" && role != "auditor" && role != "viewer")
    throw stop(outcome::bad_line, "--role is operator, auditor or viewer");
  return role + " " + made.at("name").text() + " " + made.at("thumbprint").text();
}

void init(session& s) {
  const fs::path folder(s.operand(0));
  const auto days = static_cast<int>(number_option(s, "days", 3650, 1, 36'500));
  const auto kind = kind_of(s);
  std::vector<std::string_view> chosen;
  for (const auto& row : authorities) chosen.push_back(row.name);
  if (const auto only = s.line().option("only"))
    chosen = {row_of(*only).name};
  for (const auto name : chosen)
    if (fs::exists(folder / name))
      throw stop(outcome::bad_line,
                 (folder / name).string() + ": is there already and is left as it is");
  auto told = value::list();
  table out({{"AUTHORITY"}, {"FOLDER"}, {"ENDS"}});
  for (const auto name : chosen) {
    std::string why;
    auto made = crypto::make_authority(
        s.line().option("name").value_or("GLADOS") + " " + std::string(name) + " authority", kind,
        days, why);
    if (!made)
      throw stop(outcome::bad_line, why);
    auto seen = described(read_or_stop(made->certificate));
    write_pair((folder / name).string(), *made);
    out.add({std::string(name), (folder / name).string(), short_time(seen.at("not_after").text())});
    told.add(seen.put("folder", (folder / name).string()));
  }
  s.show(value::object().put("authorities", told), out.text());
}

void issue(session& s) {
  const auto& row = row_of(s.operand(1));
  const authority_folder signer((fs::path(s.operand(0)) / row.name).string());
  crypto::leaf_form form;
  form.common_name = s.operand(2);
  form.names = names_of(s);
  form.use = row.use;
  form.days = static_cast<int>(number_option(s, "days", 397, 1, 3650));
  if (row.needs_names && form.names.empty())
    throw stop(outcome::bad_line, "a server's certificate needs --san DNS:NAME or IP:ADDRESS");
  const auto out = s.text("out", true);
  std::string why, pem;
  if (const auto request = s.line().option("csr")) {
    const auto made = signer.sign(session::read_file(*request), form, why);
    if (!made)
      throw stop(outcome::bad_line, why);
    pem = *made;
    write_new_file(out, pem, 0644);
  } else {
    auto made = crypto::issue_leaf(signer.files(), form, kind_of(s), why);
    if (!made)
      throw stop(outcome::bad_line, why);
    pem = made->certificate;
    write_pair(out, *made);
  }
  auto seen = described(read_or_stop(pem));
  if (row.name == "operator")
    seen.put("row", role_row(s, seen));
  show_facts(s, seen.put("out", out));
}

void show(session& s) { show_facts(s, described(read_or_stop(session::read_file(s.operand(0))))); }

constexpr option_row key_type{"key-type", "KIND", "ec (P-256) or ed25519"};
const std::string issue_operands = "FOLDER " + std::string(authority_words) + " NAME";

const command_row rows[] = {
    {"init",
     "FOLDER",
     effect::changes,
     "Makes the four authorities: server (listeners), cluster (nodes), provider, operator.",
     init,
     {{{"only", "AUTHORITY", "this one only"},
       {"name", "TEXT", "begins their names (GLADOS)"},
       {"days", "N", "how long they are good (3650)"},
       key_type}}},
    {"issue",
     issue_operands,
     effect::changes,
     "Signs a certificate, over a new key or a request.",
     issue,
     {{{"out", "PATH", "a new folder for cert.pem and key.pem; with --csr a new file"},
       {"san", "NAMES", "DNS:NAME and IP:ADDRESS, with commas; may be repeated"},
       {"csr", "FILE", "a request (PKCS#10); only its key is taken"},
       {"role", "ROLE", "of an operator: operator, auditor or viewer"},
       {"days", "N", "how long it is good (397)"},
       key_type}}},
    {"show", "FILE", effect::reads, "Name, thumbprint and times of a certificate.", show, {}},
};

constexpr option_row shared[] = {
    {"json", "", "one JSON value for programs instead of text for people"},
    {"help", "", "this, or one command's options"},
};

constexpr std::string_view about =
    "Certificate authorities of an installation, on this machine alone. Keys are files of mode\n"
    "0600; nothing that is there is overwritten. Keep the folder off the machines that serve.\n"
    "Exit codes: 0 done, 2 bad command line or files.";

}  // namespace

const program_row& pki_program() {
  static const program_row program{"glados pki", about, rows, shared};
  return program;
}

}  // namespace glados::admin
