// Who decides what a simulated machine leaves open: which body goes on, how it ends, and what comes
// from outside when nothing else can go on.
//
// One thread, that of the machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include <reprise/clock.h>

#include "runtime/step_runner.h"

namespace reprise::testing {

enum class BodyEnd : std::uint8_t {
  own,      ///< As it does.
  failed,   ///< It is not run, and fails, retryable.
  lost,     ///< It is run; what it returns does not arrive: it fails, retryable.
  refused,  ///< It is not run, and fails for good.
  late,     ///< It is run now; that it has ended is told when the director lets it.
};

struct BodyChoice {
  std::size_t which = 0;  ///< Of those that wait.
  BodyEnd end = BodyEnd::own;
};

class Director {
 public:
  virtual ~Director() = default;
  /// Which of `waiting`, one or more, goes on, within the engine; nullopt: none now. Then it is
  /// asked again when something has happened, or after idle() has planned something.
  virtual std::optional<BodyChoice> next_body(const std::vector<runtime::StepRun>& waiting) = 0;
  /// Whether that of a late body may be told now.
  virtual bool may_tell(const runtime::StepRun& late) = 0;
  /// Nothing can go on before `next_due`, of the engine's timers. May plan events (Lives::at).
  virtual void idle(std::optional<Nanos> next_due) = 0;
};

}  // namespace reprise::testing
