// Being told of every change of an instance's state.
//
// Invariants:
// - A change is told after the record that holds it is durable, in the order of `seq` per run.
// - At most once: changes recorded and not told when the process died are not told again. The
//   history is the truth; who needs every change compares `seq` with Engine::history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reprise/ids.h>
#include <reprise/payload.h>

namespace reprise {

enum class ChangeKind : std::uint8_t {
  // The run itself.
  started,
  completed,
  failed,
  cancelled,
  terminated,
  paused,
  resumed,
  cancel_requested,
  deleted,
  // Its operations: `op` is set.
  step_scheduled,       ///< An attempt was decided; its body starts after this is durable.
  step_completed,       ///< `failure` is set if it failed for good.
  step_attempt_failed,  ///< `failure`; `due` is the time of the next attempt.
  step_handed_over,     ///< A token's body has returned; `due` is when the attempt times out, or 0.
  timer_started,
  timer_fired,
  signal_awaited,
  signal_sent,
  signal_delivered,
  child_scheduled,
  child_started,
  child_start_failed,
  child_completed,
  operation_cancelled,
  // Neither.
  signal_received,
  version_chosen,
};
/// As written above.
[[nodiscard]] std::string_view name(ChangeKind kind) noexcept;

/// One change. Which members count depends on `kind`.
struct Change {
  ChangeKind kind = ChangeKind::started;
  InstanceKey key;
  RunId run;
  std::string workflow;
  Seq seq = 0;  ///< Of its event. A pause that is no event repeats the last one.
  Nanos time = 0;
  OpId op = 0;
  std::uint32_t attempt = 0;
  std::string name;  ///< Of the step, signal, child workflow or version.
  /// Pauses: "user", "poison", "mismatch", "unregistered" or "undecodable" (the last three are no
  /// events: they hold until this engine closes).
  std::string reason;
  std::string text;  ///< A person's reason, or the report of a mismatch.
  std::optional<Failure> failure;
  Nanos due = 0;  ///< Timers, retries, and steps handed over.
};

/// Handed in through EngineOptions::observer.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Called on an engine thread, one call at a time per shard. Must not block; blocking calls into
  /// the engine answer invalid_argument. What it throws is logged and dropped.
  virtual void on_change(const Change& change) = 0;
};

}  // namespace reprise
