// Random bits, handed in: for seeds, run tokens and retry jitter. Never used by workflow code.
#pragma once

#include <cstdint>

namespace reprise {

class Random {
 public:
  virtual ~Random() = default;
  /// 64 independent bits. Any thread.
  virtual std::uint64_t draw() noexcept = 0;
};

}  // namespace reprise
