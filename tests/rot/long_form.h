// Workers, watched: as many damages as fit into a time, or a thinned selection of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/rot/worker.h"

namespace reprise::rot {

struct Length {
  double minutes = 0;
  std::uint64_t seed = 1;
};

/// What workers have come to.
struct Watched {
  Counts counts;
  std::vector<std::string> violations;  ///< "rot_test ARGUMENTS: what".
};

/// Runs one worker for each of `works`, whose folders it makes below a folder of its own, until
/// they end. Tells `progress` now and then.
[[nodiscard]] Watched watch(std::vector<Work> works,
                            const std::function<void(const Watched&)>& progress);

[[nodiscard]] std::string text_of(const Counts& counts);

/// Prints its progress, a line for each violation that runs it again, and at the end how many
/// damages were judged. 0 when there was no violation.
int run_for(const Length& length);

}  // namespace reprise::rot
