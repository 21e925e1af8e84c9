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

#include <cstdio>
#include <optional>
#include <string_view>

#include "support/arguments.h"
#include "tests/scripts/long_form.h"
#include "tests/scripts/run.h"

#include <fmt/format.h>

namespace reprise::scripts {
namespace {

struct Arguments {
  bool all = false;
  Length length;
  std::optional<Script> script;
  std::optional<Crash> crash;
  bool trace = false;
};

bool read_part(std::string_view text, Length& length) {
  const auto slash = text.find('/');
  return slash != std::string_view::npos && test::read_number(text.substr(0, slash), length.part) &&
         test::read_number(text.substr(slash + 1), length.parts) && length.part >= 1 &&
         length.part <= length.parts;
}

bool understand(std::string_view word, std::string_view value, Arguments& given) {
  Length& length = given.length;
  if (word == "--trace") return given.trace = true;
  if (word == "--pairs") return given.all = length.pairs = true;
  if (word == "--script") return (given.script = script_of(value)).has_value();
  if (word == "--crash") return (given.crash = crash_of(value)).has_value();
  if (word == "--part") return read_part(value, length);
  if (word == "--threads") return test::read_number(value, length.threads) && length.threads > 0;
  if (word == "--seed") return test::read_number(value, length.seed);
  given.all = true;
  if (word == "--minutes") return test::read_number(value, length.minutes.emplace());
  return test::read_number(value, length.operations) && length.operations <= 6;
}

int one_script(const Arguments& given) {
  const Outcome outcome =
      run(*given.script, given.crash, {.seed = given.length.seed, .trace = given.trace});
  fmt::print("{}", outcome.trace);
  if (given.trace) {
    fmt::print("{} records, {} other writes\n", outcome.records.back(), outcome.writes.back());
  }
  fmt::print("{}\n", outcome.violation.empty() ? "no violation" : outcome.violation);
  return outcome.violation.empty() ? 0 : 1;
}

}  // namespace
}  // namespace reprise::scripts

int main(int count, char** words) {
  using namespace reprise;
  scripts::Arguments given;
  const auto read = test::read_arguments(
      count, words,
      {"--length", "--part", "--minutes", "--threads", "--seed", "--script", "--crash"},
      [&](std::string_view word, std::string_view value) {
        return scripts::understand(word, value, given);
      },
      {"--pairs", "--trace"});
  if (read == test::Given::tests) return doctest::Context(count, words).run();
  if (read == test::Given::own && given.script) return scripts::one_script(given);
  if (read == test::Given::own && given.all) return scripts::run_all(given.length);
  fmt::print(stderr, "scripts_test: an argument is none of its own; main.cc lists them\n");
  return 2;
}
