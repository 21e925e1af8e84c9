// A crash in the recovery from a crash, and in the recovery from that.
#include <doctest/doctest.h>

#include "tests/faults/crash.h"

namespace reprise::faults {
namespace {

/// Crashes the run at each `stride`-th operation, the recovery from there at each as well, and so
/// on until `depth`.
void crash_again(Crashes& crashes, const Run& run, const std::string& again, std::size_t stride,
                 int depth) {
  crashes.enumerate(run, {.seed = static_cast<std::uint64_t>(depth), .stride = stride},
                    [&](const Moment& moment, const Judgement& judgement) {
                      const auto path = again + " --crash " + to_text(moment);
                      CHECK_MESSAGE(judgement.violation.empty(), path, ": ", judgement.violation);
                      if (depth > 1 && judgement.violation.empty()) {
                        crash_again(crashes, judgement.recovery, path, stride + 12, depth - 1);
                      }
                      return true;
                    });
}

}  // namespace

TEST_SUITE("faults/recovery") {
  TEST_CASE("a crash while recovering from a crash loses nothing either") {
    Crashes crashes;
    crash_again(crashes, record(make_script(4, 2)), "--seed 4 --calls 2", 31, 2);
    MESSAGE(crashes.distinct(), " distinct crash states");
  }

  TEST_CASE("a write-ahead file that recovery removed does not come back as damage") {
    // Killed between a write and its sync, opened, closed in order; and then the power goes.
    const Run run = record(make_script(103, 11));
    Disk killed = run.start;
    constexpr std::size_t done = 122;
    for (std::size_t op = 0; op < done; ++op) killed.apply(run.ops[op]);
    REQUIRE(run.ops[done - 1].kind == Op::Kind::write);
    const auto judged = judge(killed, allowed_at(run, done), true);
    REQUIRE(judged.violation.empty());
    Crashes crashes;
    crashes.enumerate(judged.recovery, {.damages = {Damage::torn}, .seed = 491},
                      [&](const Moment& moment, const Judgement& again) {
                        CHECK_MESSAGE(again.violation.empty(), to_text(moment), ": ",
                                      again.violation);
                        return true;
                      });
  }
}

}  // namespace reprise::faults
