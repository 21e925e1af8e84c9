// The enumerations of this folder for as long as there is time, from one seed to the next.
#pragma once

#include <cstddef>
#include <cstdint>

namespace reprise::faults {

struct Length {
  std::uint64_t minutes = 0;
  std::uint64_t seed = 1;
  /// Not 0: only the script of so many calls from this seed, but all crashes of its recoveries too.
  std::size_t calls = 0;
};

/// Prints its progress, a line for each violation that runs it again, and how many states were
/// judged. 0 when there was no violation.
int run_for(const Length& length);

}  // namespace reprise::faults
