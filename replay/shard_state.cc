#include "replay/shard_state.h"

#include <algorithm>

#include <reprise/assert.h>

#include "replay/rules.h"

namespace reprise::replay {
namespace {

void apply_own(ShardState& state, const Event& event) {
  state.seq += 1;
  switch (event.kind) {
    case EventKind::epoch_opened: state.epoch = static_cast<Epoch>(event.number); return;
    case EventKind::string_interned: {
      const auto id = state.names.add(event.text);
      REPRISE_ASSERT(id == event.number);
      return;
    }
    case EventKind::mark_advanced: {
      auto& mark = state.marks[event.shard];
      mark = std::max(mark, event.number);
      return;
    }
    case EventKind::outbox_acked: {
      auto& outbox = state.outboxes[event.shard];
      while (!outbox.messages.empty() && outbox.first <= event.number) {
        outbox.messages.pop_front();
        outbox.first += 1;
      }
      return;
    }
    default: return;
  }
}

void track_ready(ShardState& state, RunId run, const Event& event) {
  if (is_closing_event(event.kind)) {
    state.ready.erase(run);
    return;
  }
  // A re-drive stands for the attempt it repeats, which nobody will answer.
  const bool starts = event.kind == EventKind::step_scheduled && event.number == 0;
  const bool ends = (event.kind == EventKind::step_completed && event.number == 0) ||
                    (event.kind == EventKind::step_attempt_failed && event.number == 0) ||
                    event.kind == EventKind::step_handed_over ||
                    (event.kind == EventKind::operation_cancelled && event.attempt != 0);
  // The code owes commands until it issues some: then it has seen all that came before.
  const bool cut = event.kind == EventKind::activation_cut;
  auto it = state.ready.find(run);
  if (it == state.ready.end()) {
    if (!starts && !event.more && !cut) return;
    it = state.ready.emplace(run, ShardState::Ready{}).first;
  }
  auto& ready = it->second;
  if (starts) ready.attempts += 1;
  if (ends && ready.attempts > 0) ready.attempts -= 1;
  ready.more = event.more || cut || (ready.more && !is_command_event(event));
  if (ready.attempts == 0 && !ready.more) state.ready.erase(it);
}

}  // namespace

void apply_shard(ShardState& state, RunId run, const Event& event) {
  state.time = std::max(state.time, event.time);
  if (run.is_shard()) {
    apply_own(state, event);
  } else {
    state.runs = std::max(state.runs, run.counter());
    track_ready(state, run, event);
  }
  std::vector<Message> messages;
  messages_of(state, run, event, messages);
  for (auto& message : messages) {
    const ShardId target =
        message.to.value != 0 ? message.to.shard() : shard_of(message.key, state.shards);
    state.outboxes[target].messages.push_back(std::move(message));
  }
}

}  // namespace reprise::replay
