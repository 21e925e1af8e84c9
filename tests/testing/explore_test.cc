#include <reprise/testing/explore.h>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "journal/journal_file.h"
#include "testing/explored.h"
#include "tools/testing/schedule.h"

namespace {

using namespace reprise;
using namespace reprise::test;

}  // namespace

TEST_SUITE("testing/explore") {
  TEST_CASE("a workflow that is right is right in every order") {
    auto options = quiet();
    options.signals = {outside_signal("address", std::string("Bonn"))};
    options.invariants = {
        {"charged once at most", [](const Ledger& all) { return all.count("charge") <= 1; }},
        {"shipped once at most", [](const Ledger& all) { return all.count("ship") <= 1; }}};
    options.triples_max = 2000;
    const auto report = explore(workflows(), options, order, 7);
    MESSAGE(printed(report));
    CHECK(report);
    CHECK(report.choices == 4);  // Two bodies, the address, a third body.
    CHECK(report.singles.tried > 30);
    CHECK(report.singles.tried == report.singles.all);
    CHECK(report.pairs.tried > 10 * report.singles.tried);
    CHECK(report.triples.tried == 2000);
    CHECK(report.triples.all > 2000);
  }

  TEST_CASE("an answer that is lost charges twice, and so does a crash") {
    auto options = quiet();
    options.invariants = {
        {"charged once", [](const Ledger& all) { return all.count("charge") <= 1; }}};
    const auto report = explore(workflows(), options, greedy);
    CHECK_FALSE(report);
    const auto* lost = told(report, "\"charge\" #2 does its work, and its answer is lost");
    REQUIRE(lost != nullptr);
    CHECK(lost->found == std::vector<std::string>{"\"charged once\" does not hold"});
    CHECK(journal::read_journal_file(lost->journal).value().instances.size() == 1);
    CHECK(lost->again.starts_with("REPRISE_EXPLORE=greedy:" + lost->path + " "));
    CHECK(find(report, "after2") != nullptr);
    CHECK(find(report, "before2") == nullptr);
    // What is enough by itself is told once.
    for (const auto& violation : report.violations) {
      if (violation.path.find('/') == std::string::npos) continue;
      CHECK(violation.path.find(lost->path) == std::string::npos);
      CHECK_FALSE(violation.path.starts_with("after2/"));
    }
    CHECK(printed(report).find("    VIOLATION \"charged once\" does not hold\n") !=
          std::string::npos);

    const auto again = only("greedy:" + lost->path, workflows(), options, greedy);
    CHECK(again.alone);
    REQUIRE(again.violations.size() == 1);
    CHECK(again.violations.front().found == lost->found);
    options.failures = false;
    options.crashes = false;
    CHECK(explore(workflows(), options, greedy));
  }

  TEST_CASE("a workflow that always has a timer comes to an end, or is told of") {
    auto options = quiet();
    options.signals = {outside_signal("stop", 1)};
    options.pairs_max = 200;
    options.triples_max = 20;
    CHECK(explore(workflows(), options, polls));
    options.checks = {never(2)};
    const auto late = explore(workflows(), options, polls);
    CHECK(told(late, "signal 1 \"stop\", and what was to follow, comes behind the next timer") !=
          nullptr);
    const auto endless = explore(workflows(), quiet(), forever);
    REQUIRE(endless.violations.size() == 1);
    CHECK(endless.violations.front().found.front() ==
          "it does not end: time has passed 20000 times (idles_max)");
  }

  TEST_CASE("a child that is paused is a violation, though nobody waits for it") {
    const auto report = explore(workflows(), quiet(), leaves_bad_child);
    REQUIRE(report.violations.size() == 1);
    CHECK(report.violations.front().found.front().starts_with("\"child\" is paused (mismatch)"));
  }

  TEST_CASE("the same of another child is another violation") {
    auto options = quiet();
    options.crashes = false;
    options.pairs_max = 0;
    options.checks = {{"both", [](TestEngine& engine, const Id& id) {
                         return engine->find<int>(id).value().result().ok();
                       }}};
    const auto report = explore(workflows(), options, twins);
    CAPTURE(printed(report));
    CHECK(report.violations.size() == 6);  // Each fails, its answer is lost, and for good.
  }

  TEST_CASE("a workflow with many timers ends when it is let") {
    auto options = quiet();
    options.singles_max = 0;
    options.signals = {outside_signal("stop", 1)};
    options.idles_max = 3;
    CHECK(explore(workflows(), options, polls));
    options.signals = {};
    options.checks = {never(0)};  // It waits for the end.
    const auto endless = explore(workflows(), options, polls);
    REQUIRE(endless.violations.size() == 1);
    CHECK(endless.violations.front().found.front() ==
          "it does not end: time has passed 3 times (idles_max)");
    // Behind the end it need not.
    options.linger = 10h;
    options.idles_max = 5;
    CHECK(explore(workflows(), options, leaves_forever));
  }

  TEST_CASE("a beginning that does not repeat itself is told") {
    auto options = quiet();
    options.threads = 1;
    options.signals = {outside_signal("address", std::string("Bonn"))};
    int cases = 0;
    options.mocks = [&cases](testing::Mocks& mocks) {
      if (++cases > 1) mocks.fail("charge", 1);
    };
    const auto report = explore(workflows(), options, order, 7);
    const auto told_so =
        std::any_of(report.violations.begin(), report.violations.end(), [](const auto& violation) {
          return violation.found.front().starts_with("the same beginning went another way");
        });
    CAPTURE(printed(report));
    CHECK(told_so);
  }

  TEST_CASE("what does not end, or is refused, is a violation") {
    auto options = quiet();
    const auto stuck = explore(workflows(), options, waits);
    REQUIRE(stuck.violations.size() == 1);
    CHECK(stuck.violations.front().path == "in-order");
    CHECK(stuck.violations.front().found.front().starts_with("it does not end"));
    CHECK(stuck.singles.tried == 0);

    options.test.engine.limits.payload_size_max = 64;
    const auto refused = explore(workflows(), options, echoes, std::string(100, 'x'));
    REQUIRE(refused.violations.size() == 1);
    CHECK(refused.violations.front().found.front().starts_with("it ended with payload_too_large"));

    options = quiet();
    options.signals = {outside_signal("", 1), outside_signal("never", 1)};
    const auto nameless = explore(workflows(), options, waits);
    REQUIRE(nameless.violations.size() == 1);
    CHECK(nameless.violations.front().found.front().starts_with(
        "signal 1 \"\" is refused: invalid_argument"));

    options = quiet();
    options.checks = {{"told", [](TestEngine&, const Id&) -> bool { throw 1; }}};
    CHECK(explore(workflows(), options, careful).violations.front().found ==
          std::vector<std::string>{"\"told\" threw"});
    Registry none;
    CHECK_THROWS_AS((void)explore(none, options, waits), Error);
    options.signals.assign(33, outside_signal("go", 1));
    CHECK_THROWS_AS((void)explore(workflows(), options, waits), Error);
  }

  TEST_CASE("the same on one thread as on two") {
    auto options = quiet();
    options.signals = {outside_signal("address", std::string("Bonn"))};
    options.invariants = {
        {"charged once", [](const Ledger& all) { return all.count("charge") == 1; }}};
    options.pairs_max = 300;
    options.triples_max = 30;
    options.threads = 1;
    const auto one = explore(workflows(), options, order, 7);
    options.threads = 2;
    const auto two = explore(workflows(), options, order, 7);
    CHECK(one.singles.tried == two.singles.tried);
    REQUIRE(one.violations.size() == two.violations.size());
    CHECK_FALSE(one);
    for (std::size_t i = 0; i < one.violations.size(); ++i) {
      CHECK(one.violations[i].path == two.violations[i].path);
      CHECK(one.violations[i].found == two.violations[i].found);
    }
  }

  TEST_CASE("cases are read as they are written") {
    for (const std::string text :
         {"1:body2", "2:slow/3:failed", "record7/4:lost/after1", "5:refused/6:signal3",
          "7:again1/8:later/9:last/before12", "1:after/2:late/record3/3:down", "in-order"}) {
      const auto schedule = testing::parse_schedule(text);
      REQUIRE(schedule);
      CHECK(testing::to_text(*schedule) == text);
    }
    for (const std::string text : {"1", "x:slow", "1:", "1:body", "1:slow2", "1:signal70000",
                                   "record", "1:lost//2:lost", "nowhere", ""}) {
      CAPTURE(text);
      CHECK_FALSE(testing::parse_schedule(text));
    }
    CHECK_THROWS_AS((void)only("order:nowhere", workflows(), quiet(), order, 7), Error);
    REQUIRE(unsetenv("REPRISE_EXPLORE") == 0);
  }
}
