// The half of a fork's run that answers: what comes becomes events, by the rules of an engine.
#include <algorithm>

#include "replay/mismatch.h"
#include "replay/rules.h"
#include "tools/cli/fork_run.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

using replay::Event;
using replay::EventKind;
using replay::OpenOp;
using replay::OpKind;

/// No jitter: a wait is the longest it may be.
constexpr double uniform = 1.0;
/// As an engine gives a body that was asked to stop.
const Nanos grace = EngineOptions().body_grace.count();

Failure cut_down(const Limits& limits) {
  return {static_cast<std::uint16_t>(Code::payload_too_large), "",
          fmt::format("the step's result is larger than {} bytes; store it elsewhere and return "
                      "its address",
                      limits.payload_size_max),
          false};
}

}  // namespace

Result<void> ForkRun::come(const Item& item) {
  if (item.what == What::arrival) return outside(answers_.arrivals()[item.index]);
  const OpenOp* open = find(item.op);
  if (open == nullptr) return {};
  switch (item.what) {
    case What::answer: return answer(item.op);
    case What::due: return due(item.op);
    case What::hung: {
      if (open->attempt != item.attempt) return {};
      auto answer = replay::hung(box_.state(), item.op, now_);
      return answer.stale ? Result<void>() : arrive(answer.event);
    }
    default:
      if (open->attempt == item.attempt) missing_.push_back(item.op);
      return {};
  }
}

Result<void> ForkRun::outside(const Arrival& arrival) {
  Event event;
  event.kind = arrival.kind;
  if (arrival.kind == EventKind::signal_received) {
    auto decided =
        replay::signal_arrived(box_.state(), arrival.text, arrival.payload, box_.limits());
    if (!decided || decided->duplicate) return {};  // As its sender would be told.
    event = decided->event;
    event.peer = arrival.peer;
    event.peer_op = arrival.peer_op;
    return arrive(event, arrival.name);
  }
  event.text = arrival.text;
  if (arrival.kind == EventKind::workflow_terminated) {
    replay::fill_closing(box_.state(), event);
    return arrive(event);
  }
  if (box_.state().cancel_requested) return {};
  if (auto done = arrive(event); !done) return done;
  return stop_steps();
}

/// A cancel asks bodies to stop, and ends the steps that none runs for.
Result<void> ForkRun::stop_steps() {
  std::vector<OpId> steps;
  for (const auto& [op, open] : box_.state().open) {
    if (open.kind == OpKind::step && !open.shielded) steps.push_back(op);
  }
  for (const OpId op : steps) {
    const OpenOp* open = box_.open() ? find(op) : nullptr;
    if (open == nullptr) continue;
    if (open->body_open()) {
      const Answerer& answerer = answerers_[op];
      const bool answered = answerer.live || answerer.outcome ||
                            (answerer.recorded != nullptr && !answerer.recorded->answers.empty());
      if (!answered) put(What::hung, later(now_, grace), behind(), op);
      continue;
    }
    auto answer = replay::cancelled(box_.state(), op, now_);
    if (answer.stale) continue;
    if (auto done = arrive(answer.event); !done) return done;
  }
  return {};
}

Result<void> ForkRun::answer(OpId op) {
  const OpenOp& open = *find(op);
  Answerer& answerer = answerers_[op];
  if (answerer.live || answerer.outcome) {
    const auto outcome = *answerer.outcome;
    if (open.kind == OpKind::child) {
      const bool starts = open.detached && std::holds_alternative<Payload>(outcome);
      return told(op, starts ? EventKind::child_started : EventKind::child_completed, outcome, {});
    }
    const bool token = open.step.runs_on == RunsOn::token;
    if (answerer.live && token && std::holds_alternative<Payload>(outcome)) {
      if (auto done = handed_over(op, 0); !done) return done;
      if (find(op) != nullptr) missing_.push_back(op);  // Whoever has the token does not know us.
      return {};
    }
    return step_answered(op, outcome, std::nullopt);
  }
  RecordedOp* recorded = answerer.recorded;
  if (recorded != nullptr && !recorded->answers.empty()) {
    const Answer first = std::move(recorded->answers.front());
    recorded->answers.pop_front();
    return recorded_answer(op, first);
  }
  const bool send = open.kind == OpKind::send;
  notes_.push_back(fmt::format("{} is taken for {}: nothing is sent",
                               replay::phrase(send ? "signal" : "child", name_of(open), op),
                               send ? "delivered" : "started"));
  return told(op, send ? EventKind::signal_delivered : EventKind::child_started, Payload{}, {});
}

Result<void> ForkRun::recorded_answer(OpId op, const Answer& answer) {
  switch (answer.kind) {
    case EventKind::step_attempt_failed: {
      const auto& failure = std::get<Failure>(answer.outcome);
      const bool put_off = failure.code == static_cast<std::uint16_t>(Code::shutting_down);
      if (!put_off || !find(op)->running) {
        return step_answered(op, answer.outcome, answer.retry_after);
      }
      auto event = replay::put_off(box_.state(), op, now_);
      if (auto done = arrive(event); !done) return done;
      if (find(op) != nullptr) next(op);
      return {};
    }
    case EventKind::step_completed: return step_answered(op, answer.outcome, std::nullopt);
    case EventKind::step_handed_over: return handed_over(op, answer.after);
    case EventKind::step_scheduled: return find(op)->body_open() ? redriven(op) : due(op);
    case EventKind::timer_fired: return due(op);
    default: return told(op, answer.kind, answer.outcome, answer.peer);
  }
}

Result<void> ForkRun::step_answered(OpId op, const detail::Outcome& outcome,
                                    std::optional<Nanos> retry_after) {
  const OpenOp& open = *find(op);
  if (open.kind != OpKind::step) return {};
  if (!open.running) return due(op);  // It ends for the time it has used up, or a cancel.
  const auto* payload = std::get_if<Payload>(&outcome);
  if (payload != nullptr && payload->bytes.size() > box_.limits().payload_size_max) {
    return step_answered(op, cut_down(box_.limits()), std::nullopt);
  }
  auto answer = replay::step_answered(box_.state(), op, open.attempt, outcome, now_, uniform);
  if (answer.stale) return {};
  if (answer.event.kind == EventKind::step_attempt_failed && retry_after) {
    answer.event.due = later(now_, *retry_after);
  }
  if (auto done = arrive(answer.event); !done) return done;
  if (find(op) != nullptr) next(op);
  return {};
}

Result<void> ForkRun::handed_over(OpId op, Nanos ran) {
  auto answer = replay::handed_over(box_.state(), op, find(op)->attempt, ran, now_);
  if (answer.stale) return {};
  if (auto done = arrive(answer.event); !done) return done;
  if (find(op) != nullptr && !answerers_[op].live) next(op);
  return {};
}

/// The process died in its body: another attempt. One that died too often is let go on, as somebody
/// has seen to it then.
Result<void> ForkRun::redriven(OpId op) {
  auto answer = replay::redrive(box_.state(), op, find(op)->attempt_epoch + 1, now_);
  if (answer.stale) return {};
  if (auto done = arrive(answer.event); !done) return done;
  if (answer.event.kind == EventKind::workflow_paused) {
    Event resumed;
    resumed.kind = EventKind::workflow_resumed;
    if (auto done = arrive(resumed); !done) return done;
    if (find(op) == nullptr) return {};
    // What was resumed is forgiven: it is not paused once more.
    answer = replay::redrive(box_.state(), op, find(op)->attempt_epoch + 1, now_);
    if (answer.stale) return {};
    if (answer.event.kind == EventKind::workflow_paused) {
      return Error(Code::corrupt, "a step is paused again as soon as it is resumed");
    }
    if (auto done = arrive(answer.event); !done) return done;
  }
  if (find(op) != nullptr) attempt_started(op);
  return {};
}

Result<void> ForkRun::due(OpId op) {
  const OpenOp& open = *find(op);
  now_ = std::max(now_, open.due);
  if (const auto which = replay::overdue(box_.state(), op, now_)) {
    return step_answered(op, replay::time_up(*which), std::nullopt);
  }
  auto answer = replay::due(box_.state(), op, now_);
  if (answer.stale) return {};
  if (auto done = arrive(answer.event); !done) return done;
  if (find(op) != nullptr) attempt_started(op);
  return {};
}

Result<void> ForkRun::told(OpId op, EventKind kind, const detail::Outcome& outcome, RunId peer) {
  Event event;
  event.kind = kind;
  event.op = op;
  event.peer = peer.value != 0 ? peer : find(op)->child;
  if (kind == EventKind::child_started) {
    // A run that is nobody's: numbers that high are never given.
    constexpr std::uint64_t highest = (std::uint64_t{1} << 48) - 1;
    if (peer.value == 0) event.peer = RunId::make(box_.state().run.shard(), highest - op);
  } else {
    event.set_outcome(outcome);
  }
  if (auto done = arrive(event); !done) return done;
  if (find(op) != nullptr) next(op);
  return {};
}

}  // namespace reprise::cli
