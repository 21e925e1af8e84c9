// The second reader (tests/verifier) on a simulated disk.
#pragma once

#include <string>

#include "tests/faults/disk.h"

namespace reprise::faults {

/// What it says of the files of a closed store; "" when they are sound. A client's
/// events and rows mean nothing: of its stores it judges the bytes alone.
[[nodiscard]] std::string findings_of_client(const Disk& disk, const std::string& path);
[[nodiscard]] std::string findings_of_engine(const Disk& disk);

}  // namespace reprise::faults
