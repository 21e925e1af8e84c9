// A real process, killed with SIGKILL at random moments: nothing acknowledged may be lost.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "tests/crash/kill_loop.h"

namespace {

std::uint64_t kills_wanted() {
  const char* given = std::getenv("REPRISE_KILLS");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 50;
}

}  // namespace

TEST_SUITE("crash/kill") {
  TEST_CASE("a process killed at random moments loses nothing it acknowledged") {
    const reprise::crash::KillPlan plan{.seed = std::random_device{}(), .kills = kills_wanted()};
    CAPTURE(plan.seed);
    const auto count = reprise::crash::kill_loop(plan, [] { return false; });
    CAPTURE(count.folder);
    CHECK(count.violation == "");
    CHECK(count.kills == plan.kills);
    CHECK(count.receipts > 0);
    CHECK(count.results > 0);
    MESSAGE("seed " << plan.seed << ": " << count.kills << " kills, " << count.recovering
                    << " during a recovery, " << count.receipts << " receipts, " << count.instances
                    << " instances, " << count.bodies << " bodies, " << count.passed
                    << " operations seen to have ended");
  }
}
