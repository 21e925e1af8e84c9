#include "tools/cli/completion.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace reprise::cli {
namespace {

/// What can stand at one place of the line.
struct Place {
  std::string at;     ///< "/corpus/add": the commands before it.
  std::string words;  ///< Commands and options, separated by spaces.
  bool commands = false;
  /// Options that want a value, and which: separated by spaces, "" if nobody can know.
  std::vector<std::pair<std::string, std::string>> values;
};

/// "text json jsonl" of "text|json|jsonl"; "" of "N" or "SEQ|TIME".
std::string choices(std::string text) {
  const bool named = text.find('|') != std::string::npos &&
                     std::all_of(text.begin(), text.end(),
                                 [](char c) { return c == '|' || (c >= 'a' && c <= 'z'); });
  if (!named) return {};
  std::replace(text.begin(), text.end(), '|', ' ');
  return text;
}

void add_word(std::string& words, std::string_view word) {
  if (!words.empty()) words += ' ';
  words += word;
}

void collect(const CLI::App& app, const std::string& at, std::vector<Place>& places) {
  Place place;
  place.at = at;
  const auto inner = app.get_subcommands([](const CLI::App*) { return true; });
  place.commands = !inner.empty();
  for (const auto* sub : inner) add_word(place.words, sub->get_name());
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // It is hidden.
    for (const auto& name : option->get_lnames()) {
      add_word(place.words, "--" + name);
      if (option->get_expected_max() == 0) continue;
      place.values.emplace_back("--" + name, choices(option->get_option_text()));
    }
  }
  places.push_back(std::move(place));
  for (const auto* sub : inner) collect(*sub, at + "/" + sub->get_name(), places);
}

std::vector<Place> places_of(const CLI::App& app) {
  std::vector<Place> places;
  collect(app, "", places);
  return places;
}

/// A shell's word, whatever is in it.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

/// A name for a function, of the program's.
std::string function_of(const std::string& name) {
  std::string out = "_";
  for (const char c : name) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out += word ? c : '_';
  }
  return out;
}

/// The commands there are, as patterns of a `case`.
std::string paths(const std::vector<Place>& places) {
  std::string all;
  for (const auto& place : places) {
    if (!place.at.empty()) all += (all.empty() ? "" : " | ") + place.at;
  }
  return all;
}

/// `give` says what is done with words: "compadd --", …
std::string values(const std::vector<Place>& places, const std::string& give,
                   const std::string& after) {
  std::string out;
  std::string unknown;
  for (const auto& place : places) {
    for (const auto& [option, words] : place.values) {
      const auto pattern = fmt::format("\"{} {}\"", place.at, option);
      if (words.empty()) {
        unknown += (unknown.empty() ? "" : " | ") + pattern;
      } else {
        out += fmt::format("    {}) {}{}{}; return ;;\n", pattern, give, words, after);
      }
    }
  }
  return out + fmt::format("    {}) return_unknown ;;\n", unknown);
}

std::string words(const std::vector<Place>& places, const std::string& open,
                  const std::string& close) {
  std::string out;
  for (const auto& place : places) {
    out += fmt::format("    \"{}\") known={}{}{}{} ;;\n", place.at, open, place.words, close,
                       place.commands ? " commands=1" : "");
  }
  return out;
}

std::string with(std::string text, std::string_view mark, const std::string& value) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    text.replace(at, mark.size(), value);
    at += value.size();
  }
  return text;
}

constexpr std::string_view bash_script =
    R"(# Completion of @name@ for bash; made by `@name@ completion bash`.
@function@() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local at='' known='' commands='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at/${COMP_WORDS[i]}" in
      @paths@) at=$at/${COMP_WORDS[i]} ;;
    esac
  done
  case "$at $before" in
@values@  esac
  case "$at" in
@words@  esac
  if [[ $current == -* || -n $commands ]]; then
    COMPREPLY=($(compgen -W "$known" -- "$current"))
  fi
}
complete -o default -F @function@ -- @quoted@
)";

constexpr std::string_view zsh_script = R"(#compdef @name@
# Completion of @name@ for zsh; made by `@name@ completion zsh`.
@function@() {
  local current=${words[CURRENT]} before=${words[CURRENT-1]} at='' commands='' i
  local -a known
  for ((i = 2; i < CURRENT; i++)); do
    case "$at/${words[i]}" in
      @paths@) at=$at/${words[i]} ;;
    esac
  done
  case "$at $before" in
@values@  esac
  case "$at" in
@words@  esac
  if [[ $current == -* || -n $commands ]]; then
    compadd -- $known
  else
    _files
  fi
}
if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
  @function@ "$@"
else
  compdef @function@ @quoted@
fi
)";

std::string script(std::string_view form, const std::string& name) {
  auto out = with(std::string(form), "@function@", function_of(name));
  out = with(out, "@quoted@", quoted(name));
  return with(out, "@name@", name);
}

}  // namespace

std::string bash_completion(const CLI::App& app, const std::string& name) {
  const auto places = places_of(app);
  auto out = script(bash_script, name);
  out = with(out, "@paths@", paths(places));
  // Where a value is nobody's to know, bash's own default are names of files.
  out = with(out, "@values@",
             with(values(places, "COMPREPLY=($(compgen -W '", "' -- \"$current\"))"),
                  "return_unknown", "return"));
  return with(out, "@words@", words(places, "'", "'"));
}

std::string zsh_completion(const CLI::App& app, const std::string& name) {
  const auto places = places_of(app);
  auto out = script(zsh_script, name);
  out = with(out, "@paths@", paths(places));
  out = with(out, "@values@",
             with(values(places, "compadd -- ", ""), "return_unknown", "_files; return"));
  return with(out, "@words@", words(places, "(", ")"));
}

}  // namespace reprise::cli
