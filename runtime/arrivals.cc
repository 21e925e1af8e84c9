#include "runtime/arrivals.h"

#include <algorithm>
#include <utility>

namespace reprise::runtime {

void Arrivals::message(const PeerMessage& message) {
  const std::uint64_t seen = core_.mark(message.source);
  if (message.number <= seen) {
    core_.after_durable(SendAck{message.source, seen});
    return;
  }
  // A gap can only be a message whose record is still on its way to us; it is sent again.
  if (message.number != seen + 1) return;
  const bool answered = message.message.kind == replay::MessageKind::start_child ||
                        message.message.kind == replay::MessageKind::signal;
  // What can't be read now is not "no such run": the message stays in its sender's outbox, which
  // sends it again at the next open. Who waits for an answer gets one (receive).
  if (!answered && !find(message.message).ok()) return;
  // Before its events: an activation may cut the record, and the mark must be in the first part.
  core_.advance_mark(message.source, message.number);
  core_.metrics.messages_received.add();
  receive(message.message);
}

Result<Resident*> Arrivals::find(const replay::Message& message) {
  return message.to.value != 0 ? core_.load(message.to) : core_.load(message.key);
}

void Arrivals::receive(const replay::Message& message) {
  const auto found = find(message);
  if (!found) {
    core_.record_shard(replay::refuse(message, found.code(), found.error().message()).event);
    return;
  }
  Resident* target = *found;
  auto received = replay::receive(message, target != nullptr ? &target->state : nullptr,
                                  core_.seams.options.limits);
  if (received.as == replay::Received::As::new_run) {
    auto stone = core_.tombstone(message.key);
    if (stone && *stone) {
      received = replay::refuse(message, Code::conflict, "an instance of that id has run before");
    } else if (core_.seams.workflows.find(message.name) == nullptr) {
      received = replay::refuse(message, Code::unregistered, "no workflow of that name here");
    }
  }
  switch (received.as) {
    case replay::Received::As::nothing: return;
    case replay::Received::As::refusal: core_.record_shard(received.event); return;
    case replay::Received::As::new_run: {
      Resident& fresh = core_.create(message.key);
      received.event.seed = core_.seams.random.draw();
      activation_.arrive(fresh, received.event, received.name);
      return;
    }
    case replay::Received::As::instance_event:
      activation_.arrive(*target, received.event, received.name);
      if (received.event.kind == replay::EventKind::cancel_requested) {
        activation_.stop_steps(*target);
      }
      return;
  }
}

void Arrivals::ack(const PeerAck& ack) {
  std::uint64_t& number = acked_[ack.target];
  number = std::max(number, ack.number);
}

void Arrivals::step_done(const StepDone& done) {
  auto found = core_.load(done.run);
  if (!found || *found == nullptr) return;  // Deleted since; nothing waits for the answer.
  activation_.body_returned(**found, done.op, done.attempt, done.outcome);
}

void Arrivals::timer(const Timer& timer) {
  if (timer.kind == TimerKind::retention) return retention_.due(timer.run);
  auto found = core_.load(timer.run);
  if (!found || *found == nullptr) return;
  Resident& resident = **found;
  switch (timer.kind) {
    case TimerKind::operation: return activation_.due(resident, timer.op);
    case TimerKind::attempt_timeout:
      return activation_.attempt_timed_out(resident, timer.op, timer.attempt);
    case TimerKind::body_grace: return activation_.grace_over(resident, timer.op, timer.attempt);
    case TimerKind::retention: return;
  }
}

void Arrivals::end_turn() {
  // No sync is owed for an acknowledgement: it rides with whatever is recorded next.
  if (acked_.empty() || core_.open_size() == 0) return;
  for (const auto& [target, number] : acked_) {
    const auto outbox = core_.state.outboxes.find(target);
    if (outbox == core_.state.outboxes.end() || number < outbox->second.first) continue;
    replay::Event event;
    event.kind = replay::EventKind::outbox_acked;
    event.shard = target;
    event.number = number;
    core_.record_shard(event);
  }
  acked_.clear();
}

}  // namespace reprise::runtime
