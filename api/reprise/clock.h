// Time, handed in. Threads: implementations are safe to call from any thread.
#pragma once

#include <reprise/ids.h>

namespace reprise {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time, nanoseconds since 1970-01-01 UTC. May jump; the engine makes event time monotone.
  [[nodiscard]] virtual Nanos wall() const noexcept = 0;
  /// For durations within one process; never goes back.
  [[nodiscard]] virtual Nanos steady() const noexcept = 0;
};

}  // namespace reprise
