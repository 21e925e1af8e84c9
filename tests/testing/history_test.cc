#include <reprise/testing/history.h>

#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>
#include <string>

#include "journal/store_fixture.h"
#include "testing/orders.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using testing::History;
using testing::TestEngine;

History shipped() {
  TestEngine engine(shop());
  engine.mocks().fail("charge", 1, "no answer");
  REQUIRE(engine->start(order, "o", 1).ok());
  engine.at(5h, [](Engine& e) { REQUIRE(e.signal("o", "address", std::string("Bonn")).ok()); });
  engine.pass(10h);
  return engine.history("o");
}

std::string printed(const testing::Verdict& verdict) {
  std::ostringstream out;
  out << verdict;
  return out.str();
}

}  // namespace

TEST_SUITE("testing/history") {
  TEST_CASE("what happened is counted by kind and name") {
    const auto history = shipped();
    CHECK(history.count("step_completed") == 3);
    CHECK(history.count("step_completed", "charge") == 1);
    CHECK(history.count("step_scheduled", "charge") == 2);
    CHECK(history.count("signal_received", "address") == 1);
    CHECK(history.count("signal_received", "charge") == 0);
  }

  TEST_CASE("a verdict holds, or says why not") {
    const auto history = shipped();
    CHECK(history.ran_once("ship"));
    CHECK(history.started("charge", 2));
    CHECK(history.happened_before("charge", "ship"));
    CHECK_FALSE(history.ran_once("charge"));
    CHECK_FALSE(history.ran_once("pack"));
    CHECK_FALSE(history.happened_before("ship", "charge"));
    CHECK(printed(history.ran_once("ship")) == "it holds");
    CHECK(printed(history.ran_once("charge")).find("\"charge\" was started 2 times, not 1") !=
          std::string::npos);
    CHECK(printed(history.happened_before("pack", "ship")).find("there is no \"pack\"") !=
          std::string::npos);
    CHECK(printed(history.happened_before("ship", "charge")).find("\"ship\" ended at event") !=
          std::string::npos);
  }

  TEST_CASE("a step that has not completed has not run once") {
    TestEngine engine(shop());
    engine.mocks().fail("charge", 1);
    REQUIRE(engine->start(order, "o", 1).ok());
    engine.settle();
    CHECK_FALSE(engine.history("o").ran_once("charge"));
    CHECK_FALSE(engine.history("o").happened_before("charge", "ship"));
  }

  TEST_CASE("a golden file holds what happened, and is written on demand") {
    journal::testing::TempFolder folder;
    const std::string path = folder / "order.golden";
    const auto history = shipped();
    CHECK(printed(history.matches(path)).find("REPRISE_UPDATE_GOLDEN=1") != std::string::npos);
    REQUIRE(setenv("REPRISE_UPDATE_GOLDEN", "1", 1) == 0);
    CHECK(history.matches(path));
    REQUIRE(unsetenv("REPRISE_UPDATE_GOLDEN") == 0);
    CHECK(history.matches(path));
    CHECK(history.text().starts_with("workflow_started order\n"));
    TestEngine other(shop());
    REQUIRE(other->start(order, "o", 1).value().result().ok());
    const auto why = printed(other.history("o").matches(path));
    CHECK(why.find("line ") != std::string::npos);
    CHECK(why.find("expected \"step_attempt_failed #2 charge: no answer\"") != std::string::npos);
  }
}
