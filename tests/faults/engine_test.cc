// The whole engine over the real RocksDB on a simulated disk, crashed after its operations.
#include <doctest/doctest.h>

#include <set>

#include "tests/faults/crash.h"
#include "tests/faults/engine_run.h"

TEST_SUITE("faults/engine") {
  using namespace reprise::faults;  // NOLINT: the suite's own.

  TEST_CASE("after a crash every receipt holds, and the workflow ends as without one") {
    constexpr std::uint64_t seed = 1;
    constexpr std::size_t stride = 5;
    const EngineRun run = record_engine(seed, 2);
    REQUIRE(run.receipts.size() == 3);
    std::set<std::uint64_t> seen;
    Disk disk = run.start;
    for (std::size_t op = 0; op < run.ops.size(); ++op) {
      disk.apply(run.ops[op]);
      if (op % stride != 0) continue;
      for (const Damage damage : all_damages) {
        const Disk left = disk.crash(damage, op);
        if (!seen.insert(left.hash()).second) continue;
        const auto violation = judge_engine(left, run, op + 1, seed);
        CHECK_MESSAGE(violation.empty(), "after ", op + 1, " operations, ", name(damage), ": ",
                      violation);
      }
    }
    MESSAGE(run.ops.size(), " operations, ", seen.size(), " distinct crash states");
  }
}
