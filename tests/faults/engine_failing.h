// Runs of a whole engine whose disk fails: what its host is answered, and what is left.
#pragma once

#include <cstdint>

#include "tests/faults/crash.h"
#include "tests/faults/engine_run.h"
#include "tests/faults/failing.h"

namespace reprise::faults {

/// The first place at or after `from` (taken round and round) that the fault may hit in a run.
[[nodiscard]] std::uint64_t place_of(Fault fault, const EngineRun& run, std::uint64_t from);

/// Does the errands of the seed while the disk fails by `plan`. After the first answer that tells
/// of it the disk works again: an engine that waits for space goes on by itself, or is closed and
/// opened again as one that has stopped. At that answer and at the end the process is killed and
/// the power fails: what was acknowledged may not be missing then, and no body begins again as an
/// attempt that had begun, in these lives or those. States that were judged before, in `judged`,
/// are not judged again.
[[nodiscard]] Outcome run_engine_failing(std::uint64_t seed, const Plan& plan, Crashes& judged);
/// The same, and every state is shown to the second reader.
[[nodiscard]] Outcome run_engine_failing(std::uint64_t seed, const Plan& plan);

}  // namespace reprise::faults
