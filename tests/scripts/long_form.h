// All scripts of a length with all their crashes, on several threads, told as it goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace reprise::scripts {

struct Length {
  std::size_t operations = 3;  ///< Sequences of so many and fewer.
  bool pairs = false;          ///< Instead: two callers at once.
  std::size_t part = 1;        ///< Every `parts`-th script, beginning with this one, from 1.
  std::size_t parts = 1;
  std::size_t threads = 2;
  std::optional<double> minutes{};  ///< After so many it ends, done or not.
  std::uint64_t seed = 1;
};

/// Prints its progress, a line for each violation that runs it again, and how much was judged.
/// 0 when there was no violation.
int run_all(const Length& length);

}  // namespace reprise::scripts
