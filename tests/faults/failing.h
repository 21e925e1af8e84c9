// Runs of a client whose disk fails: what the store answers meanwhile, and what is left of it.
#pragma once

#include <cstdint>
#include <string>

#include "tests/faults/client.h"
#include "tests/faults/crash.h"

namespace reprise::faults {

struct Outcome {
  std::string violation;     ///< Empty: all was as promised.
  std::uint64_t faults = 0;  ///< How often the disk failed.
  std::vector<Op> ops;       ///< That took effect.
};

/// Runs the script while the disk fails by `plan`. A client whose store has stopped closes it and
/// opens it again, if need be when the disk works again. At the first failure and at the end the
/// process is killed and the power fails: nothing acknowledged may be missing then. States that
/// were judged before, in `judged`, are not judged again.
[[nodiscard]] Outcome run_failing(const Script& script, const Plan& plan, Crashes& judged);
/// The same, and every state is shown to the second reader.
[[nodiscard]] Outcome run_failing(const Script& script, const Plan& plan);

}  // namespace reprise::faults
