#include "runtime/requests.h"

#include <fmt/format.h>

#include <utility>

#include <reprise/detail/mark.h>

#include "replay/flags.h"
#include "runtime/observing.h"

namespace reprise::runtime {

Reply Requests::reply_of(const Resident& resident) const {
  Reply reply;
  reply.run = resident.state.run;
  reply.workflow = core_.state.names.text(resident.state.workflow);
  return reply;
}

void Requests::handle(Request request) {
  auto found = find(request);
  if (!found) return refuse(request, std::move(found).error());
  Resident* const resident = found->resident;
  if (resident != nullptr) activation_.finish(*resident);
  if (request.kind == RequestKind::start) return start(request, *found);
  if (resident == nullptr) {
    return refuse(request, Error(Code::not_found,
                                 fmt::format("no instance \"{}\"; start it first, or check the "
                                             "namespace",
                                             request.key.id)));
  }
  if (request.run.value != 0 && request.run != resident->state.run) {
    return refuse(request, Error(Code::stale_run,
                                 fmt::format("\"{}\" was started anew since; ask for its current "
                                             "run",
                                             request.key.id)));
  }
  switch (request.kind) {
    case RequestKind::signal: return signal(request, *resident);
    case RequestKind::cancel:
    case RequestKind::terminate: return end(request, *resident);
    case RequestKind::pause: return pause(request, *resident);
    case RequestKind::resume: return resume(request, *resident);
    case RequestKind::complete: return complete(request, *resident);
    case RequestKind::query: return queries_.answer(request, *resident);
    case RequestKind::result:
      if (!resident->closed()) {
        core_.waiters.add(resident->state.run, std::move(request.answer), request.caller);
        return;
      }
      return core_.answer(request.answer, result_of(core_, resident->state));
    default: return refuse(request, Error(Code::invalid_argument, "not a request to an instance"));
  }
}

Result<Holder> Requests::find(const Request& request) {
  if (request.kind != RequestKind::complete) return core_.holder(request.key);
  auto loaded = core_.load(request.run);
  if (!loaded) return std::move(loaded).error();
  return Holder{*loaded, std::nullopt};
}

void Requests::start(Request& request, const Holder& holder) {
  if (Resident* const resident = holder.resident) {
    const bool same = core_.state.names.text(resident->state.workflow) == request.name &&
                      resident->state.input_hash == request.hash;
    if (!same) {
      return refuse(request,
                    Error(Code::conflict,
                          fmt::format("\"{}\" exists with another workflow or input; use another "
                                      "id, or the same input to get its handle",
                                      request.key.id)));
    }
    if (request.with_signal && !resident->closed()) {
      request.name = std::move(request.signal_name);
      request.payload = std::move(request.signal_payload);
      return signal(request, *resident);
    }
    return core_.answer(request.answer, reply_of(*resident));
  }
  if (const auto& stone = holder.stone) {
    const bool same = core_.state.names.text(stone->workflow) == request.name &&
                      stone->input_hash == request.hash;
    return refuse(request,
                  Error(same ? Code::closed : Code::conflict,
                        fmt::format("\"{}\" has run, finished and been deleted {}; use another id",
                                    request.key.id,
                                    same ? "with this input" : "with another workflow or input")));
  }
  if (core_.seams.workflows.find(request.name) == nullptr) {
    return refuse(request, Error(Code::unregistered,
                                 fmt::format("no workflow \"{}\" is registered; add it to the "
                                             "Registry before opening the engine",
                                             request.name)));
  }
  replay::SignalDecision signal;
  if (request.with_signal) {
    auto decided = replay::signal_arrived(replay::InstanceState{}, request.text,
                                          request.signal_payload, core_.seams.options.limits);
    if (!decided) return refuse(request, std::move(decided).error());
    signal = *decided;
  }
  const std::uint32_t name = core_.intern(request.name);
  Resident& fresh = core_.create(request.key);
  replay::Event event;
  event.kind = replay::EventKind::workflow_started;
  event.number = replay::known_flags;
  event.name = name;
  event.space = request.key.space;
  event.id = request.key.id;
  event.encoding = request.payload.encoding;
  event.payload = request.payload.bytes;
  event.hash = request.hash;
  event.seed = core_.seams.random.draw();
  if (request.with_signal) {
    // Both or neither: before any code runs, which may take several records, or end the run.
    activation_.begin(fresh, event, signal.event, request.signal_name);
  } else {
    activation_.arrive(fresh, event);
  }
  Reply reply = reply_of(fresh);
  reply.signal_id = request.text;
  core_.answer(request.answer, std::move(reply));
}

void Requests::signal(Request& request, Resident& resident) {
  auto decided = replay::signal_arrived(resident.state, request.text, request.payload,
                                        core_.seams.options.limits);
  if (!decided) return refuse(request, std::move(decided).error());
  if (!decided->duplicate) activation_.arrive(resident, decided->event, request.name);
  Reply reply = reply_of(resident);
  reply.signal_id = request.text;
  core_.answer(request.answer, std::move(reply));
}

void Requests::end(Request& request, Resident& resident) {
  const bool cancel = request.kind == RequestKind::cancel;
  if (resident.closed()) {
    return refuse(request,
                  Error(Code::closed, fmt::format("\"{}\" has finished already", request.key.id)));
  }
  if (!cancel || !resident.state.cancel_requested) {
    replay::Event event;
    event.kind =
        cancel ? replay::EventKind::cancel_requested : replay::EventKind::workflow_terminated;
    event.text = request.text;
    if (!cancel) replay::fill_closing(resident.state, event);
    activation_.arrive(resident, event);
    if (cancel) activation_.stop_steps(resident);
  }
  core_.answer(request.answer, reply_of(resident));
}

void Requests::complete(Request& request, Resident& resident) {
  const auto open = resident.state.open.find(request.op);
  if (resident.closed() || open == resident.state.open.end() ||
      open->second.kind != replay::OpKind::step || !open->second.running) {
    return refuse(request, Error(Code::closed,
                                 "the step has ended already, or waits for its next "
                                 "attempt; its answer is dropped"));
  }
  if (open->second.step.runs_on != RunsOn::token) {
    REPRISE_MARK("runtime/token_of_another_step");
    return refuse(request, Error(Code::not_found, "that step does not run on a token"));
  }
  activation_.answered(resident, request.op, open->second.attempt, request.outcome);
  core_.answer(request.answer, reply_of(resident));
}

void Requests::pause(Request& request, Resident& resident) {
  if (resident.closed()) {
    return refuse(request,
                  Error(Code::closed, fmt::format("\"{}\" has finished already", request.key.id)));
  }
  if (!resident.state.paused) {
    replay::Event event;
    event.kind = replay::EventKind::workflow_paused;
    event.number = static_cast<std::uint64_t>(replay::PauseReason::user);
    event.text = request.text;
    activation_.arrive(resident, event);
  }
  core_.answer(request.answer, reply_of(resident));
}

void Requests::resume(Request& request, Resident& resident) {
  // A mark is this engine's own: lifting it tries the code again, nothing is recorded for that.
  if (resident.mark) {
    REPRISE_MARK("runtime/resume_lifts_a_mark");
    unmarked(core_, resident);
  }
  resident.mark.reset();
  if (resident.state.paused && !resident.closed()) {
    replay::Event event;
    event.kind = replay::EventKind::workflow_resumed;
    activation_.arrive(resident, event);
  }
  activation_.wake(resident);
  core_.answer(request.answer, reply_of(resident));
}

}  // namespace reprise::runtime
