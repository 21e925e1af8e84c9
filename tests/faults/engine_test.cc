// The whole engine over the real RocksDB on a simulated disk, crashed after its operations.
#include <doctest/doctest.h>

#include "tests/faults/engine_run.h"

TEST_SUITE("faults/engine") {
  using namespace reprise::faults;  // NOLINT: the suite's own.

  TEST_CASE("after a crash every receipt holds, and the workflow ends as without one") {
    const EngineRun run = record_engine(1);
    REQUIRE(run.receipts.size() == 3);
    Crashes judged;
    crash_engine(run, 5, judged, [](const Moment& moment, const std::string& violation) {
      CHECK_MESSAGE(violation.empty(), "--engine --seed 1 --crash ", to_text(moment), ": ",
                    violation);
      return true;
    });
    const std::size_t states = judged.distinct(Subject::engine);
    MESSAGE(run.ops.size(), " operations, ", states, " distinct crash states");
    CHECK(states > 80);
  }
}
