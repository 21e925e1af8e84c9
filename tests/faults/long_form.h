// The enumerations of this folder for as long as there is time, from one seed to the next.
#pragma once

#include <cstdint>

namespace reprise::faults {

/// Prints its progress, a line for each violation that runs it again, and how many states were
/// judged. 0 when there was no violation.
int run_for(std::uint64_t minutes, std::uint64_t seed);

}  // namespace reprise::faults
