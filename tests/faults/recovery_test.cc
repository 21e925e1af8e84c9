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
}

}  // namespace reprise::faults
