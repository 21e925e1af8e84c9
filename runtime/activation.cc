#include "runtime/activation.h"

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include <fmt/format.h>

#include <utility>

#include "replay/command_queue.h"
#include "runtime/feeding.h"
#include "runtime/observing.h"

namespace reprise::runtime {
Result<Reply> result_of(Core& core, const replay::InstanceState& state) {
  REPRISE_ASSERT(state.outcome.has_value());
  if (const auto* payload = std::get_if<Payload>(&*state.outcome)) {
    auto plain = core.packing.unpack(state.run, state.packed, payload->bytes);
    if (!plain) return std::move(plain).error();
    Reply reply;
    reply.run = state.run;
    reply.workflow = core.state.names.text(state.workflow);
    reply.payload = {payload->encoding, std::move(*plain)};
    return reply;
  }
  const Failure& failure = std::get<Failure>(*state.outcome);
  const Code code = state.status == replay::Status::cancelled    ? Code::workflow_cancelled
                    : state.status == replay::Status::terminated ? Code::workflow_terminated
                                                                 : Code::workflow_failed;
  return Error(code, failure.message);
}

bool Activation::can_run(const Resident& resident) const {
  const std::string_view workflow = core_.state.names.text(resident.state.workflow);
  return !resident.mark && core_.seams.workflows.find(workflow) != nullptr;
}

void Activation::finish(Resident& resident) {
  if (resident.state.more && can_run(resident)) run(resident);
}

void Activation::arrive(Resident& resident, replay::Event& event, std::string_view name) {
  const bool runs = can_run(resident);
  if (resident.state.seq != 0 && !runs && replay::needs_cut(resident.state)) {
    REPRISE_MARK("runtime/cut_before_an_arrival");
    cut(resident);  // Its code can't see this now: replay must know that it saw it only later.
  }
  if (!name.empty()) event.name = core_.intern(name);
  core_.record(resident, event);
  if (resident.closed()) {
    close(resident);
    return;
  }
  run(resident, event.packed ? nullptr : &event);
  if (resident.mark && replay::needs_cut(resident.state)) {
    REPRISE_MARK("runtime/cut_after_an_arrival");
    cut(resident);  // The code owes an answer to this arrival: the next open tries again.
  }
}

void Activation::begin(Resident& resident, replay::Event& started, replay::Event& signal,
                       std::string_view name) {
  signal.name = core_.intern(name);
  core_.record(resident, started);
  cut(resident);
  arrive(resident, signal);
}

void Activation::cut(Resident& resident) {
  replay::Event event;
  event.kind = replay::EventKind::activation_cut;
  core_.record(resident, event);
}

Result<void> Activation::feed_code(Resident& resident, const replay::Event* last) {
  if (!resident.decider) {
    auto made = make_decider(core_, resident, workflow_log(core_, resident));
    if (!made) return std::move(made).error();
    resident.decider = std::move(*made);
    resident.fed = 0;
  }
  auto fed = feed(core_, resident, *resident.decider, resident.fed, last);
  resident.fed = resident.state.seq;
  if (const auto& difference = resident.decider->state_difference()) {
    state_differs(core_, resident, *difference, /*beside=*/false);
  }
  return fed;
}

void Activation::run(Resident& resident, const replay::Event* last) {
  if (resident.closed() || resident.state.paused || resident.mark) return;
  auto fed = feed_code(resident, last);
  if (fed.ok() && resident.decider->mismatch()) {
    fed = Error(Code::mismatch, replay::describe(*resident.decider->mismatch()));
  }
  if (!fed.ok()) return mark(resident, fed.error());
  resident.decider->take_commands(commands_);
  for (std::size_t i = 0; i < commands_.size(); ++i) {
    if (!record_command(resident, commands_[i], i + 1 == commands_.size())) break;
  }
  replay::CommandQueue::empty_out(commands_);
  if (!resident.closed()) {
    const auto failure = replay::refused(resident.state, core_.seams.options.limits);
    if (failure) fail(resident, *failure);
  }
  resident.fed = resident.state.seq;
  if (resident.closed()) return close(resident);
  verify(resident, Verify::due);
}

void Activation::mark(Resident& resident, const Error& error) {
  resident.mark = Mark{error.code(), error.message()};
  marked(core_, resident);
  drop_code(resident);
  if (error.code() == Code::io_error) {
    core_.after(read_again, {.run = resident.state.run, .kind = TimerKind::wake});
  }
}

void Activation::verify(Resident& resident, Verify when) {
  const auto verified = verify_replay(core_, resident, when);
  if (verified.ok() || verified.code() == Code::io_error) return;  // Nothing was compared.
  mark(resident, verified.error());
}

void Activation::fail(Resident& resident, const Failure& failure) {
  auto event = replay::failed_by_limit(resident.state, failure);
  core_.record(resident, event);
}

bool Activation::record_command(Resident& resident, const detail::Command& command, bool last) {
  const auto called = core_.intern(command.site, command.name);
  replay::Event event =
      replay::event_of(resident.state, command, called.name, called.site, core_.now());
  const Limits& limits = core_.seams.options.limits;
  if (const auto failure = replay::refused(resident.state, event, limits)) {
    fail(resident, *failure);
    return false;
  }
  replay::cut_payload(event, limits);
  const bool cut = !last && core_.open_size() > record_size_soft;
  event.more = cut;
  core_.record(resident, event);
  switch (event.kind) {
    case replay::EventKind::step_scheduled: release_body(resident, event.op, event.attempt); break;
    case replay::EventKind::timer_started:
      core_.timers.add({event.due, resident.state.run, event.op, 0, TimerKind::operation});
      break;
    case replay::EventKind::operation_cancelled: stop_body(resident, event.op); break;
    default: break;
  }
  if (cut) {
    REPRISE_MARK("runtime/record_cut_in_two");
    core_.submit();
  }
  return true;
}

void Activation::stop_body(Resident& resident, OpId op) {
  const auto body = resident.bodies.find(op);
  if (body == resident.bodies.end()) return;
  body->second.stop.request_stop();
  set_frames_aside(resident, body->second);
}

void Activation::set_frames_aside(Resident& resident, const RunningBody& body) {
  if (body.borrows_frame && !body.keeper) drop_code(resident);
}

void Activation::drop_code(Resident& resident) {
  for (auto& [op, body] : resident.bodies) {
    if (body.borrows_frame && !body.keeper) {
      REPRISE_MARK("runtime/frames_kept_for_a_body");
      body.keeper = resident.decider;
    }
  }
  resident.decider = nullptr;
  resident.fed = 0;
}

void Activation::close(Resident& resident) {
  verify(resident, Verify::now);
  // There is no code to hold back any more: what was found was told of, and the outcome stands.
  resident.mark.reset();
  for (auto& [op, body] : resident.bodies) body.stop.request_stop();
  drop_code(resident);
  resident.held_back.clear();
  for (Answer& waiting : core_.waiters.take(resident.state.run)) {
    core_.answer(waiting, result_of(core_, resident.state));
  }
  retention_.closed(resident);
  core_.ended.push_back(resident.state.run);
}

}  // namespace reprise::runtime
