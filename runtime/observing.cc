#include "runtime/observing.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "runtime/log.h"

namespace reprise::runtime {
namespace {

using replay::EventKind;

std::optional<ChangeKind> change_kind(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::workflow_started: return ChangeKind::started;
    case EventKind::workflow_completed: return ChangeKind::completed;
    case EventKind::workflow_failed: return ChangeKind::failed;
    case EventKind::workflow_cancelled: return ChangeKind::cancelled;
    case EventKind::workflow_terminated: return ChangeKind::terminated;
    case EventKind::workflow_paused: return ChangeKind::paused;
    case EventKind::workflow_resumed: return ChangeKind::resumed;
    case EventKind::cancel_requested: return ChangeKind::cancel_requested;
    case EventKind::run_deleted: return ChangeKind::deleted;
    case EventKind::step_scheduled: return ChangeKind::step_scheduled;
    case EventKind::step_completed: return ChangeKind::step_completed;
    case EventKind::step_attempt_failed: return ChangeKind::step_attempt_failed;
    case EventKind::step_handed_over: return ChangeKind::step_handed_over;
    case EventKind::timer_started: return ChangeKind::timer_started;
    case EventKind::timer_fired: return ChangeKind::timer_fired;
    case EventKind::signal_awaited: return ChangeKind::signal_awaited;
    case EventKind::signal_received: return ChangeKind::signal_received;
    case EventKind::signal_sent: return ChangeKind::signal_sent;
    case EventKind::signal_delivered: return ChangeKind::signal_delivered;
    case EventKind::child_scheduled: return ChangeKind::child_scheduled;
    case EventKind::child_started: return ChangeKind::child_started;
    case EventKind::child_start_failed: return ChangeKind::child_start_failed;
    case EventKind::child_completed: return ChangeKind::child_completed;
    case EventKind::operation_cancelled: return ChangeKind::operation_cancelled;
    case EventKind::version_chosen: return ChangeKind::version_chosen;
    default: return std::nullopt;  // Events of the shard's own housekeeping.
  }
}

std::string_view reason_of(const replay::Event& event) noexcept {
  if (event.kind != EventKind::workflow_paused) return {};
  return event.number == static_cast<std::uint64_t>(replay::PauseReason::poison) ? "poison"
                                                                                 : "user";
}

std::string text_of(RunId run) { return fmt::format("{:x}", run.value); }

void log_pause(const Core& core, const replay::InstanceState& state, const replay::Event& event) {
  const bool poison = reason_of(event) == "poison";
  std::string_view step;
  if (const auto op = state.open.find(event.op); op != state.open.end()) {
    step = core.state.names.text(op->second.name);
  }
  core.seams.log.write(
      poison ? LogLevel::warning : LogLevel::info, "paused",
      poison ? "a step's body ended the process several times in a row; fix it, then resume the "
               "instance"
             : "paused on request; resume it to go on",
      {{"reason", std::string(reason_of(event))},
       {"space", state.key.space},
       {"id", state.key.id},
       {"run", text_of(state.run)},
       {"workflow", std::string(core.state.names.text(state.workflow))},
       {"step", std::string(step)},
       {"detail", std::string(event.text)}});
}

std::unique_ptr<Change> change_of_mark(const Core& core, const Resident& resident,
                                       ChangeKind kind) {
  auto change = std::make_unique<Change>();
  change->kind = kind;
  change->key = resident.state.key;
  change->run = resident.state.run;
  change->workflow = core.state.names.text(resident.state.workflow);
  change->seq = resident.state.seq;
  change->time = core.now();
  change->reason = name(resident.mark->code);
  if (kind == ChangeKind::paused) change->text = resident.mark->text;
  return change;
}

}  // namespace

std::unique_ptr<Change> notice(Core& core, const replay::InstanceState& before,
                               const replay::Event& event, std::size_t bytes) {
  core.metrics.recorded(event, bytes);
  const auto open = before.open.find(event.op);
  if (event.kind == EventKind::timer_fired && open != before.open.end()) {
    const Nanos late = std::max<Nanos>(0, event.time - open->second.due);
    core.metrics.timer_lateness.add(static_cast<std::uint64_t>(late));
  }
  if (event.kind == EventKind::workflow_paused) log_pause(core, before, event);
  if (!core.seams.options.observer) return nullptr;
  const auto kind = change_kind(event.kind);
  if (!kind) return nullptr;
  auto change = std::make_unique<Change>();
  change->kind = *kind;
  const bool first = event.kind == EventKind::workflow_started;
  change->key = first ? InstanceKey{std::string(event.space), std::string(event.id)} : before.key;
  change->run = before.run;
  change->workflow = core.state.names.text(first ? event.name : before.workflow);
  change->seq = before.seq + 1;
  change->time = event.time;
  change->op = event.op;
  change->attempt = event.attempt;
  std::uint32_t name = first ? 0 : event.name;
  if (name == 0 && event.op != 0 && open != before.open.end()) name = open->second.name;
  change->name = core.state.names.text(name);
  change->reason = reason_of(event);
  const bool words = event.kind == EventKind::workflow_paused ||
                     event.kind == EventKind::workflow_terminated ||
                     event.kind == EventKind::cancel_requested;
  if (words) change->text = event.text;
  if (event.failed || event.failure_code != 0) change->failure = event.owned_failure();
  change->due = event.due;
  return change;
}

std::unique_ptr<Change> notice_shard(Core& core, const replay::Event& event, std::size_t bytes) {
  core.metrics.recorded(event, bytes);
  if (event.kind != EventKind::run_deleted || !core.seams.options.observer) return nullptr;
  auto change = std::make_unique<Change>();
  change->kind = ChangeKind::deleted;
  change->key = {std::string(event.space), std::string(event.id)};
  change->run = event.peer;
  change->workflow = core.state.names.text(event.name);
  change->time = event.time;
  return change;
}

void marked(Core& core, const Resident& resident) {
  core.metrics.marked(resident.mark->code);
  core.seams.log.write(LogLevel::warning, resident.closed() ? "mismatch" : "paused",
                       resident.mark->text,
                       {{"reason", std::string(name(resident.mark->code))},
                        {"space", resident.state.key.space},
                        {"id", resident.state.key.id},
                        {"run", text_of(resident.state.run)},
                        {"workflow", std::string(core.state.names.text(resident.state.workflow))},
                        {"seq", std::to_string(resident.state.seq)}});
  if (!core.seams.options.observer || resident.closed()) return;
  core.after_durable(TellObserver{change_of_mark(core, resident, ChangeKind::paused)});
}

void unmarked(Core& core, const Resident& resident) {
  if (!core.seams.options.observer) return;
  core.after_durable(TellObserver{change_of_mark(core, resident, ChangeKind::resumed)});
}

void state_differs(const Core& core, Resident& resident, const replay::Mismatch& difference,
                   bool beside) {
  if (std::exchange(resident.state_told, true)) return;
  core.seams.log.write(
      LogLevel::warning, "state_differs",
      beside
          ? "the same code, replayed beside itself, watches other values: it depends on more than "
            "its history (docs/determinism.md)"
          : "the code watches other values than when this was recorded; its commands are the "
            "same, so it goes on (docs/determinism.md)",
      {{"values", replay::differing_names(difference)},
       {"space", resident.state.key.space},
       {"id", resident.state.key.id},
       {"run", text_of(resident.state.run)},
       {"workflow", std::string(core.state.names.text(resident.state.workflow))},
       {"seq", std::to_string(difference.seq)},
       {"site", difference.issued_site}});
}

void tell(const Core& core, const Change& change) noexcept {
  std::string thrown = "something that is no std::exception";
  try {
    core.seams.options.observer->on_change(change);
    return;
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {  // NOLINT: logged below like any other.
  }
  core.seams.log.write(LogLevel::error, "observer_threw",
                       "the observer threw; the change it was told of stands",
                       {{"change", std::string(name(change.kind))},
                        {"id", change.key.id},
                        {"seq", std::to_string(change.seq)},
                        {"what", std::move(thrown)}});
}

void tell(const Core& core, const Answer& answer, Result<Reply> reply) {
  std::string thrown = "something that is no std::exception";
  try {
    answer(std::move(reply));
    return;
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {  // NOLINT: logged below like any other.
  }
  core.seams.log.write(LogLevel::error, "callback_threw",
                       "a caller's callback threw; what it was told stands",
                       {{"what", std::move(thrown)}});
}

replay::LogSink workflow_log(const Core& core, const Resident& resident) {
  return [&core, &resident](LogLevel level, std::string_view line, detail::Site site) {
    if (!core.seams.log.wants(level)) return;
    core.seams.log.write(level, "workflow", line,
                         {{"space", resident.state.key.space},
                          {"id", resident.state.key.id},
                          {"run", text_of(resident.state.run)},
                          {"workflow", std::string(core.state.names.text(resident.state.workflow))},
                          {"site", replay::site_text(site)}});
  };
}

}  // namespace reprise::runtime
