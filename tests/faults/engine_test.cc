// The whole engine over the real RocksDB on a simulated disk, crashed after its operations, and on
// one that fails.
#include <doctest/doctest.h>

#include <string_view>

#include "tests/faults/engine_failing.h"
#include "tests/faults/engine_run.h"

namespace reprise::faults {
namespace {

/// Those of this file.
constexpr std::uint64_t seeds = 5;

std::size_t crash_everywhere(std::uint64_t seed, std::size_t stride) {
  const EngineRun run = record_engine(seed);
  Crashes judged;
  crash_engine(run, stride, judged, [&](const Moment& moment, const std::string& violation) {
    CHECK_MESSAGE(violation.empty(), "--engine --seed ", seed, " --crash ", to_text(moment), ": ",
                  violation);
    return true;
  });
  const std::size_t states = judged.distinct(Subject::engine);
  MESSAGE("seed ", seed, ": ", run.ops.size(), " operations, ", states, " distinct crash states");
  return states;
}

void fail(std::uint64_t seed) {
  const EngineRun recorded = record_engine(seed);
  for (const Fault fault : all_faults) {
    const bool sticky = fault == Fault::full || (seed + static_cast<std::uint64_t>(fault)) % 2 == 0;
    const auto at = place_of(fault, recorded, seed * 7919 + static_cast<std::uint64_t>(fault) * 31);
    const auto outcome = run_engine_failing(seed, {fault, at, sticky});
    CHECK_MESSAGE(outcome.violation.empty(), "--engine --seed ", seed, " --fault ", name(fault),
                  " --at ", at, std::string_view(sticky ? " --sticky" : ""), ": ",
                  outcome.violation);
    CHECK(outcome.faults > 0);
  }
}

}  // namespace

TEST_SUITE("faults/engine") {
  TEST_CASE("after a crash every receipt holds, and the workflow ends as without one") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) CHECK(crash_everywhere(seed, 20) > 18);
  }

  TEST_CASE("an engine on a failing disk loses nothing that it acknowledged, and goes on") {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) fail(seed);
  }

  TEST_CASE("the seeds draw snapshots, trims, evictions, blobs, and deletions of both") {
    Deeds all;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const Deeds deeds = record_engine(seed).deeds;
      CHECK((deeds.blobs > 0) == settings_of(seed).blobs);
      all.rows += deeds.rows;
      all.positions += deeds.positions;
      all.trims += deeds.trims;
      all.blobs += deeds.blobs;
      all.blobs_deleted += deeds.blobs_deleted;
      all.evictions += deeds.evictions;
      MESSAGE("seed ", seed, ": ", deeds.rows, " rows, ", deeds.positions, " positions, ",
              deeds.trims, " trims, ", deeds.blobs, " blobs, ", deeds.blobs_deleted,
              " blobs deleted, ", deeds.evictions, " evictions");
    }
    CHECK(all.rows > 0);
    CHECK(all.positions > 0);
    CHECK(all.trims > 0);
    CHECK(all.blobs > 0);
    CHECK(all.blobs_deleted > 0);
    CHECK(all.evictions > 0);
  }
}

}  // namespace reprise::faults
