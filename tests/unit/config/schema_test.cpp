#include "config/schema.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>
#include <sstream>

#include "config/admin_certificates.hpp"
#include "config/forms.hpp"
#include "config/values.hpp"
#include "tests/unit/config/scratch.hpp"

using namespace glados::config;
using namespace glados::config::test;

namespace {

const std::string shipped = GLADOS_SOURCE_DIR "/config/";

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Some value of the row that is not its default.
std::string another_value(const option& row) {
  if (std::holds_alternative<bool>(row.fallback))
    return std::get<bool>(row.fallback) ? "false" : "true";
  for (const auto choice : row.allowed.choices)
    if (std::get<std::string>(row.fallback) != choice)
      return std::string(choice);
  if (std::holds_alternative<double>(row.fallback))
    return "0.5";
  return row.key == "webhook.allow_networks" ? "10.0.0.0/8" : "alpha";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(the_reference_is_the_table) {
  BOOST_TEST(content_of(shipped + "reference.toml") == render_reference());
  const auto got = load({shipped + "reference.toml", nullptr, {}});
  BOOST_TEST(bool(got), all_of(got.faults));
  BOOST_TEST(render_effective(got.values) == render_effective(defaults()));
}

BOOST_AUTO_TEST_CASE(the_shipped_files_load_under_their_profile) {
  const auto sandbox = load({shipped + "sandbox.toml", nullptr, {}});
  BOOST_TEST(bool(sandbox), all_of(sandbox.faults));
  BOOST_TEST(sandbox.values.profile == "sandbox");
  const auto production = load({shipped + "production.toml", nullptr, {}});
  BOOST_TEST(bool(production), all_of(production.faults));
  BOOST_TEST(production.values.profile == "production");
  BOOST_TEST(production.values.delivery.sms.empty());
  BOOST_TEST(!load({shipped + "sandbox.toml", nullptr, {"profile=production"}}));
}

BOOST_FIXTURE_TEST_CASE(what_the_production_file_has_as_comments_loads_too, scratch) {
  std::istringstream from(content_of(shipped + "production.toml"));
  std::string text;
  for (std::string line; std::getline(from, line);) {
    if (line.starts_with("sms_gateways"))
      continue;  // the example takes its place
    const bool example = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    text += (example ? line.substr(1) : line) + "\n";
  }
  const auto got = load({file("all.toml", text), nullptr, {}});
  BOOST_TEST(bool(got), all_of(got.faults));
  BOOST_TEST(got.values.delivery.sms.size() == 2U);
  BOOST_TEST(got.values.http.public_url == "https://glados.example:8443");
  BOOST_TEST(got.values.redis.seeds.size() == 3U);
}

BOOST_AUTO_TEST_CASE(every_sandbox_switch_is_refused_in_production) {
  int switches = 0;
  for (const auto& row : schema()) {
    if (!row.is_sandbox_only)
      continue;
    ++switches;
    const auto key = std::string(row.key);
    const auto setting = key + "=" + another_value(row);
    const auto refused = load({"", nullptr, {setting}});
    BOOST_TEST(has(refused.faults, "command line", key, "switch of the sandbox"), setting);
    const auto accepted = load({"", nullptr, {setting, "profile=sandbox"}});
    BOOST_TEST(bool(accepted), setting << "\n" << all_of(accepted.faults));
  }
  BOOST_TEST(switches == 6);
}

BOOST_AUTO_TEST_CASE(every_row_is_sound) {
  std::set<std::string> keys;
  std::set<std::string> variables;
  for (const auto& row : schema()) {
    BOOST_TEST(keys.insert(std::string(row.key)).second, row.key);
    BOOST_TEST(variables.insert(variable_of(row.key)).second, row.key);
    BOOST_TEST((row.help.size() > 10 && (row.help.ends_with('.') || row.help.ends_with(')'))),
               row.key);
    BOOST_TEST(!(row.is_secret && print(row.fallback) != "\"\""), row.key);
    BOOST_TEST(row.at.index() == row.fallback.index(), row.key);
    const bool numeric = std::holds_alternative<port_number>(row.fallback) ||
                         std::holds_alternative<std::uint32_t>(row.fallback) ||
                         std::holds_alternative<byte_count>(row.fallback) ||
                         std::holds_alternative<double>(row.fallback) ||
                         std::holds_alternative<duration>(row.fallback) ||
                         std::holds_alternative<duration_list>(row.fallback);
    BOOST_TEST((!numeric || (row.allowed.least && row.allowed.most && *row.allowed.least >= 0)),
               row.key);
    if (std::holds_alternative<port_number>(row.fallback))
      BOOST_TEST(*row.allowed.most <= std::numeric_limits<port_number>::max());
    if (std::holds_alternative<std::uint32_t>(row.fallback))
      BOOST_TEST(*row.allowed.most <= std::numeric_limits<std::uint32_t>::max());
  }
}

BOOST_AUTO_TEST_CASE(both_edges_of_every_bound_are_accepted_and_nothing_beyond) {
  for (const auto& row : schema()) {
    if (!row.allowed.least || std::holds_alternative<duration_list>(row.fallback))
      continue;
    const auto accepts = [&](double amount) {
      std::string why;
      const auto whole = std::to_string(static_cast<std::int64_t>(amount));
      if (std::holds_alternative<duration>(row.fallback))
        return from_text(row, whole + "ms", why).has_value();
      if (std::holds_alternative<byte_count>(row.fallback))
        return from_text(row, whole + "B", why).has_value();
      if (std::holds_alternative<double>(row.fallback))
        return from_text(row, std::to_string(amount), why).has_value();
      return from_text(row, whole, why).has_value();
    };
    BOOST_TEST(accepts(*row.allowed.least), row.key);
    BOOST_TEST(accepts(*row.allowed.most), row.key);
    BOOST_TEST(!accepts(*row.allowed.least - 1), row.key);
    BOOST_TEST(!accepts(*row.allowed.most + 1), row.key);
  }
}

BOOST_AUTO_TEST_CASE(every_row_is_found_by_key_and_by_variable) {
  BOOST_TEST(variable_of("verification.wait_scale") == "GLADOS_VERIFICATION_WAIT_SCALE");
  for (const auto& row : schema()) {
    auto key = std::string(row.key);
    const std::string entry = row.repeated() ? "main" : "";
    if (row.repeated())
      key.replace(key.find('*'), 1, entry);
    for (const auto& found : {find_key(key), find_variable(variable_of(key))}) {
      BOOST_REQUIRE_MESSAGE(found.has_value(), key);
      BOOST_TEST(found->row == &row, key);
      BOOST_TEST(found->entry == entry, key);
    }
  }
  BOOST_TEST(!find_key("delivery.sms.*.url"));
  BOOST_TEST(!find_key("delivery.sms.a.b.url"));
  BOOST_TEST(!find_key(""));
  BOOST_TEST(!find_variable("GLADOS_"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(text_forms)

BOOST_AUTO_TEST_CASE(networks_and_domains) {
  for (const auto* good : {"10.0.0.0/8", "0.0.0.0/0", "1.2.3.4/32", "::1/128", "fd00::/8"})
    BOOST_TEST(forms::network(good).empty(), good);
  for (const auto* bad : {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "::1/129", "10.0.0/8", "x/8",
                          "10.0.0.0/8x", "10.0.0.0/-1"})
    BOOST_TEST(!forms::network(bad).empty(), bad);
  for (const auto* good : {"glados.example", "a", "xn--bcher-kva.example"})
    BOOST_TEST(forms::domain(good).empty(), good);
  for (const auto* bad : {"", ".", "a..b", "a.", "-a.b", "a-.b", "A.b", "a b", "a/b"})
    BOOST_TEST(!forms::domain(bad).empty(), bad);
  BOOST_TEST(forms::mail_address("no-reply@glados.example").empty());
  for (const auto* bad : {"", "a", "@a.b", "a@", "a b@c.d", "a\r\nx@c.d", "<a@c.d>"})
    BOOST_TEST(!forms::mail_address(bad).empty(), bad);
}

BOOST_FIXTURE_TEST_CASE(admin_certificates_come_from_list_and_file, scratch) {
  const std::string one(64, 'a');
  const std::string two(64, 'B');
  auto values = defaults();
  values.admin.certificates = {"operator:first:" + one};
  values.admin.certificates_file =
      file("admins", "# role name thumbprint\n\nauditor second " + two + " \r\n");
  std::vector<fault> faults;
  const auto found = admin_certificates(values, faults);
  BOOST_TEST(faults.empty(), all_of(faults));
  BOOST_REQUIRE(found.size() == 2U);
  BOOST_TEST((found[0].role == admin_role::operator_));
  BOOST_TEST(found[0].name == "first");
  BOOST_TEST(found[0].thumbprint[31] == 0xaa);
  BOOST_TEST((found[1].role == admin_role::auditor));
  BOOST_TEST(found[1].thumbprint[0] == 0xbb);

  values.admin.certificates_file =
      file("bad", "viewer again " + one + "\nroot x " + two + "\noperator y " + two + "0\n");
  BOOST_TEST(admin_certificates(values, faults).size() == 1U);
  BOOST_TEST(has(faults, "bad:1", "admin.certificates_file", "twice"));
  BOOST_TEST(has(faults, "bad:2", "admin.certificates_file", "needs a role"));
  BOOST_TEST(has(faults, "bad:3", "admin.certificates_file", "needs a role"));
  values.admin.certificates_file = (folder / "absent").string();
  faults.clear();
  (void)admin_certificates(values, faults);
  BOOST_TEST(has(faults, "absent", "admin.certificates_file", "cannot be read"));
  for (const auto& bad : {"operator::" + one, "operator:a b:" + one, "Operator:a:" + one,
                          "operator:a:" + one + ":", std::string("operator:a"), std::string()})
    BOOST_TEST(!parse_admin_certificate(bad, ':'), bad);
}

BOOST_AUTO_TEST_SUITE_END()
