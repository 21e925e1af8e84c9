// The tests of this folder; or, told so, one script again, or all of a length:
//
//   scripts_test --length N [--part I/N] [--minutes M] [--threads N]
//   scripts_test --script NAME,NAME,NAME [--crash N] [--trace]
//
// The second is what a violation prints. Without --crash it is the script without one.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "tests/scripts/run.h"

#include <fmt/format.h>

namespace reprise::scripts {
namespace {

struct Arguments {
  bool understood = true;
  bool trace = false;
  std::optional<Script> script;
  std::optional<Crash> crash;
};

Arguments parse(int count, char** words) {
  Arguments given;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const auto next = [&] { return i + 1 < count ? words[++i] : ""; };
    if (word == "--trace") {
      given.trace = true;
    } else if (word == "--script") {
      given.script = script_of(next());
      given.understood = given.understood && given.script.has_value();
    } else if (word == "--crash") {
      given.crash = crash_of(next());
      given.understood = given.understood && given.crash.has_value();
    } else {
      given.understood = false;
    }
  }
  return given;
}

int one_script(const Arguments& given) {
  const Outcome outcome = run(*given.script, given.crash, given.trace);
  fmt::print("{}{}\n", outcome.trace,
             outcome.violation.empty() ? "no violation" : outcome.violation);
  if (given.trace) fmt::print("{} records\n", outcome.records.back());
  return outcome.violation.empty() ? 0 : 1;
}

}  // namespace
}  // namespace reprise::scripts

int main(int count, char** words) {
  using namespace reprise::scripts;
  const Arguments given = parse(count, words);
  if (given.understood && given.script) return one_script(given);
  return doctest::Context(count, words).run();
}
