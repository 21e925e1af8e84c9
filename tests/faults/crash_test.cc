// The store on a simulated disk, crashed after its operations, in every way.
#include <doctest/doctest.h>

#include "tests/faults/crash.h"

namespace reprise::faults {
namespace {

/// How many different states of the disk were judged.
std::size_t crash_everywhere(std::uint64_t seed, std::size_t calls, std::size_t stride) {
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
  return crashes.distinct();
}

}  // namespace

TEST_SUITE("faults/crash") {
  TEST_CASE("a store whose creation was interrupted anywhere is made again, or is there") {
    CHECK(crash_everywhere(1, 0, 1) > 80);
  }

  TEST_CASE("after a crash at any operation all that was acknowledged is there") {
    CHECK(crash_everywhere(1, 12, 3) > 130);
    CHECK(crash_everywhere(2, 12, 7) > 90);
  }

  TEST_CASE("under the name of a backup there is nothing or a whole copy, once acknowledged that") {
    const Run run = record({{Call::Kind::append, 1}, {Call::Kind::backup, 2}});
    REQUIRE(run.copies.size() == 1);
    const Copy& copy = run.copies.front();
    Crashes crashes;
    Disk disk = run.start;
    std::size_t missing = 0;
    for (std::size_t op = 1; op <= run.ops.size(); ++op) {
      disk.apply(run.ops[op - 1]);
      if (op < copy.begun) continue;
      for (const Damage damage : all_damages) {
        const Disk left = disk.crash(damage, op);
        if (left.find(copy.path) == 0) ++missing;
        CAPTURE(op);
        CAPTURE(name(damage));
        CHECK(judge_copies(left, crashes.fresh_copies(left, run.copies, op), op, 1) == "");
      }
    }
    CHECK(missing > 100);
    MESSAGE(crashes.distinct(Subject::copy), " distinct states of a copy");
    CHECK(crashes.distinct(Subject::copy) > 20);
  }

  TEST_CASE("a torn tail is reported once, also when nothing is written before the close") {
    const Run run = record(make_script(2, 12));
    Disk disk = run.start;
    int torn = 0;
    for (std::size_t op = 0; op < run.ops.size(); ++op) {
      disk.apply(run.ops[op]);
      // Longer than a block of RocksDB's files: what is whole of it is no whole record.
      if (run.ops[op].kind != Op::Kind::write || run.ops[op].bytes.size() < 33000) continue;
      for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const Disk left = disk.crash(Damage::torn, seed);
        Drive drive(left);
        Client client(drive);
        REQUIRE(client.open().ok());
        if (client.store()->report().tail_bytes_dropped > 0) ++torn;
        CHECK(judge(left, allowed_at(run, op + 1), Sequel::looks).violation == "");
      }
    }
    CHECK(torn > 0);
  }
}

}  // namespace reprise::faults
