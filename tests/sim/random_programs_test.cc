// Programs drawn from a seed through lives full of faults: they end as a plain interpreter says.
#include <doctest/doctest.h>

#include <string>

#include "tests/sim/whole_engine.h"

namespace {

using namespace reprise;
using namespace reprise::sim;

}  // namespace

TEST_SUITE("sim/random_programs") {
  TEST_CASE("programs drawn from a seed end as a plain interpreter says, whatever goes wrong") {
    std::uint64_t deaths = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
      CAPTURE(seed);
      const Outcome outcome = simulate_twice(draw_plan(seed));
      CHECK(outcome.violation == "");
      deaths += outcome.deaths;
    }
    CHECK(deaths > 200);
  }

  TEST_CASE("a plan is read back as it was written, and nothing else is one") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      const std::string text = to_text(draw_plan(seed));
      REQUIRE(plan_from(text).has_value());
      CHECK(to_text(*plan_from(text)) == text);
    }
    CHECK_FALSE(plan_from("{}").has_value());
    CHECK_FALSE(plan_from(R"({"seed":1,"program":[["fly",1]]})").has_value());
  }
}
