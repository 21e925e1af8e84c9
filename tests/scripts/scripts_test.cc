// Scripts that are short enough for every run: the same as the long forms, less of it.
#include <doctest/doctest.h>

#include <chrono>

#include "tests/scripts/plan.h"

namespace {

using namespace reprise::scripts;

void check(const Script& script, const std::optional<Crash>& crash, const Outcome* outcome) {
  if (outcome == nullptr || outcome->violation.empty()) return;
  const std::string again = to_text(script) + (crash ? " --crash " + to_text(*crash) : "");
  FAIL_CHECK("scripts_test --script ", again, ": ", outcome->violation);
}

}  // namespace

TEST_SUITE("scripts") {
  TEST_CASE("every operation from every beginning, crashed everywhere, is as documented") {
    const Sequences sequences(1);
    for (std::size_t i = 0; i < sequences.size(); ++i) judge(sequences.at(i), 1, check);
  }

  TEST_CASE("two operations, crashed here and there, are as documented") {
    const Sequences sequences(2);
    for (std::size_t i = Sequences(1).size(); i < sequences.size(); ++i) {
      judge(sequences.at(i), 1, check, 17);
    }
  }

  TEST_CASE("two callers at once, crashed here and there, are as documented") {
    const Pairs pairs;
    for (std::size_t i = 0; i < pairs.size(); i += 5) judge_pair(pairs.at(i), 1, check, 13);
  }
}
