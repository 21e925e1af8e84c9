// A real process that is started and killed again and again over one store, and what must have
// survived.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace reprise::crash {

/// One store. Its options and the lengths of the lives, log-uniform from 5 ms to `life_max`, are
/// drawn from the seed; where in the work a kill falls is the machine's.
struct KillPlan {
  std::uint64_t seed = 1;
  std::uint64_t kills = 50;
  std::uint64_t life_max_ms = 1000;
};

struct KillCount {
  std::string violation;  ///< "" when there was none. The store is kept then.
  std::string folder;     ///< Where it lies.
  std::uint64_t kills = 0;
  std::uint64_t recovering = 0;  ///< Of them, those while an engine was opened on what was there.
  std::uint64_t receipts = 0;
  std::uint64_t instances = 0;
  std::uint64_t results = 0;  ///< Of them, those that had to end, and ended as they should.
  std::uint64_t bodies = 0;
  std::uint64_t passed = 0;  ///< Answers that told that an operation had ended.
};

/// Kills until `plan.kills` or `over`, lives once more to the end, and judges: every receipt is
/// kept, every instance that has its signal ended, and with the right result, no body ran again
/// whose completion was durable, and the verifier finds nothing.
KillCount kill_loop(const KillPlan& plan, const std::function<bool()>& over);

}  // namespace reprise::crash
