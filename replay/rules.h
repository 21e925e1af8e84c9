// The rules by which arrivals become events: retry, poison, signals, children, timers. Pure.
//
// The runtime asks here and records what it is told; it decides nothing about a workflow itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "replay/instance_state.h"
#include "replay/message.h"
#include "replay/shard_state.h"

namespace reprise::replay {

/// Strings an event needs, owned until it is encoded. Events made here point into one of these.
struct EventText {
  detail::Outcome outcome;
  std::string text;
};

/// Event that records a command of the code. `name`, `site` are interned ids.
/// Views point into `command`.
Event event_of(const detail::Command& command, std::uint32_t name, std::uint32_t site, Nanos time);

/// What a step attempt's answer becomes: step_completed (value, or final failure), or
/// step_attempt_failed with its retry time; nothing if the answer is stale (op closed, other
/// attempt). `uniform` in [0,1) is the jitter drawn once. Views point into `outcome`.
struct StepAnswer {
  bool stale = false;
  Event event;
};
StepAnswer step_answered(const InstanceState& state, OpId op, std::uint32_t attempt,
                         const detail::Outcome& outcome, Nanos now, double uniform);

/// What is due for an open operation at `now`: timer_fired, or step_scheduled of the next attempt;
/// stale if it is no longer open or not due.
StepAnswer due(const InstanceState& state, OpId op, Nanos now);

/// After a restart: for a step whose attempt was running in an earlier epoch, step_scheduled of
/// another attempt, or workflow_paused(poison) when `poison_after` crashes in a row were seen.
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
  Failure failure;        ///< Storage for a refusal's failure; set_failure again after a move.
};
/// `target` is the run addressed (by key or run), or null if the shard holds none.
Received receive(const Message& message, const InstanceState* target);

/// A signal from outside: signal_received, or `closed`, or `too_many_signals`. `duplicate` is set
/// (and no event made) when its id was seen before.
struct SignalDecision {
  bool duplicate = false;
  Event event;
};
Result<SignalDecision> signal_arrived(const InstanceState& state, std::string_view signal_id,
                                      const Payload& payload);

/// Adds to a closing event what apply_shard needs: the parent to tell and the open children.
void fill_closing(const InstanceState& state, Event& event);

/// What a closing or cancelled run owes others: messages that follow from `event` of `run`.
/// Called by apply_shard, so that the outbox is a fold.
void messages_of(const ShardState& state, RunId run, const Event& event,
                 std::vector<Message>& messages);

}  // namespace reprise::replay
