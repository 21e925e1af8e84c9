#include <reprise/observer.h>

namespace reprise {

std::string_view name(ChangeKind kind) noexcept {
  switch (kind) {
    case ChangeKind::started: return "started";
    case ChangeKind::completed: return "completed";
    case ChangeKind::failed: return "failed";
    case ChangeKind::cancelled: return "cancelled";
    case ChangeKind::terminated: return "terminated";
    case ChangeKind::paused: return "paused";
    case ChangeKind::resumed: return "resumed";
    case ChangeKind::cancel_requested: return "cancel_requested";
    case ChangeKind::deleted: return "deleted";
    case ChangeKind::step_scheduled: return "step_scheduled";
    case ChangeKind::step_completed: return "step_completed";
    case ChangeKind::step_attempt_failed: return "step_attempt_failed";
    case ChangeKind::step_handed_over: return "step_handed_over";
    case ChangeKind::timer_started: return "timer_started";
    case ChangeKind::timer_fired: return "timer_fired";
    case ChangeKind::signal_awaited: return "signal_awaited";
    case ChangeKind::signal_sent: return "signal_sent";
    case ChangeKind::signal_delivered: return "signal_delivered";
    case ChangeKind::child_scheduled: return "child_scheduled";
    case ChangeKind::child_started: return "child_started";
    case ChangeKind::child_start_failed: return "child_start_failed";
    case ChangeKind::child_completed: return "child_completed";
    case ChangeKind::operation_cancelled: return "operation_cancelled";
    case ChangeKind::signal_received: return "signal_received";
    case ChangeKind::version_chosen: return "version_chosen";
  }
  return "unknown";
}

}  // namespace reprise
