#include "config/templates.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/config/scratch.hpp"

using namespace glados::config;
using namespace glados::config::test;

namespace {

message_templates shipped() {
  std::vector<fault> faults;
  auto all =
      message_templates::load(GLADOS_SOURCE_DIR "/config/templates", "glados.example", faults);
  BOOST_REQUIRE_MESSAGE(all.has_value(), all_of(faults));
  return std::move(*all);
}

const std::string good_sms = R"([sms]
text = """{provider} {code} not to be shared

@{domain} #{code}"""
)";
const std::string good_email = R"([email]
subject = "{provider}"
body = "{provider} {code}"
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(shipped_templates)

BOOST_AUTO_TEST_CASE(every_text_names_provider_and_code_and_warns) {
  const auto all = shipped();
  const std::pair<const char*, const char*> warnings[] = {{"en", "Do not share"},
                                                          {"de", "niemandem weiter"},
                                                          {"es", "No lo comparta|No comparta"},
                                                          {"fr", "Ne le partagez|Ne partagez"},
                                                          {"pt-BR", "compartilhe"}};
  for (const auto& [locale, words] : warnings) {
    BOOST_TEST(all.match(locale) == locale);
    const auto sms = all.render(locale, message_channel::sms, "Alpha Chat", "012345");
    const auto mail = all.render(locale, message_channel::email, "Alpha Chat", "012345");
    BOOST_TEST(sms.subject.empty());
    BOOST_TEST(sms.body.ends_with("\n@glados.example #012345"), locale);
    BOOST_TEST(mail.subject.find("Alpha Chat") != std::string::npos);
    BOOST_TEST(mail.subject.find("012345") == std::string::npos);
    const std::string either(words);
    for (const auto* body : {&sms.body, &mail.body}) {
      BOOST_TEST(body->find("Alpha Chat") < body->rfind("\n"));
      BOOST_TEST(body->find("012345") < body->rfind("\n"));
      BOOST_TEST(body->find('{') == std::string::npos);
      const auto bar = either.find('|');
      BOOST_TEST(
          (body->find(either.substr(0, bar)) != std::string::npos ||
           (bar != std::string::npos && body->find(either.substr(bar + 1)) != std::string::npos)),
          locale << ": " << *body);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_english_sms_reads_as_intended) {
  BOOST_TEST(shipped().render("en", message_channel::sms, "Alpha Chat", "012345").body ==
             "Alpha Chat code: 012345\n"
             "With it, Alpha Chat receives your messages for this number. Do not share it with "
             "anyone.\n\n@glados.example #012345");
}

BOOST_AUTO_TEST_CASE(tags_find_the_nearest_language) {
  const auto all = shipped();
  const std::pair<const char*, const char*> expected[] = {
      {"", "en"},           {"en", "en"},       {"en-GB", "en"},
      {"EN-gb", "en"},      {"de-AT", "de"},    {"de-Latn-CH-1996", "de"},
      {"pt-BR", "pt-BR"},   {"pt-br", "pt-BR"}, {"pt-PT", "pt-BR"},
      {"pt", "pt-BR"},      {"es-419", "es"},   {"fr-CA", "fr"},
      {"zh-Hant-TW", "en"}, {"d", "en"},        {"dex", "en"},
      {"-", "en"},          {"{code}", "en"},   {"--", "en"},
  };
  for (const auto& [tag, locale] : expected) BOOST_TEST(all.match(tag) == locale, tag);
  BOOST_TEST(all.match(std::string(100'000, 'x')) == "en");
}

BOOST_AUTO_TEST_CASE(a_providers_name_cannot_escape) {
  const auto all = shipped();
  const auto odd = all.render("en", message_channel::sms, "{code}{domain}", "012345").body;
  BOOST_TEST(odd.starts_with("{code}{domain} code: 012345\n"));
  const auto lines = all.render("en", message_channel::email, "A\r\nBcc: x@y.z\n\x7f", "1").subject;
  BOOST_TEST(lines == "ABcc: x@y.z: confirm your email address");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(template_files, scratch)

BOOST_AUTO_TEST_CASE(a_wrong_template_is_refused_with_its_place) {
  const std::pair<std::string, const char*> wrong[] = {
      {"[sms]\ntext = \"{provider} {code}\"\n" + good_email, "must end with the line"},
      {"[sms]\ntext = \"{code}\\n@{domain} #{code}\"\n" + good_email, "must name {provider}"},
      {"[sms]\ntext = \"{provider}\\n@{domain} #{code}\"\n" + good_email, "must name {provider}"},
      {"[sms]\ntext = \"{provider} {code} {cod}\\n@{domain} #{code}\"\n" + good_email, "must name"},
      {"[sms]\ntext = \"{provider} {code} {\\n@{domain} #{code}\"\n" + good_email, "must name"},
      {"[sms]\ntext = \"{provider} {code} }\\n@{domain} #{code}\"\n" + good_email, "must name"},
      {"[sms]\ntext = \"{provider} {code}\\n@{domain} #{code}\\n\"\n" + good_email, "must end"},
      {"[sms]\ntext = \"{provider} {code}" + std::string(300, 'x') + "\\n@{domain} #{code}\"\n" +
           good_email,
       "longer than 320"},
      {"[sms]\ntext = 5\n" + good_email, "needs a string"},
      {good_sms + "[email]\nsubject = \"{provider} {code}\"\nbody = \"{provider} {code}\"\n",
       "nothing else"},
      {good_sms + "[email]\nsubject = \"\"\"{provider}\nx\"\"\"\nbody = \"{provider} {code}\"\n",
       "one line"},
      {good_sms + "[email]\nsubject = \"{provider}\"\nbody = \"{provider}\"\n", "{code}"},
      {good_sms + "[email]\nsubject = \"{provider}\"\n", "is missing"},
      {good_sms + good_email + "html = \"x\"\n", "no such text"},
      {"[sms\n", ""},
  };
  for (const auto& [content, why] : wrong) {
    std::vector<fault> faults;
    file("en.toml", content);
    BOOST_TEST(!message_templates::load(folder.string(), "glados.example", faults), content);
    BOOST_REQUIRE_MESSAGE(faults.size() == 1U, content << all_of(faults));
    BOOST_TEST(faults[0].where.find("en.toml") != std::string::npos);
    BOOST_TEST(faults[0].why.find(why) != std::string::npos, all_of(faults));
  }
}

BOOST_AUTO_TEST_CASE(a_folder_needs_english_and_language_tags) {
  std::vector<fault> faults;
  BOOST_TEST(!message_templates::load((folder / "absent").string(), "x", faults));
  file("de.toml", good_sms + good_email);
  faults.clear();
  BOOST_TEST(!message_templates::load(folder.string(), "x", faults));
  BOOST_TEST(has(faults, folder.string(), "", "en.toml"));
  file("en.toml", good_sms + good_email);
  faults.clear();
  BOOST_TEST(message_templates::load(folder.string(), "x", faults).has_value());
  file("english.toml", good_sms + good_email);
  BOOST_TEST(!message_templates::load(folder.string(), "x", faults));
  BOOST_TEST(has(faults, "english.toml", "", "no language tag"));
}

BOOST_AUTO_TEST_SUITE_END()
