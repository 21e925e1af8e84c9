// What crash_matrix and explore have in common.
#include <doctest/doctest.h>

#include <string>

#include "testing/explored.h"
#include "tools/testing/lives.h"

namespace {

using namespace reprise;
using namespace reprise::test;

}  // namespace

TEST_SUITE("testing/searches") {
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
}
