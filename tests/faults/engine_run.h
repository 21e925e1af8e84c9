// A whole engine on a store on a simulated disk, all on one thread: what its host was told, and
// what has to be true after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/faults/crash.h"
#include "tests/faults/engine_life.h"

namespace reprise::faults {

/// What was acknowledged to the host, and after which operation.
struct Receipt {
  Errand errand = Errand::start;
  std::size_t op = 0;
};

struct EngineRun {
  std::uint64_t seed = 1;
  Disk start = fresh_disk();
  std::vector<Op> ops;
  std::uint64_t reads = 0;
  std::vector<Receipt> receipts;
  Past past;
  Deeds deeds;
};

/// One workflow with operations of every kind, from its start to an orderly close, with what the
/// seed draws (settings_of). Throws when that is not as promised.
[[nodiscard]] EngineRun record_engine(std::uint64_t seed);

/// Opens an engine on `disk`, which a crash after `op` operations left, and lives on: what there is
/// a receipt for is there and is not asked for again, no body runs after its completion was
/// durable, none begins as an attempt that had begun by then, or twice as the same, and the result
/// is that of a life without a crash. So it is in a second life, after an orderly close.
/// What is left is shown to the second reader, if that is wanted. The violation, or nothing. Leaves
/// alone the life of another engine that is under way.
[[nodiscard]] std::string judge_engine(const Disk& disk, const EngineRun& run, std::size_t op,
                                       bool second_reader = true);

/// Judges the crashes at each `stride`-th operation in every way: of stores that are the same, with
/// the same receipts, those that were not judged by then.
void crash_engine(const EngineRun& run, std::size_t stride, Crashes& judged,
                  const std::function<bool(const Moment&, const std::string&)>& each);

/// All that judging depends on.
[[nodiscard]] Crashes::State state_of(const Disk& disk, const EngineRun& run, std::size_t op,
                                      Subject subject = Subject::engine);

}  // namespace reprise::faults
