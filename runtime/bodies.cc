// The part of Activation that starts, stops and hears from step bodies.
#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/activation.h"
#include "runtime/token.h"

namespace reprise::runtime {
namespace {

/// Bytes that the bodies of pure steps may run ahead of the disk.
constexpr std::size_t undurable_ahead = std::size_t{4} << 20;

/// A result too large to be recorded is a failure that no retry mends; a failure's text is cut.
detail::Outcome within(const Limits& limits, const detail::Outcome& outcome) {
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    Failure cut = *failure;
    cut.message.resize(std::min(cut.message.size(), limits.payload_size_max));
    return cut;
  }
  const std::size_t size = std::get<Payload>(outcome).bytes.size();
  REPRISE_MARK("runtime/result_too_large");
  return Failure{static_cast<std::uint16_t>(Code::payload_too_large), "",
                 fmt::format("the step's result has {} bytes, {} are allowed; store it elsewhere "
                             "and return its address",
                             size, limits.payload_size_max),
                 false};
}

bool too_large(const Limits& limits, const detail::Outcome& outcome) noexcept {
  const auto* failure = std::get_if<Failure>(&outcome);
  const std::size_t size =
      failure != nullptr ? failure->message.size() : std::get_if<Payload>(&outcome)->bytes.size();
  return size > limits.payload_size_max;
}

std::vector<OpId> open_steps(const Resident& resident) {
  std::vector<OpId> steps;
  for (const auto& [op, open] : resident.state.open) {
    if (open.kind == replay::OpKind::step) steps.push_back(op);
  }
  return steps;
}

}  // namespace

void Activation::release_body(const Resident& resident, OpId op, std::uint32_t attempt) {
  const auto open = resident.state.open.find(op);
  if (open == resident.state.open.end()) return;  // Its run has ended on a limit.
  const StepOptions& options = open->second.step;
  const StartBody start{resident.state.run, op, attempt};
  // An instance's first start in a process is durable whatever it is: else a body that ends the
  // process could do so for ever, with nothing recorded that would count it. A token leaves us.
  const bool keeps_up = core_.seams.committer.undurable() < undurable_ahead;
  if (options.pure && options.runs_on != RunsOn::token && resident.started && keeps_up) {
    core_.at_once(start);
  } else {
    core_.after_durable(start);
  }
}

void Activation::start_body(Resident& resident, OpId op, std::uint32_t attempt) {
  const auto open = resident.state.open.find(op);
  if (open == resident.state.open.end() || open->second.attempt != attempt ||
      !open->second.running) {
    return;  // Cancelled or closed since it was scheduled.
  }
  // Each attempt is released once, and none is scheduled while the body of another runs.
  REPRISE_ASSERT(!resident.bodies.contains(op) && open->second.body_open());
  if (resident.state.cancel_requested && !open->second.shielded) {
    REPRISE_MARK("runtime/cancel_overtook_a_start");
    // The cancel overtook the start: nothing unshielded starts after it was acknowledged.
    return answered(
        resident, op, attempt,
        Failure{static_cast<std::uint16_t>(Code::operation_cancelled), "", "cancelled", false});
  }
  if (open->second.step.total_timeout.count() > 0 &&
      replay::total_left(resident.state, op, core_.now()) == 0) {
    REPRISE_MARK("runtime/no_time_left_to_start");
    return answered(resident, op, attempt, replay::time_up(replay::Timeout::total));
  }
  if (core_.seams.draining) {
    REPRISE_MARK("runtime/start_put_off");
    // Recorded, so that the next open does not take it for a body that a crash cut off.
    auto event = replay::put_off(resident.state, op, core_.now());
    return arrive(resident, event);
  }
  if (!resident.decider) run(resident);
  if (resident.state.paused || resident.mark) {
    REPRISE_MARK("runtime/start_held_back");
    resident.held_back.insert(op);  // wake() looks again.
    return;
  }
  const auto body = resident.decider->body(op);
  REPRISE_ASSERT(body != nullptr);
  resident.started = true;
  RunningBody& running = resident.bodies[op];
  running.attempt = attempt;
  running.borrows_frame = body->borrows_frame();
  const StepOptions& options = open->second.step;
  if (options.runs_on == RunsOn::token) running.started = core_.seams.clock.steady();
  if (options.timeout.count() > 0 || options.total_timeout.count() > 0) {
    set_deadlines(resident, op, attempt);
  }
  StepRun step;
  step.run = resident.state.run;
  step.op = op;
  step.attempt = attempt;
  step.name = core_.state.names.text(open->second.name);
  step.store = core_.seams.store_id;
  // Nothing can ask one to stop that runs here and now.
  if (options.runs_on != RunsOn::shard || body->takes_context()) {
    running.stop = std::stop_source();
    step.stop = running.stop.get_token();
  }
  step.runs_on = options.runs_on;
  step.body = body;
  if (options.runs_on == RunsOn::shard) return run_here(std::move(step));
  step.done = [this](const StepRun& ran, detail::Outcome outcome) {
    report_(StepDone{ran.run, ran.op, ran.attempt, std::move(outcome)});
  };
  core_.seams.runner.start(std::move(step));
}

void Activation::run_here(StepRun step) {
  step.done = [this](const StepRun& ran, detail::Outcome outcome) {
    StepDone done{ran.run, ran.op, ran.attempt, std::move(outcome)};
    // A runner may put it off, and has it run later.
    if (!runs_here_) return report_(std::move(done));
    done_here_.push_back(std::move(done));
  };
  const CodeWatch::Scope watched(core_.seams.watch, step.run);
  runs_here_ = true;
  core_.seams.runner.run_here(std::move(step));
  runs_here_ = false;
}

void Activation::set_deadlines(const Resident& resident, OpId op, std::uint32_t attempt) {
  Timer timer{.run = resident.state.run, .op = op, .attempt = attempt};
  const Nanos timeout = resident.state.open.at(op).step.timeout.count();
  if (timeout > 0) {
    timer.kind = TimerKind::attempt_timeout;
    core_.after(timeout, timer);
  }
  if (const auto left = replay::total_left(resident.state, op, core_.now())) {
    timer.kind = TimerKind::total_timeout;
    core_.after(*left, timer);
  }
}

void Activation::body_returned(Resident& resident, OpId op, std::uint32_t attempt,
                               const detail::Outcome& outcome) {
  std::optional<Nanos> started;
  const auto body = resident.bodies.find(op);
  if (body != resident.bodies.end() && body->second.attempt == attempt) {
    started = body->second.started;
    resident.bodies.erase(body);  // Frees frames that were set aside for it.
  }
  if (resident.closed()) {
    if (resident.bodies.empty()) core_.ended.push_back(resident.state.run);  // It was kept for it.
    return;
  }
  const auto step = resident.state.open.find(op);
  const bool token =
      step != resident.state.open.end() && step->second.step.runs_on == RunsOn::token;
  // A token's body has only begun the work: what it returns is no answer, what it throws is.
  if (token && std::holds_alternative<Payload>(outcome)) {
    const Nanos ran = started ? core_.seams.clock.steady() - *started : 0;
    hand_over(resident, op, attempt, ran);
  } else {
    answered(resident, op, attempt, outcome);
  }
  // A late body may have kept a scheduled retry waiting.
  const auto open = resident.state.open.find(op);
  if (open != resident.state.open.end() && open->second.kind == replay::OpKind::step &&
      !resident.bodies.contains(op)) {
    due(resident, op);
  }
}

void Activation::hand_over(Resident& resident, OpId op, std::uint32_t attempt, Nanos ran) {
  auto answer = replay::handed_over(resident.state, op, attempt, ran, core_.now());
  if (answer.stale) return;
  if (answer.event.due != 0) {
    core_.timers.add({answer.event.due, resident.state.run, op, 0, TimerKind::operation});
  }
  arrive(resident, answer.event);
}

void Activation::answered(Resident& resident, OpId op, std::uint32_t attempt,
                          const detail::Outcome& outcome) {
  const Limits& limits = core_.seams.options.limits;
  if (too_large(limits, outcome)) {
    return answered(resident, op, attempt, within(limits, outcome));
  }
  double uniform = 0;  // Only a retry waits for a time that is drawn.
  if (std::holds_alternative<Failure>(outcome)) {
    uniform = static_cast<double>(core_.seams.random.draw() >> 11) * 0x1.0p-53;  // 53 bits, [0, 1).
  }
  auto answer = replay::step_answered(resident.state, op, attempt, outcome, core_.now(), uniform);
  if (answer.stale) return;
  if (answer.event.kind == replay::EventKind::step_attempt_failed) {
    core_.timers.add({answer.event.due, resident.state.run, op, 0, TimerKind::operation});
  }
  const auto body = resident.bodies.find(op);
  // Also before a retry: a cancel may unwind the frames while the body still runs.
  if (body != resident.bodies.end()) set_frames_aside(resident, body->second);
  arrive(resident, answer.event);
}

void Activation::due(Resident& resident, OpId op) {
  if (resident.closed()) return;
  if (const auto which = replay::overdue(resident.state, op, core_.now())) {
    return answered(resident, op, resident.state.open.at(op).attempt, replay::time_up(*which));
  }
  auto answer = replay::due(resident.state, op, core_.now());
  if (answer.stale) return;
  if (answer.event.kind != replay::EventKind::step_scheduled) return arrive(resident, answer.event);
  // A retry never starts while the previous body runs.
  if (const auto body = resident.bodies.find(op); body != resident.bodies.end()) {
    REPRISE_MARK("runtime/retry_waits_for_a_body");
    give_grace(resident, op, body->second.attempt);
    return;
  }
  if (resident.state.paused || resident.mark) return;  // wake() looks again.
  arrive(resident, answer.event);
  release_body(resident, op, answer.event.attempt);
}

void Activation::timed_out(Resident& resident, OpId op, std::uint32_t attempt,
                           replay::Timeout which) {
  const auto body = resident.bodies.find(op);
  const auto open = resident.state.open.find(op);
  if (resident.closed() || open == resident.state.open.end() || !open->second.body_open() ||
      open->second.attempt != attempt) {
    return;
  }
  if (body != resident.bodies.end()) body->second.stop.request_stop();
  answered(resident, op, attempt, replay::time_up(which));
}

void Activation::grace_over(Resident& resident, OpId op, std::uint32_t attempt) {
  const auto body = resident.bodies.find(op);
  const auto open = resident.state.open.find(op);
  if (resident.closed() || body == resident.bodies.end() || open == resident.state.open.end() ||
      body->second.attempt != attempt) {
    return;
  }
  auto answer = replay::hung(resident.state, op, core_.now());
  if (answer.stale) return;
  set_frames_aside(resident, body->second);
  arrive(resident, answer.event);
}

void Activation::give_grace(const Resident& resident, OpId op, std::uint32_t attempt) {
  core_.after(
      core_.seams.options.body_grace.count(),
      {.run = resident.state.run, .op = op, .attempt = attempt, .kind = TimerKind::body_grace});
}

void Activation::cancel_step(Resident& resident, OpId op) {
  auto answer = replay::cancelled(resident.state, op, core_.now());
  if (answer.stale) return;
  resident.held_back.erase(op);
  arrive(resident, answer.event);
}

void Activation::stop_steps(Resident& resident) {
  for (const OpId op : open_steps(resident)) {
    if (resident.closed()) return;
    const auto open = resident.state.open.find(op);
    if (open == resident.state.open.end() || open->second.shielded) continue;
    const auto body = resident.bodies.find(op);
    if (body == resident.bodies.end()) {
      cancel_step(resident, op);
      continue;
    }
    body->second.stop.request_stop();
    give_grace(resident, op, body->second.attempt);
  }
}

void Activation::wake(Resident& resident) {
  run(resident);
  // Held back is an attempt: the code that just ran may have ended its step, a token's answer it.
  std::erase_if(resident.held_back, [&](OpId op) {
    const auto open = resident.state.open.find(op);
    return open == resident.state.open.end() || !open->second.running;
  });
  for (const OpId op : open_steps(resident)) {
    if (resident.closed() || resident.state.paused || resident.mark) return;
    const auto open = resident.state.open.find(op);
    if (open == resident.state.open.end()) continue;
    if (!open->second.running) {
      due(resident, op);
    } else if (resident.bodies.contains(op)) {
      continue;
    } else if (resident.held_back.erase(op) != 0) {
      release_body(resident, op, open->second.attempt);
    } else {
      redrive(resident, op);
    }
  }
}

void Activation::redrive(Resident& resident, OpId op) {
  auto answer = replay::redrive(resident.state, op, core_.state.epoch, core_.now());
  if (answer.stale) return;
  arrive(resident, answer.event);
  if (answer.event.kind == replay::EventKind::step_scheduled) {
    release_body(resident, op, answer.event.attempt);
  }
}

}  // namespace reprise::runtime
