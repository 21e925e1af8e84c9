// The rules by which arrivals become events: retry, poison, signals, children, timers. Pure.
//
// The runtime asks here and records what it is told; it decides nothing about a workflow itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reprise/options.h>

#include "replay/instance_state.h"
#include "replay/message.h"
#include "replay/shard_state.h"

namespace reprise::replay {

/// Event that records a command of the code. `name`, `site` are interned ids. Adds what
/// apply_shard needs to know of the run (depth, key and run of a cancelled child, fill_closing).
/// Views point into `command` and `state`: encode before either changes.
Event event_of(const InstanceState& state, const detail::Command& command, std::uint32_t name,
               std::uint32_t site, Nanos time);

/// What a command's event runs into: history_too_long (the last event of a full history says how
/// the run ended), too_many_operations, payload_too_large (of the workflow's own result); nothing
/// if it may be recorded.
[[nodiscard]] std::optional<Failure> refused(const InstanceState& state, const Event& event,
                                             const Limits& limits);
/// A history without room for an arrival and what the code answers to it: history_too_long.
[[nodiscard]] std::optional<Failure> refused(const InstanceState& state, const Limits& limits);
/// workflow_failed by the engine, not by a command of the code: replay ends there, whatever the
/// code issues. `failure` must outlive the event.
Event failed_by_limit(const InstanceState& state, const Failure& failure);
/// A child's input or a signal above the limit is not recorded, nor sent: its event is `failed`,
/// and the operation's answer is payload_too_large, sent to the run itself.
void cut_payload(Event& event, const Limits& limits);

/// What a step attempt's answer becomes: step_completed (value, or final failure), or
/// step_attempt_failed with its retry time; nothing if the answer is stale (op closed, other
/// attempt, attempt answered before). Final: not retryable, `attempts` used up, the retry would
/// pass the total timeout, cancel requested outside a shield; and body_hung, which is taken for an
/// attempt that failed before. `uniform` in [0,1) is the jitter drawn once. Views point into
/// `outcome`.
struct StepAnswer {
  bool stale = false;
  Event event;
};
StepAnswer step_answered(const InstanceState& state, OpId op, std::uint32_t attempt,
                         const detail::Outcome& outcome, Nanos now, double uniform);
/// The event would outlive what it points into.
StepAnswer step_answered(const InstanceState& state, OpId op, std::uint32_t attempt,
                         detail::Outcome&& outcome, Nanos now, double uniform) = delete;

/// The body of a token's step has returned without an error: step_handed_over, which a restart
/// finds in place of the body; or step_completed (operation_cancelled) if a cancel concerns the
/// step. Stale if the attempt has its answer already, and for what does not run on a token. `ran`:
/// how long ago the body was started; what is left of the attempt's time is recorded as its end.
StepAnswer handed_over(const InstanceState& state, OpId op, std::uint32_t attempt, Nanos ran,
                       Nanos now);

/// What is left at `now` of an open step's total timeout; 0 if it is over, nothing if it has none.
[[nodiscard]] std::optional<Nanos> total_left(const InstanceState& state, OpId op, Nanos now);

/// Which time an attempt has used up.
enum class Timeout : std::uint8_t { attempt, total };
/// The failure it ends with; that of the total is final.
[[nodiscard]] Failure time_up(Timeout which);
/// Whether a step handed over has run out of time at `now`. Its end is recorded: it holds in any
/// process, and by the wall clock, as a sleep's.
[[nodiscard]] std::optional<Timeout> overdue(const InstanceState& state, OpId op, Nanos now);

/// What is due for an open operation at `now`: timer_fired, or step_scheduled of the next attempt
/// (not while paused; instead step_completed if time or a cancel has ended it); stale if it is no
/// longer open or not due.
StepAnswer due(const InstanceState& state, OpId op, Nanos now);

/// After cancel_requested, for an open step without a body that runs: step_completed
/// (operation_cancelled), at once. Stale for a shielded one, and for what is not a step.
StepAnswer cancelled(const InstanceState& state, OpId op, Nanos now);

/// For a step whose body was asked to stop and has not returned in time: step_completed, with
/// operation_cancelled after a cancel that concerns it, else body_hung. Stale for what is not a
/// step.
StepAnswer hung(const InstanceState& state, OpId op, Nanos now);

/// The attempt was scheduled and is put off by an orderly shutdown: step_attempt_failed
/// (shutting_down), which counts neither as a failure nor as a crash. Due at once.
Event put_off(const InstanceState& state, OpId op, Nanos now);

/// After a restart: for a step whose attempt was running in an earlier epoch, step_scheduled of
/// another attempt, or workflow_paused(poison) when `poison_after` crashes in a row were seen, or
/// step_completed if a cancel was requested outside a shield (operation_cancelled) or the total
/// timeout has passed (timed_out). Stale for one handed over: its body has returned. Stale while
/// paused: ask again after workflow_resumed.
StepAnswer redrive(const InstanceState& state, OpId op, Epoch epoch, Nanos now);

/// What an arriving message becomes.
struct Received {
  enum class As : std::uint8_t {
    nothing,         ///< Stale: only the mark moves.
    new_run,         ///< `event` is workflow_started of a run to be allotted.
    instance_event,  ///< `event` is for the target's run.
    refusal,         ///< `event` is message_refused, of the shard.
  };
  As as = As::nothing;
  Event event;            ///< name/site unset; views point into the message or into `text`.
  std::string_view name;  ///< To intern into event.name; "" = none.
};
/// `target` is the run addressed (by key or run), or null if the shard holds none.
Received receive(const Message& message, const InstanceState* target, const Limits& limits = {});

/// The refusal of a start_child or signal for a reason only the caller sees (a tombstone holds the
/// key, the workflow is not registered, intake is full). `text` must outlive the event.
Received refuse(const Message& message, Code code, std::string_view text);

/// Before an arrival is recorded while the run's code can't run (mismatch, unregistered,
/// undecodable): true if an activation_cut must be recorded first, so that replay knows that the
/// code saw the arrival only later.
[[nodiscard]] bool needs_cut(const InstanceState& state) noexcept;

/// A signal from outside: signal_received, or `closed`, or `too_many_signals`. `duplicate` is set
/// (and no event made) when its id was seen before.
struct SignalDecision {
  bool duplicate = false;
  Event event;
};
Result<SignalDecision> signal_arrived(const InstanceState& state, std::string_view signal_id,
                                      const Payload& payload, const Limits& limits = {});

/// Adds to a closing event what apply_shard needs: the parent to tell and the open children.
/// event_of has done it; for workflow_terminated, which no command makes.
void fill_closing(const InstanceState& state, Event& event);

/// What a closing or cancelled run owes others: messages that follow from `event` of `run`.
/// Called by apply_shard, so that the outbox is a fold.
void messages_of(const ShardState& state, RunId run, const Event& event,
                 std::vector<Message>& messages);

}  // namespace reprise::replay
