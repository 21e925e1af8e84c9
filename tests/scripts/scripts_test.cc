// Scripts that are short enough for every run: the same as the long forms, less of it.
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

#include "tests/scripts/machine.h"
#include "tests/scripts/plan.h"

#include <fmt/format.h>

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
    std::size_t crashes = 0;
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      crashes += judge(sequences.at(i), 1, check).crashes;
    }
    CHECK(crashes > 30 * sequences.size());
  }

  TEST_CASE("two operations, crashed here and there, are as documented") {
    const Sequences sequences(2);
    std::size_t crashes = 0;
    for (std::size_t i = Sequences(1).size(); i < sequences.size(); i += 7) {
      crashes += judge(sequences.at(i), 1, check, 7).crashes;
    }
    CHECK(crashes > sequences.size() / 2);
  }

  TEST_CASE("two callers at once, crashed here and there, are as documented") {
    const Pairs pairs;
    Judged judged;
    for (std::size_t i = 0; i < pairs.size(); i += 11) {
      const Judged one = judge_pair(pairs.at(i), 1, check, 13);
      judged.scripts += one.scripts;
      judged.crashes += one.crashes;
    }
    CHECK(judged.scripts > pairs.size() / 11);
    CHECK(judged.crashes > judged.scripts);
  }

  TEST_CASE("every script has its number, and its text says all of it") {
    std::set<std::string> texts;
    const Sequences sequences(2);
    for (std::size_t i = 0; i < sequences.size(); ++i) {
      const Planned planned = sequences.at(i);
      const std::string text = to_text(planned.script);
      CHECK(planned.script.size() > planned.first);
      CHECK(to_text(script_of(text).value()) == text);
      texts.insert(fmt::format("{} from {}", text, planned.first));
    }
    CHECK(texts.size() == beginnings.size() * (op_count + op_count * op_count));
    CHECK(to_text(script_of("start,end+query@3").value()) == "start,end+query@3");
    for (const std::string_view wrong : {"begin", "start,,end", "end+query", "end+query@x"}) {
      CHECK_FALSE(script_of(wrong));
    }
    for (const std::string_view crash : {"12", "12+", "5w", "@3"}) {
      CHECK(to_text(crash_of(crash).value()) == crash);
    }
    for (const std::string_view wrong : {"", "+", "w", "@", "1x", "-1"})
      CHECK_FALSE(crash_of(wrong));
  }

  TEST_CASE("the same script and crash are the same run") {
    const auto script = script_of("start,signal_plain+cancel@1,timers").value();
    const auto crash = crash_of("6+");
    const auto once = run(script, crash, {.trace = true});
    CHECK(once.violation == "");
    CHECK(run(script, crash, {.trace = true}).trace == once.trace);
    CHECK(run(script, crash, {.seed = 2, .trace = true}).violation == "");
  }

  TEST_CASE("a shutdown during a snapshot ends it") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      CAPTURE(seed);
      Machine machine(seed);
      REQUIRE(machine.open());
      machine.engine().snapshot();
      CHECK(machine.shut_down().ok());
    }
  }
}
