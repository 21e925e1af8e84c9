#include "replay/event.h"

#include <fmt/format.h>

namespace reprise::replay {

std::string_view name_of(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::epoch_opened: return "epoch_opened";
    case EventKind::string_interned: return "string_interned";
    case EventKind::mark_advanced: return "mark_advanced";
    case EventKind::outbox_acked: return "outbox_acked";
    case EventKind::run_deleted: return "run_deleted";
    case EventKind::tombstone_dropped: return "tombstone_dropped";
    case EventKind::message_refused: return "message_refused";
    case EventKind::workflow_started: return "workflow_started";
    case EventKind::workflow_completed: return "workflow_completed";
    case EventKind::workflow_failed: return "workflow_failed";
    case EventKind::workflow_cancelled: return "workflow_cancelled";
    case EventKind::workflow_terminated: return "workflow_terminated";
    case EventKind::workflow_paused: return "workflow_paused";
    case EventKind::workflow_resumed: return "workflow_resumed";
    case EventKind::cancel_requested: return "cancel_requested";
    case EventKind::activation_cut: return "activation_cut";
    case EventKind::step_scheduled: return "step_scheduled";
    case EventKind::step_completed: return "step_completed";
    case EventKind::step_attempt_failed: return "step_attempt_failed";
    case EventKind::step_handed_over: return "step_handed_over";
    case EventKind::timer_started: return "timer_started";
    case EventKind::timer_fired: return "timer_fired";
    case EventKind::signal_awaited: return "signal_awaited";
    case EventKind::signal_received: return "signal_received";
    case EventKind::child_scheduled: return "child_scheduled";
    case EventKind::child_started: return "child_started";
    case EventKind::child_start_failed: return "child_start_failed";
    case EventKind::child_completed: return "child_completed";
    case EventKind::signal_sent: return "signal_sent";
    case EventKind::signal_delivered: return "signal_delivered";
    case EventKind::operation_cancelled: return "operation_cancelled";
    case EventKind::version_chosen: return "version_chosen";
  }
  return "unknown";
}

EventKind event_kind(detail::CommandKind kind) noexcept {
  using detail::CommandKind;
  switch (kind) {
    case CommandKind::schedule_step: return EventKind::step_scheduled;
    case CommandKind::start_timer: return EventKind::timer_started;
    case CommandKind::await_signal: return EventKind::signal_awaited;
    case CommandKind::start_child: return EventKind::child_scheduled;
    case CommandKind::send_signal: return EventKind::signal_sent;
    case CommandKind::cancel_operation: return EventKind::operation_cancelled;
    case CommandKind::choose_version: return EventKind::version_chosen;
    case CommandKind::complete_workflow: return EventKind::workflow_completed;
    case CommandKind::fail_workflow: return EventKind::workflow_failed;
    case CommandKind::cancel_workflow: return EventKind::workflow_cancelled;
  }
  return EventKind::workflow_failed;  // Every kind is listed above.
}

bool is_command_event(const Event& event) noexcept {
  switch (event.kind) {
    // Later attempts are decided by the retry rules, not by the code.
    case EventKind::step_scheduled: return event.attempt <= 1;
    case EventKind::timer_started:
    case EventKind::signal_awaited:
    case EventKind::child_scheduled:
    case EventKind::signal_sent:
    case EventKind::operation_cancelled:
    case EventKind::version_chosen:
    case EventKind::workflow_completed:
    case EventKind::workflow_cancelled: return true;
    case EventKind::workflow_failed: return event.number == 0;  // Else the engine's: a limit.
    default: return false;
  }
}

bool is_closing_event(EventKind kind) noexcept {
  return kind == EventKind::workflow_completed || kind == EventKind::workflow_failed ||
         kind == EventKind::workflow_cancelled || kind == EventKind::workflow_terminated;
}

std::string state_text(const Event& event) {
  std::string text;
  for (const auto& one : event.state) {
    text += fmt::format("{}{:08x}{:08x}", text.empty() ? "" : " ", one.name, one.value);
  }
  return text;
}

void Event::set_failure(const Failure& failure) noexcept {
  failed = true;
  failure_code = failure.code;
  failure_type = failure.type;
  failure_message = failure.message;
  retryable = failure.retryable;
}

void Event::set_outcome(const detail::Outcome& outcome) noexcept {
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    set_failure(*failure);
    return;
  }
  const auto& value = *std::get_if<Payload>(&outcome);
  failed = false;
  encoding = value.encoding;
  payload = value.bytes;
}

detail::Outcome Event::owned_outcome() const {
  if (failed) return owned_failure();
  return owned_payload();
}

}  // namespace reprise::replay
