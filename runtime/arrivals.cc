#include "runtime/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include "runtime/observing.h"

namespace reprise::runtime {

void Arrivals::message(const PeerMessage& message) {
  const auto held = held_.find(message.source);
  if (held == held_.end()) {
    if (!take(message)) hold(message);
  } else if (message.number > held->second.back().number) {
    held->second.push_back(message);  // In order: what is held goes first.
  }
}

void Arrivals::hold(const PeerMessage& message) {
  if (held_.empty()) {
    core_.after(read_again, {.kind = TimerKind::messages});
  }
  REPRISE_MARK("runtime/message_held");
  held_[message.source].push_back(message);
}

void Arrivals::take_held() {
  std::map<ShardId, std::deque<PeerMessage>> held;
  held.swap(held_);
  for (const auto& [source, messages] : held) {
    for (const PeerMessage& message : messages) this->message(message);
  }
}

bool Arrivals::take(const PeerMessage& message) {
  const std::uint64_t seen = core_.mark(message.source);
  if (message.number <= seen) {
    REPRISE_MARK("runtime/message_repeated");
    core_.after_durable(SendAck{message.source, seen});
    return true;
  }
  // A gap can only be a message whose record is still on its way to us; it is sent again.
  if (message.number != seen + 1) {
    REPRISE_MARK("runtime/message_over_a_gap");
    return true;
  }
  const replay::Message& text = message.message;
  const auto target = find(text);
  if (target && target->resident != nullptr) activation_.finish(*target->resident);
  auto received = target ? Result<replay::Received>(judge(text, *target)) : target.error();
  if (!received && received.code() != Code::corrupt) return false;  // It is there; read it later.
  // Before its events: an activation may cut the record, and the mark must be in the first part.
  core_.advance_mark(message.source, message.number);
  core_.metrics.messages_received.add();
  if (received) {
    record(text, target->resident, *received);
  } else if (text.kind == replay::MessageKind::start_child ||
             text.kind == replay::MessageKind::signal) {
    // Who waits for an answer gets one.
    core_.record_shard(replay::refuse(text, received.code(), received.error().message()).event);
  } else {
    REPRISE_MARK("runtime/message_dropped");
    // A damaged instance stops alone: it must not hold up what is behind this.
    core_.seams.log.write(LogLevel::error, "message_dropped", received.error().message(),
                          {{"to", fmt::format("{:x}", text.to.value)},
                           {"from", fmt::format("{:x}", text.from.value)}});
  }
  return true;
}

Result<Holder> Arrivals::find(const replay::Message& message) {
  if (message.to.value == 0) return core_.holder(message.key);
  auto loaded = core_.load(message.to);
  if (!loaded) return std::move(loaded).error();
  return Holder{*loaded, std::nullopt};
}

replay::Received Arrivals::judge(const replay::Message& message, const Holder& target) const {
  auto received =
      replay::receive(message, target.resident != nullptr ? &target.resident->state : nullptr,
                      core_.seams.options.limits);
  if (received.as != replay::Received::As::new_run) return received;
  if (target.stone) {
    return replay::refuse(message, Code::conflict, "an instance of that id has run before");
  }
  if (core_.seams.workflows.find(message.name) == nullptr) {
    return replay::refuse(message, Code::unregistered, "no workflow of that name here");
  }
  return received;
}

void Arrivals::record(const replay::Message& message, Resident* target,
                      replay::Received& received) {
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
  // While a body runs its run is neither dropped from memory nor deleted.
  REPRISE_ASSERT(found.ok() && *found != nullptr);
  activation_.finish(**found);
  activation_.body_returned(**found, done.op, done.attempt, done.outcome);
}

void Arrivals::timer(const Timer& timer) {
  if (timer.kind == TimerKind::retention) return retention_.due(timer.run);
  if (timer.kind == TimerKind::messages) {
    core_.send_owed();
    return take_held();
  }
  // What is not there is not read for nothing.
  if (of_a_body(timer.kind) && !core_.residents.contains(timer.run)) {
    REPRISE_MARK("runtime/timeout_of_nobody");
    return;
  }
  auto found = core_.load(timer.run);
  if (!found && found.code() != Code::corrupt) {
    return core_.after(read_again, timer);
  }
  if (!found || *found == nullptr) return;
  Resident& resident = **found;
  activation_.finish(resident);
  switch (timer.kind) {
    case TimerKind::operation: {
      // Set back since it was popped, the clock says it is not due yet.
      const auto open = resident.state.open.find(timer.op);
      if (open != resident.state.open.end() && open->second.due > core_.now()) {
        REPRISE_MARK("runtime/timer_before_its_time");
        return core_.timers.add({.due = open->second.due, .run = timer.run, .op = timer.op});
      }
      return activation_.due(resident, timer.op);
    }
    case TimerKind::attempt_timeout:
      return activation_.timed_out(resident, timer.op, timer.attempt, replay::Timeout::attempt);
    case TimerKind::total_timeout:
      return activation_.timed_out(resident, timer.op, timer.attempt, replay::Timeout::total);
    case TimerKind::body_grace: return activation_.grace_over(resident, timer.op, timer.attempt);
    case TimerKind::start_body: return activation_.start_body(resident, timer.op, timer.attempt);
    case TimerKind::wake:
      if (resident.mark && resident.mark->code == Code::io_error) {
        unmarked(core_, resident);
        resident.mark.reset();
      }
      return activation_.wake(resident);
    case TimerKind::retention:
    case TimerKind::messages: return;
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
