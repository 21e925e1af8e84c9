// The tests of this folder; or, told so, all scripts up to a length, or one case again:
//
//   scripts_test --length N [--part I/N] [--minutes M] [--threads N] [--seed N]
//   scripts_test --pairs [--part I/N] [--minutes M] [--threads N] [--seed N]
//   scripts_test --script NAME,NAME,NAME [--crash N] [--seed N] [--trace]
//
// The third is what a violation prints; without --crash it is the script without one. --trace adds
// what the client was told. NAME+NAME@N: a second caller, when the first has looked N times.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "tests/scripts/long_form.h"
#include "tests/scripts/run.h"

#include <fmt/format.h>

namespace reprise::scripts {
namespace {

struct Arguments {
  bool understood = true;
  bool own = false;  ///< There are some that doctest does not know.
  bool all = false;
  Length length;
  std::optional<Script> script;
  std::optional<Crash> crash;
  RunOptions options;
};

template <class Number>
bool read(std::string_view text, Number& number) {
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  return done.ec == std::errc() && done.ptr == text.data() + text.size();
}

bool read_part(std::string_view text, Length& length) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && read(text.substr(0, slash), length.part) &&
         read(text.substr(slash + 1), length.parts) && length.part >= 1 &&
         length.part <= length.parts;
}

bool understand(std::string_view word, std::string_view value, Arguments& given) {
  if (word == "--script") return (given.script = script_of(value)).has_value();
  if (word == "--crash") return (given.crash = crash_of(value)).has_value();
  if (word == "--length") {
    given.all = true;
    return read(value, given.length.operations) && given.length.operations <= 6;
  }
  if (word == "--part") return read_part(value, given.length);
  if (word == "--minutes") {
    given.all = true;
    return read(value, given.length.minutes.emplace());
  }
  if (word == "--threads") return read(value, given.length.threads) && given.length.threads > 0;
  if (word == "--seed") return read(value, given.length.seed);
  return false;
}

Arguments parse(int count, char** words) {
  Arguments given;
  for (int i = 1; i < count && given.understood; ++i) {
    const std::string_view word = words[i];
    if (word == "--trace") {
      given.options.trace = true;
    } else if (word == "--pairs") {
      given.all = given.length.pairs = true;
    } else {
      given.understood = i + 1 < count && understand(word, words[i + 1], given);
      // Each of doctest's words stands alone.
      given.own = given.own || given.understood || (i + 1 < count && *words[i + 1] != '-');
      ++i;
    }
  }
  given.options.seed = given.length.seed;
  return given;
}

int one_script(const Arguments& given) {
  const Outcome outcome = run(*given.script, given.crash, given.options);
  fmt::print("{}", outcome.trace);
  if (given.options.trace) {
    fmt::print("{} records, {} other writes\n", outcome.records.back(), outcome.writes.back());
  }
  fmt::print("{}\n", outcome.violation.empty() ? "no violation" : outcome.violation);
  return outcome.violation.empty() ? 0 : 1;
}

}  // namespace
}  // namespace reprise::scripts

int main(int count, char** words) {
  using namespace reprise::scripts;
  const Arguments given = parse(count, words);
  if (given.understood && given.script) return one_script(given);
  if (given.understood && given.all) return run_all(given.length);
  if (given.own || given.all) {
    fmt::print(stderr, "scripts_test: an argument is none of its own; main.cc lists them\n");
    return 2;
  }
  return doctest::Context(count, words).run();
}
