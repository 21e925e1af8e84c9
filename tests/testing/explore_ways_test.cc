// Each thing that can be otherwise, and a workflow that only that finds wrong.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "testing/explored.h"

namespace {

using namespace reprise;
using namespace reprise::test;

}  // namespace

TEST_SUITE("testing/explore_ways") {
  TEST_CASE("either of two bodies is the first") {
    auto options = quiet();
    options.failures = false;
    options.crashes = false;
    options.checks = {never(2)};
    CHECK(told(explore(workflows(), options, race), "\"right\" #2 goes before \"left\" #1") !=
          nullptr);
    options.checks = {never(1)};
    CHECK(find(explore(workflows(), options, race), "in-order") != nullptr);
  }

  TEST_CASE("a body that is slower than its timeout is found") {
    auto options = quiet();
    options.failures = false;
    options.crashes = false;
    options.checks = {knows_that_it_charged()};
    const auto report = explore(workflows(), options, hasty_charge);
    CHECK(told(report, "\"charge\" #1 begins its work behind the next timer") != nullptr);
  }

  TEST_CASE("signals come before, between and behind bodies, and behind one timer or all") {
    const auto seen = [&](const std::string& result, const std::string& story) {
      auto options = quiet();
      options.failures = false;
      options.crashes = false;
      options.signals = {outside_signal("news", 1)};
      options.checks = {never(result)};
      options.triples_max = 0;
      const auto report = explore(workflows(), options, looks);
      CAPTURE(printed(report));
      CAPTURE(result);
      CHECK(told(report, story) != nullptr);
    };
    seen("after one", "signal 1 \"news\" comes before \"one\" #3 runs");
    seen("after two", "signal 1 \"news\" comes before \"two\" #6 runs");
    seen("never", "signal 1 \"news\", and what was to follow, comes behind all timers");
    auto options = quiet();
    options.signals = {outside_signal("news", 1)};
    options.checks = {never(std::string("very late"))};
    CHECK(told(explore(workflows(), options, looks),
               "signal 1 \"news\", and what was to follow, comes behind the next timer") !=
          nullptr);
  }

  TEST_CASE("the second signal may come first") {
    auto options = quiet();
    options.crashes = false;
    options.signals = {outside_signal("one", 1), outside_signal("other", 2)};
    options.checks = {never(std::string("other"))};
    const auto report = explore(workflows(), options, two_signals);
    CHECK(told(report, "signal 2 \"other\" comes before signal 1 \"one\"") != nullptr);
    options.checks = {never(std::string("one"))};
    CHECK(find(explore(workflows(), options, two_signals), "in-order") != nullptr);
  }

  TEST_CASE("a signal that comes twice is taken once") {
    auto options = quiet();
    options.signals = {outside_signal("go", 1), outside_signal("go", 2)};
    options.checks = {{"each once", [](TestEngine& engine, const Id& id) {
                         const auto run = engine->find<int>(id).value().result();
                         return !run || *run == 12 || *run == 21;
                       }}};
    const auto report = explore(workflows(), options, two_go);
    MESSAGE(printed(report));
    CHECK(report);
    CHECK(only("two_go:3:again1", workflows(), options, two_go));
    const auto not_yet = only("two_go:1:again1", workflows(), options, two_go);
    REQUIRE(not_yet.violations.size() == 1);
    CHECK(not_yet.violations.front().found.back() == "it never came to all that was to happen");
  }

  TEST_CASE("a body may be behind more than the next timer") {
    auto options = quiet();
    options.failures = false;
    options.crashes = false;
    options.pairs_max = 0;
    options.checks = {{"it knows that it charged", [](TestEngine& engine, const Id& id) {
                         const auto run = engine->find<std::string>(id).value().result();
                         return run.value() == "charged";
                       }}};
    const auto report = explore(workflows(), options, reminded);
    CHECK(told(report, "\"charge\" #2 begins its work behind all timers") != nullptr);
    CHECK(told(report, "\"charge\" #2 does its work, and its answer comes behind all timers") !=
          nullptr);
    CHECK(told(report, "\"charge\" #2 begins its work behind the next timer") == nullptr);
  }

  TEST_CASE("timers of what is over are not the next ones") {
    auto options = quiet();
    options.failures = false;
    options.crashes = false;
    options.checks = {knows_that_it_charged()};
    const auto report = explore(workflows(), options, hasty_later);
    CHECK(told(report, "\"charge\" #2 begins its work behind the next timer") != nullptr);
    CHECK(told(report, "\"charge\" #2 does its work, and its answer comes behind the next timer") !=
          nullptr);
  }

  TEST_CASE("a body that waits lets all others go before the clock goes on") {
    auto options = quiet();
    options.failures = false;
    options.crashes = false;
    const auto order_of = [](const Ledger& all) {
      std::string order;
      for (const auto& effect : all.effects()) order += effect.detail;
      return order;
    };
    options.invariants = {{"not so", [&](const Ledger& all) { return order_of(all) != "123"; }}};
    options.checks = {{"before the deadline", [](TestEngine& engine, const Id& id) {
                         return engine->find<int>(id).value().result().value() == 0;
                       }}};
    options.pairs_max = 0;
    const auto report = explore(workflows(), options, chain);
    const auto* waited = told(report, "\"b\" #2 waits until nothing else can go on");
    REQUIRE(waited != nullptr);
    CHECK(waited->found == std::vector<std::string>{"\"not so\" does not hold"});
    // However many wait, the clock does not go on while one is left.
    options = quiet();
    options.checks = {never(0)};
    CHECK(only("five:1:slow/2:slow", workflows(), options, five));
    CHECK_FALSE(only("five:1:slow/2:slow/3:slow", workflows(), options, five));
  }

  TEST_CASE("what is held back goes on behind the end") {
    auto options = quiet();
    options.failures = false;
    options.crashes = false;
    options.signals = {outside_signal("stop", 1)};
    options.invariants = {{"done", [](const Ledger& all) { return all.count("work") == 1; }}};
    CHECK(explore(workflows(), options, far));
    CHECK(only("far:1:slow", workflows(), options, far));
  }

  TEST_CASE("bodies on the shard go the same ways") {
    auto options = quiet();
    options.crashes = false;
    options.invariants = {
        {"charged once", [](const Ledger& all) { return all.count("charge") <= 1; }}};
    CHECK(told(explore(workflows(), options, on_shard),
               "\"charge\" #1 does its work, and its answer is lost") != nullptr);
  }

  TEST_CASE("signals are sent again when the process dies, whatever sending does then") {
    auto options = quiet();
    options.signals = {{"go", [](const Engine& engine, const Id& id, const std::string& signal_id) {
                          (void)engine.signal(id, "go", 1, {.id = signal_id}).value();
                          return Result<void>();
                        }}};
    CHECK(explore(workflows(), options, patient));
    options.signals = {{"go", [](const Engine&, const Id&, const std::string&) -> Result<void> {
                          throw std::runtime_error("no network");
                        }}};
    const auto report = explore(workflows(), options, patient);
    REQUIRE(report.violations.size() == 1);
    CHECK(report.violations.front().found.front() ==
          "signal 1 \"go\" is refused: engine_failed: no network");
  }

  TEST_CASE("the process may be down when a timer is due") {
    auto options = quiet();
    options.failures = false;
    options.checks = {never(std::string("too late"))};
    const auto report = explore(workflows(), options, by_tomorrow);
    CAPTURE(printed(report));
    const auto down = [](const testing::ExploreViolation& violation) {
      return violation.story.size() == 2 && violation.story.front().starts_with("process 1 dies") &&
             violation.story.back() == "process 2 is up only when the next timer is due";
    };
    // Charged, or not yet: at the next start it is too late.
    CHECK(std::count_if(report.violations.begin(), report.violations.end(), down) >= 3);
    CHECK(std::any_of(report.violations.begin(), report.violations.end(), [&](const auto& one) {
      return down(one) && one.path.starts_with("after1/");
    }));
    // Nor do timers hide it that have fired, or are of what is over, or of the engine's own.
    const auto after_others = explore(workflows(), options, by_tomorrow_later);
    CAPTURE(printed(after_others));
    CHECK(
        std::any_of(after_others.violations.begin(), after_others.violations.end(),
                    [&](const auto& one) { return down(one) && one.path.starts_with("after2/"); }));
    options.test.engine.retention = 24h;
    options.checks = {};
    CHECK(explore(workflows(), options, leaves_twin));
    options.test.engine.retention.reset();
    // A timer of what is over is not the next one, and the second process dies as the first one.
    options.checks = {{"it knows that it charged", [](TestEngine& engine, const Id& id) {
                         const auto run = engine->find<std::string>(id).value().result();
                         return run.value() != "not charged" ||
                                engine.ledger().count("charge") == 0;
                       }}};
    options.triples_max = 20'000;
    const auto later = explore(workflows(), options, hasty_later);
    CAPTURE(printed(later));
    CHECK(std::any_of(later.violations.begin(), later.violations.end(), down));
    options.checks = {};
    CHECK(only("by_tomorrow:record2/2:down/record0", workflows(), options, by_tomorrow));
  }

  TEST_CASE(
      "a process that is down misses what runs on over its lives, however long ago it began") {
    auto options = quiet();
    options.failures = false;
    options.triples_max = 0;
    options.checks = {knows_that_it_charged()};
    const auto too_late = [](const ExploreReport& report, const std::string& crash) {
      return std::any_of(report.violations.begin(), report.violations.end(), [&](const auto& one) {
        return one.path.starts_with(crash + "/") && one.path.ends_with(":down");
      });
    };
    // The time of a step over all its attempts.
    const auto total = explore(workflows(), options, within_an_hour);
    CAPTURE(printed(total));
    CHECK(too_late(total, "after1"));
    // A timer that was started before a snapshot.
    options.test.engine.snapshot_every = 5;
    const auto trimmed = explore(workflows(), options, by_tomorrow_at_last);
    CAPTURE(printed(trimmed));
    CHECK(too_late(trimmed, "after7"));
    // The time that is left to who has the token of a step.
    options.checks = {};
    options.signals = {outside_signal("go", 1)};
    CHECK(only("answered_later:record3/3:down", workflows(), options, answered_later));
  }

  TEST_CASE("signals behind the next timer come behind it, though another process saw it fire") {
    auto options = quiet();
    options.failures = false;
    options.signals = {outside_signal("stop", 1)};
    options.checks = {never(3)};
    for (const std::string record : {"record2", "record3", "record4"}) {
      CAPTURE(record);
      CHECK(only("reminds:1:later/" + record, workflows(), options, reminds));
    }
  }

  TEST_CASE("failures are retried, lost, or for good") {
    auto options = quiet();
    options.crashes = false;
    options.checks = {{"done", [](TestEngine& engine, const Id& id) {
                         return engine->find<int>(id).value().result().ok();
                       }}};
    const auto report = explore(workflows(), options, careful);
    CHECK(told(report, "\"work\" #1 fails before its work") == nullptr);
    CHECK(told(report, "\"work\" #1 does its work, and its answer is lost") == nullptr);
    REQUIRE(told(report, "\"work\" #1 fails for good") != nullptr);
    const auto* twice = find(report, "1:failed/2:failed");
    REQUIRE(twice != nullptr);
    CHECK(twice->story == std::vector<std::string>{"\"work\" #1 fails before its work",
                                                   "\"work\" #1 attempt 2 fails before its work"});
    // Pure steps fail too.
    CHECK(told(explore(workflows(), options, inlined), "\"pure\" #1 fails for good") != nullptr);
  }

  TEST_CASE("a slow body past its attempt's timeout is one that timed out") {
    auto options = quiet();
    options.signals = {outside_signal("go", 1)};
    options.checks = {{"one attempt", [](TestEngine& engine, const Id& id) {
                         return engine.history(id).count("step_attempt_failed") == 0;
                       }}};
    CHECK_FALSE(only("patient:1:slow", workflows(), options, patient));
    CHECK_FALSE(only("patient:1:late", workflows(), options, patient));
    CHECK(only("patient:1:after", workflows(), options, patient));
    CHECK(only("patient:in-order", workflows(), options, patient));
  }
}
