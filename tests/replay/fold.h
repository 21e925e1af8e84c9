// A run whose events are applied as they are made, for tests of the rules.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "replay/rules.h"

namespace reprise::replay {

struct Fold {
  InstanceState state;
  ShardState shard;
  Names names;
  EventEncoder encoder;

  explicit Fold(RunId run = RunId::make(0, 1)) {
    state.run = run;
    shard.shards = 4;
  }
  Event apply(Event event, Epoch epoch = 1) {
    std::string bytes;
    encoder.encode(event, bytes);
    // In the engine's order: an event may refer to the operation that it closes.
    apply_shard(shard, state.run, event);
    apply_instance(state, event, bytes, names, epoch);
    return event;
  }
  void command(const detail::Command& command, Nanos time = 10) {
    apply(event_of(state, command, 0, 0, time));
  }
  void start(RunId parent = {}, OpId parent_op = 0) {
    Event event;
    event.kind = EventKind::workflow_started;
    event.id = "me";
    event.peer = parent;
    event.peer_op = parent_op;
    event.time = 5;
    apply(event);
  }
  void step(OpId op, StepOptions options = {}) {
    detail::Command made;
    made.kind = detail::CommandKind::schedule_step;
    made.op = op;
    made.step = options;
    command(made);
  }
  void child(OpId op, std::string id, detail::ParentClose close = detail::ParentClose::cancel,
             bool detached = false) {
    detail::Command made;
    made.kind = detail::CommandKind::start_child;
    made.op = op;
    made.target = {"", std::move(id)};
    made.on_parent_close = close;
    made.detached = detached;
    command(made);
  }
  std::vector<Message> sent() const {
    std::vector<Message> messages;
    for (const auto& [target, outbox] : shard.outboxes) {
      messages.insert(messages.end(), outbox.messages.begin(), outbox.messages.end());
    }
    return messages;
  }
};

inline Event kind_only(EventKind kind, OpId op = 0) {
  Event event;
  event.kind = kind;
  event.op = op;
  return event;
}

}  // namespace reprise::replay
