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

/// What a closing or cancelled run owes others: messages that follow from `event` of `run`.
/// Called by apply_shard, so that the outbox is a fold.
void messages_of(const ShardState& state, RunId run, const Event& event,
                 std::vector<Message>& messages);

}  // namespace reprise::replay
