// The instance half of apply: what is true of one run, from its history alone, no code run.
//
// Invariants:
// - state = fold(apply_instance, history). Rows hold it encoded; recovery goes on from there.
// - Which received signal completes which signal_awaited is decided here (first awaited, first
//   received, per name), so that code and journal can't disagree about it.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "replay/event.h"
#include "replay/names.h"
#include "replay/signal_box.h"

namespace reprise::replay {

/// Status as journaled. Pending, Running and Waiting are shown from `Open` and what it waits for.
enum class Status : std::uint8_t {
  open = 1,
  completed = 2,
  failed = 3,
  cancelled = 4,
  terminated = 5,
};

enum class OpKind : std::uint8_t { step = 1, timer = 2, signal = 3, child = 4, send = 5 };

/// An operation whose completion is not recorded yet.
struct OpenOp {
  OpKind kind = OpKind::step;
  std::uint32_t name = 0;
  std::uint32_t site = 0;
  Nanos since = 0;             ///< Time of the event that opened it.
  Nanos due = 0;               ///< Timer: due. Step: retry at; handed over: times out at. 0 = none.
  std::uint32_t attempt = 0;   ///< Step: attempts scheduled.
  std::uint32_t failures = 0;  ///< Step: attempts that failed (a crash is none).
  std::uint32_t crashes = 0;   ///< Step: poison count; any recorded answer resets it.
  bool forgiven = false;       ///< Step: the crash that cuts this attempt off is not counted.
  Epoch attempt_epoch = 0;     ///< Step: epoch in which the attempt was scheduled.
  bool running = false;        ///< Step: an attempt is scheduled and not answered.
  bool handed_over = false;    ///< Its body has returned; only the token's answer is awaited.
  std::uint64_t hash = 0;
  StepOptions step;
  RunId child;         ///< Child: its run, once started.
  InstanceKey target;  ///< Child, send.
  detail::ParentClose on_parent_close = detail::ParentClose::cancel;
  bool detached = false;  ///< Child: complete once started; not told when we close.
  bool shielded = false;  ///< Goes on after a cancel was requested.

  /// Step: a body may be at work for its attempt, or may have been when the process died.
  [[nodiscard]] bool body_open() const noexcept { return running && !handed_over; }
};

struct InstanceState {
  RunId run;
  InstanceKey key;
  std::uint32_t workflow = 0;  ///< Interned name.
  std::uint64_t input_hash = 0;
  Nanos started = 0;
  Nanos closed = 0;
  Nanos time = 0;  ///< Of the last event; event time is monotone per run.
  Seq seq = 0;
  Hash128 hash;             ///< History hash at `seq`.
  std::uint64_t bytes = 0;  ///< Of the history so far.
  Status status = Status::open;
  std::optional<PauseReason> paused;
  bool cancel_requested = false;
  bool more = false;          ///< Last recorded event left its activation unfinished.
  bool cut = false;           ///< activation_cut, and no command since: the code may be behind.
  bool unsettled = false;     ///< See `signals`.
  bool answered = false;      ///< Unsettled, and the last event is a command without `more`.
  bool code_started = false;  ///< Any event after workflow_started came from the code.
  RunId parent;
  OpId parent_op = 0;
  bool detached = false;
  detail::ParentClose on_parent_close = detail::ParentClose::cancel;
  std::uint32_t depth = 0;
  OpId ops = 0;  ///< Highest op id opened.
  std::map<OpId, OpenOp> open;
  /// Name ids → seq of the signal_received event. While `held` signals are stored, and matched
  /// only once the code has answered to what it missed (`unsettled`): until then it may still
  /// cancel awaits that are recorded as open.
  SignalBox<std::uint32_t, Seq> signals;
  std::list<std::string> signal_ids;  ///< Ids seen, oldest first, at most signal_ids_max.
  std::uint64_t signal_ids_dropped = 0;
  std::optional<detail::Outcome> outcome;  ///< Set when closed (terminated: a Failure).
  Packed packed;                           ///< How the outcome's payload is kept.

  /// The code does not see what is recorded now: it gets it when it next runs.
  [[nodiscard]] bool held() const noexcept { return paused.has_value() || cut; }
  /// Signal operations that the next arrival will find complete, each with a signal that is unread
  /// until then: the code has answered to what it missed, but not to an event since. Whoever tells
  /// of the state, or judges it between activations, leaves them out.
  [[nodiscard]] std::vector<OpId> settling() const;
};

/// Ids of signals kept per open run to refuse duplicates; the oldest is dropped and counted.
inline constexpr std::size_t signal_ids_max = 1024;

/// Applies the run's next event. `bytes` are the event's (for the hash), `names` its shard's table,
/// `epoch` the record's.
void apply_instance(InstanceState& state, const Event& event, std::string_view bytes,
                    const Names& names, Epoch epoch);

std::string encode(const InstanceState& state);
Result<InstanceState> decode_instance_state(std::string_view bytes);

}  // namespace reprise::replay
