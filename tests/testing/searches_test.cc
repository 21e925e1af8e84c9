// What crash_matrix and explore have in common: cases that do not end, instances that are deleted,
// what is kept of violations.
#include <doctest/doctest.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "journal/journal_file.h"
#include "testing/explored.h"
#include "tools/testing/lives.h"
#include "tools/testing/trials.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using testing::crash_matrix;
using testing::MatrixOptions;
using testing::Spread;

MatrixOptions matrix() {
  MatrixOptions options;
  options.progress = false;
  options.folder = quiet().folder;
  return options;
}

/// All that is wrong with the first violation.
template <class Report>
std::vector<std::string> first_found(const Report& report) {
  REQUIRE(report.violations.size() == 1);
  return report.violations.front().found;
}
using Found = std::vector<std::string>;

}  // namespace

TEST_SUITE("testing/searches") {
  TEST_CASE("what retention deletes before the next life asks for it has ended") {
    for (const auto retention : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(10min)}) {
      CAPTURE(retention.count());
      auto killed = matrix();
      killed.test.engine.retention = retention;
      CHECK(crash_matrix(workflows(), killed, careful));
      auto tried = quiet();
      tried.test.engine.retention = retention;
      tried.failures = false;
      CHECK(explore(workflows(), tried, careful));
    }
  }

  TEST_CASE("checks are asked where there is something to be asked, and in order anyway") {
    const testing::EndCheck done{"done", [](TestEngine& engine, const Id& id) {
                                   return engine->find<int>(id).value().result().value() == 1;
                                 }};
    auto options = quiet();
    options.failures = false;
    options.checks = {done};
    options.test.engine.retention = 90min;  // Two lives stay longer than that.
    CHECK(explore(workflows(), options, careful));
    options.test.engine.retention = 10min;
    const auto never_asked = explore(workflows(), options, careful);
    REQUIRE(never_asked.violations.size() == 1);
    CHECK(never_asked.violations.front().path == "in-order");
  }

  TEST_CASE("a workflow that always has a timer is one violation of a crash matrix") {
    auto options = matrix();
    options.idles_max = 50;
    const Found passed = {"it does not end: time has passed 50 times (idles_max)"};
    CHECK(first_found(crash_matrix(workflows(), options, forever)) == passed);
    CHECK(first_found(crash_matrix(workflows(), options, polls)) == passed);
    // Behind the result it need not end.
    options.linger = 100h;
    options.pairs_max = 10;
    options.triples_max = 0;
    CHECK(crash_matrix(workflows(), options, leaves_forever));
  }

  TEST_CASE("a workflow that goes on while no time passes is one violation") {
    const Found wrote = {"it does not end: 1000 events, and no time has passed (events_max)"};
    auto killed = matrix();
    killed.events_max = 1000;
    CHECK(first_found(crash_matrix(workflows(), killed, spins)) == wrote);
    auto tried = quiet();
    tried.events_max = 1000;
    CHECK(first_found(explore(workflows(), tried, spins)) == wrote);
    CHECK(first_found(explore(workflows(), tried, insists)) == wrote);
  }

  TEST_CASE("each check may let time pass as often as it needs") {
    auto options = quiet();
    options.singles_max = 0;
    options.idles_max = 10;
    const auto passes = [](int hours) {
      return [hours](TestEngine& engine, const Id&) {
        for (int i = 0; i < hours; ++i) engine.pass(1h);
        return true;
      };
    };
    options.checks = {{"one", passes(8)}, {"other", passes(8)}};
    CHECK(explore(workflows(), options, careful));
    options.checks.push_back({"endless", passes(1000)});
    options.checks.push_back({"last", passes(8)});
    CHECK(first_found(explore(workflows(), options, careful)) ==
          Found{"\"endless\" waits for ever: it does not end: time has passed 10 times "
                "(idles_max)"});
  }

  TEST_CASE("a host that throws leaves a journal file too") {
    auto options = quiet();
    options.drive = [](TestEngine&, const Id&) { throw std::runtime_error("no address"); };
    const auto report = explore(workflows(), options, careful);
    REQUIRE(report.violations.size() == 1);
    const auto& file = report.violations.front().journal;
    CHECK(journal::read_journal_file(file).value().instances.size() == 1);
  }

  TEST_CASE("a body that runs again is told, though a snapshot has taken its completion in") {
    testing::TestOptions options;
    options.engine.snapshot_every = 5;
    testing::Lives lives(workflows(), options);
    REQUIRE(lives.begin());
    auto run = lives.engine().start(by_tomorrow_at_last, "a").value();
    CHECK(run.result().value() == "charged");
    const auto id = lives.engine().describe("a").value().run;
    while (lives.executor().step()) {
    }
    lives.kill();
    REQUIRE(lives.begin());
    runtime::StepRun again;
    again.run = id;
    again.op = 2;
    again.name = "look";
    lives.mocks().step("look", [] { return 1; });
    (void)lives.outcome_of(again, testing::BodyEnd::own);
    CHECK(lives.run_again().size() == 1);
  }

  TEST_CASE("of many cases some are tried, evenly spread, and none of them is made before") {
    const std::size_t many = std::size_t{1} << 40;
    const Spread some({many, 0, many, 1}, 4);
    CHECK(some.all() == 2 * many + 1);
    CHECK(some.size() == 4);
    CHECK(some[0] == Spread::Place{0, 0});
    CHECK(some[1] == Spread::Place{0, many / 2});
    CHECK(some[2] == Spread::Place{2, 0});
    CHECK(some[3] == Spread::Place{2, many / 2});
    const Spread all({2, 0, 1}, 10);
    CHECK(all.size() == 3);
    CHECK(all[1] == Spread::Place{0, 1});
    CHECK(all[2] == Spread::Place{2, 0});
    CHECK(Spread({}, 10).size() == 0);
  }

  TEST_CASE("the workflow with the longest name that fits is the one that is asked for") {
    Registry all = workflows();
    all.add("echoes:again", twin);
    REQUIRE(setenv("REPRISE_EXPLORE", "echoes:again:3:lost", 1) == 0);
    CHECK_FALSE(testing::asked_of("REPRISE_EXPLORE", all, "echoes"));
    CHECK(testing::asked_of("REPRISE_EXPLORE", all, "echoes:again") == "3:lost");
    REQUIRE(unsetenv("REPRISE_EXPLORE") == 0);
  }
}
