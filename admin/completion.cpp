#include "admin/completion.hpp"

#include <algorithm>
#include <map>

#include "admin/outcome.hpp"

namespace glados::admin {
namespace {

/// What may come after some words: the next word of a command, its operand, its options.
struct step {
  std::vector<std::pair<std::string, std::string>> words;  ///< with help
  bool files = false;
};

std::string last_word(std::string_view text) {
  const auto words = split(text);
  return std::string(words.back());
}

void put_once(step& into, const std::string& word, std::string_view help) {
  for (const auto& [known, told] : into.words)
    if (known == word)
      return;
  into.words.emplace_back(word, help);
}

/// By what stands before the cursor ("admin", "admin providers", "admin providers show" ...).
using steps = std::map<std::string, step>;

void put_options(step& into, std::span<const option_row> options) {
  for (const auto& row : options)
    if (!row.name.empty())
      put_once(into, "--" + std::string(row.name), row.help);
}

void put_command(steps& all, const std::string& program, const program_row& of,
                 const command_row& row) {
  auto before = program;
  for (const auto word : split(row.words)) {
    const bool last = row.words.ends_with(word);
    put_once(all[before], std::string(word), last ? row.help : std::string_view("…"));
    before.append(" ").append(word);
  }
  auto& here = all[before];
  for (const auto operand : split(row.operands)) {
    const auto choices = split(operand, '|');
    if (choices.size() > 1)
      for (const auto one : choices) put_once(here, std::string(one), operand);
    here.files = here.files || operand == "FILE" || operand == "FOLDER";
  }
  put_options(here, row.options);
  put_options(here, of.options);
}

steps steps_of(std::span<const program_row* const> programs) {
  steps all;
  for (const auto* program : programs)
    for (const auto& row : program->commands)
      put_command(all, last_word(program->name), *program, row);
  return all;
}

/// Options whose values are paths.
std::string path_options(std::span<const program_row* const> programs) {
  std::string out;
  const auto put = [&](const option_row& row) {
    const auto word = "--" + std::string(row.name);
    if ((row.value == "FILE" || row.value == "FOLDER") && out.find(word + "|") == out.npos)
      out.append(word).append("|");
  };
  for (const auto* program : programs) {
    for (const auto& row : program->options) put(row);
    for (const auto& command : program->commands)
      for (const auto& row : command.options) put(row);
  }
  if (!out.empty())
    out.pop_back();
  return out;
}

std::string joined(const step& of) {
  std::string out;
  for (const auto& [word, help] : of.words) out.append(out.empty() ? "" : " ").append(word);
  return out;
}

// The words before the cursor that are no options and no values of options name the step; the
// longest beginning of them that is known counts.
constexpr std::string_view bash_head = R"(# bash completion for glados; load it with
#   source <(glados admin completion bash)
_glados() {
  local here=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} at='' word i
  case $before in
    )";
constexpr std::string_view bash_middle = R"() COMPREPLY=($(compgen -f -- "$here")); return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    [[ $word == -* ]] && continue
    case "$at $word" in
)";
constexpr std::string_view bash_foot = R"(  esac
  COMPREPLY=($(compgen -W "$words" -- "$here"))
  [[ -n $files && $here != -* ]] && COMPREPLY+=($(compgen -f -- "$here"))
}
complete -o filenames -F _glados glados
)";

std::string for_bash(const steps& all, const std::string& paths) {
  auto out = std::string(bash_head) + paths + std::string(bash_middle);
  for (const auto& [name, what] : all)
    out.append("      \" ").append(name).append("\") at=\" ").append(name).append("\" ;;\n");
  out += "    esac\n  done\n  local words='' files=''\n  case $at in\n    '') words='";
  std::string first;
  for (const auto& [name, what] : all)
    if (name.find(' ') == name.npos)
      first.append(first.empty() ? "" : " ").append(name);
  out += first + "' ;;\n";
  for (const auto& [name, what] : all)
    out.append("    \" ")
        .append(name)
        .append("\") words='")
        .append(joined(what))
        .append("'")
        .append(what.files ? " files=1 ;;\n" : " ;;\n");
  return out + std::string(bash_foot);
}

constexpr std::string_view zsh_head = R"(#compdef glados
# zsh completion for glados: put it as _glados into a folder of $fpath, or load it with
#   source <(glados admin completion zsh)
autoload -U +X bashcompinit && bashcompinit
)";

/// A word in fish' single quotes.
std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "'";
}

std::string for_fish(const steps& all) {
  std::string out =
      "# fish completion for glados; put it into ~/.config/fish/completions/glados.fish\n"
      "function __glados_at\n"
      "  set -l at\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    string match -q -- '-*' $word; and continue\n"
      "    contains -- \"$at $word\" $argv[2..-1]; and set at \"$at $word\"\n"
      "  end\n"
      "  test \"$at\" = \"$argv[1]\"\n"
      "end\n"
      "set -g __glados_steps";
  for (const auto& [name, what] : all) out += " " + fish_quoted(" " + name);
  out += "\ncomplete -c glados -f\n";
  for (const auto& [name, what] : all)
    if (name.find(' ') == name.npos)
      out += "complete -c glados -n \"__glados_at '' \\$__glados_steps\" -a " + name + "\n";
  for (const auto& [name, what] : all) {
    const auto when = "complete -c glados -n \"__glados_at ' " + name + "' \\$__glados_steps\"";
    for (const auto& [word, help] : what.words)
      out += when + (word.starts_with("--") ? " -l " + word.substr(2) : " -a " + word) + " -d " +
             fish_quoted(help) + "\n";
    if (what.files)
      out += when + " -F\n";
  }
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell,
                              std::span<const program_row* const> programs) {
  const auto all = steps_of(programs);
  if (shell == "bash")
    return for_bash(all, path_options(programs));
  if (shell == "zsh")
    return std::string(zsh_head) + for_bash(all, path_options(programs));
  if (shell == "fish")
    return for_fish(all);
  throw stop(outcome::bad_line, "no completion for this shell");
}

}  // namespace glados::admin
