// The store on a simulated disk, crashed after its operations, in every way.
#include <doctest/doctest.h>

#include "tests/faults/crash.h"

namespace reprise::faults {
namespace {

void crash_everywhere(std::uint64_t seed, std::size_t calls, std::size_t stride) {
  const Run run = record(make_script(seed, calls));
  Crashes crashes;
  crashes.enumerate(run, {.seed = seed, .stride = stride},
                    [&](const Moment& moment, const Judgement& judgement) {
                      CHECK_MESSAGE(judgement.violation.empty(), "--seed ", seed, " --calls ",
                                    calls, " --crash ", to_text(moment), ": ", judgement.violation);
                      return true;
                    });
  MESSAGE("seed ", seed, ": ", run.ops.size(), " operations, ", crashes.distinct(),
          " distinct crash states");
}

}  // namespace

TEST_SUITE("faults/crash") {
  TEST_CASE("a store whose creation was interrupted anywhere is made again, or is there") {
    crash_everywhere(1, 0, 2);
  }

  TEST_CASE("after a crash at any operation all that was acknowledged is there") {
    crash_everywhere(1, 12, 4);
    crash_everywhere(2, 12, 11);
  }

  TEST_CASE("a torn tail is reported once, also when nothing is written before the close") {
    // The second --crash of these is that of a client that only looked.
    const Run run = record(make_script(2, 12));
    for (const char* text : {"118:reordered:2000124", "248:torn:2000254"}) {
      CAPTURE(text);
      const Moment moment = moment_from(text).value();
      Disk disk = run.start;
      for (std::size_t op = 0; op < moment.op; ++op) disk.apply(run.ops[op]);
      const Disk left = disk.crash(moment.damage, moment.seed);
      Drive drive(left);
      Client client(drive);
      REQUIRE(client.open().ok());
      REQUIRE(client.store()->report().tail_bytes_dropped > 0);
      CHECK(judge(left, allowed_at(run, moment.op), true).violation.empty());
    }
  }
}

}  // namespace reprise::faults
