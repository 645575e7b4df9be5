// The command line: the table itself, parsing, help, completion.
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "admin/completion.hpp"
#include "admin/help.hpp"
#include "admin/pki.hpp"
#include "scripted.hpp"

using namespace glados::admin;
using glados::admin::test::script;

namespace {

std::string fault_of(std::vector<std::string_view> words) {
  return parse(admin_program(), words).fault;
}

const std::vector<const program_row*> both{&admin_program(), &pki_program()};

}  // namespace

BOOST_AUTO_TEST_SUITE(command_table)

BOOST_AUTO_TEST_CASE(every_row_can_be_reached_and_explained) {
  for (const auto* program : both) {
    std::set<std::string_view> seen;
    for (const auto& row : program->commands) {
      BOOST_TEST_CONTEXT(row.words) {
        BOOST_TEST(seen.insert(row.words).second);
        BOOST_TEST(row.run != nullptr);
        BOOST_TEST(row.help.ends_with('.'));
        BOOST_TEST(split(row.words).size() <= 2u);
        const auto help = help_text(*program, row.words);
        BOOST_TEST(help.starts_with("usage: " + usage_of(*program, row)));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_option_takes_a_value_everywhere_or_nowhere) {
  for (const auto* program : both) {
    std::map<std::string_view, bool> takes;
    const auto look = [&](const option_row& row) {
      if (row.name.empty())
        return;
      BOOST_TEST_CONTEXT(row.name) {
        BOOST_TEST(takes.emplace(row.name, !row.value.empty()).first->second == !row.value.empty());
        BOOST_TEST(!row.help.empty());
      }
    };
    for (const auto& row : program->options) look(row);
    for (const auto& command : program->commands)
      for (const auto& row : command.options) look(row);
  }
}

BOOST_AUTO_TEST_CASE(no_option_takes_a_secret) {
  for (const auto* program : both)
    for (const auto& command : program->commands)
      for (const auto& row : command.options)
        BOOST_TEST((row.name.find("secret") == row.name.npos || row.value == "FILE"), row.name);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(parsing)

BOOST_AUTO_TEST_CASE(options_stand_anywhere_and_in_both_forms) {
  const std::vector<std::string_view> words{"--json", "providers", "--profile=p", "suspend",
                                            "alpha",  "--reason",  "too many"};
  const auto got = parse(admin_program(), words);
  BOOST_TEST(got.fault == "");
  BOOST_TEST(got.line.command->words == "providers suspend");
  BOOST_TEST(got.line.operands == std::vector<std::string>{"alpha"},
             boost::test_tools::per_element());
  BOOST_TEST(got.line.has("json"));
  BOOST_TEST(got.line.option("profile").value() == "p");
  BOOST_TEST(got.line.option("reason").value() == "too many");
}

BOOST_AUTO_TEST_CASE(a_repeated_option_keeps_all_and_the_last_wins) {
  const std::vector<std::string_view> words{"applications", "submit", "x", "--app", "a",
                                            "--app",        "b"};
  const auto got = parse(admin_program(), words);
  BOOST_TEST(got.line.all("app") == (std::vector<std::string>{"a", "b"}),
             boost::test_tools::per_element());
  BOOST_TEST(got.line.option("app").value() == "b");
}

BOOST_AUTO_TEST_CASE(what_is_behind_two_dashes_is_no_option) {
  const std::vector<std::string_view> words{"providers", "show", "--", "--json"};
  const auto got = parse(admin_program(), words);
  BOOST_TEST(got.fault == "");
  BOOST_TEST(got.line.operands.front() == "--json");
  BOOST_TEST(!got.line.has("json"));
}

BOOST_AUTO_TEST_CASE(faults_say_what_was_meant) {
  BOOST_TEST(fault_of({"provider", "list"}) ==
             "there is no command 'provider'; did you mean 'providers'?");
  BOOST_TEST(fault_of({"providers", "lst"}) ==
             "there is no command 'providers' 'lst'; did you mean 'list'?");
  BOOST_TEST(fault_of({"cluster"}) ==
             "'cluster' needs one of: status, drain, keys, activate-key, shard, probe");
  BOOST_TEST(fault_of({"providers", "list", "--jsn"}) ==
             "there is no option 'jsn'; did you mean 'json'?");
  BOOST_TEST(fault_of({"providers", "list", "--reason", "x"}) ==
             "--reason is no option of 'providers list'");
  BOOST_TEST(fault_of({"providers", "list", "--limit"}) == "--limit needs N");
  BOOST_TEST(fault_of({"providers", "list", "--json=1"}) == "--json takes no value");
  BOOST_TEST(fault_of({"providers", "show"}) == "providers show needs PROVIDER");
  BOOST_TEST(fault_of({"providers", "show", "a", "b"}) == "providers show takes no 'b'");
  BOOST_TEST(fault_of({"reports", "resolve", "r", "maybe"}) ==
             "'maybe' is not one of upheld|dismissed");
  BOOST_TEST(fault_of({"frobnicate"}) == "there is no command 'frobnicate'");
}

BOOST_AUTO_TEST_CASE(a_bad_line_is_code_2_and_calls_nobody) {
  script s;
  const auto done = s.run({"providers", "explode"});
  BOOST_TEST(done.code == 2);
  BOOST_TEST(done.out == "");
  BOOST_TEST(done.err.find("glados admin: there is no command") == 0u);
  BOOST_TEST(done.calls.empty());
  BOOST_TEST(script().run({}).code == 2);
}

BOOST_AUTO_TEST_CASE(help_is_code_0_and_narrows_with_its_topic) {
  const auto all = script().run({"--help"});
  BOOST_TEST(all.code == 0);
  BOOST_TEST(all.out.find("providers terminate PROVIDER") != all.out.npos);
  BOOST_TEST(all.out.find("4 waits for a second operator") != all.out.npos);
  const auto group = script().run({"secrets", "--help"});
  BOOST_TEST(group.out.find("secrets rotate") != group.out.npos);
  BOOST_TEST(group.out.find("providers terminate") == group.out.npos);
  const auto one = script().run({"providers", "terminate", "-h"});
  BOOST_TEST(one.out.find("only with --yes") != one.out.npos);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(completion)

BOOST_AUTO_TEST_CASE(every_shell_knows_every_command_and_option) {
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    const auto text = completion_script(shell, both);
    for (const auto* program : both)
      for (const auto& row : program->commands) {
        for (const auto word : split(row.words))
          BOOST_TEST(text.find(word) != text.npos, shell << " lacks " << word);
        for (const auto& option : row.options)
          BOOST_TEST(text.find(option.name) != text.npos, shell << " lacks " << option.name);
      }
  }
}

BOOST_AUTO_TEST_CASE(another_shell_is_a_bad_line) {
  BOOST_TEST(script().run({"completion", "csh"}).code == 2);
  BOOST_TEST(script().run({"completion", "bash"}).code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
