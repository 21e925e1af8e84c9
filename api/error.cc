#include <reprise/error.h>

namespace reprise {

std::string_view name(Code code) noexcept {
  switch (code) {
    case Code::ok: return "ok";
    case Code::invalid_argument: return "invalid_argument";
    case Code::not_found: return "not_found";
    case Code::conflict: return "conflict";
    case Code::closed: return "closed";
    case Code::unregistered: return "unregistered";
    case Code::duplicate_workflow: return "duplicate_workflow";
    case Code::overloaded: return "overloaded";
    case Code::shutting_down: return "shutting_down";
    case Code::steps_running: return "steps_running";
    case Code::timed_out: return "timed_out";
    case Code::stale_run: return "stale_run";
    case Code::context_invalid: return "context_invalid";
    case Code::unknown_query: return "unknown_query";
    case Code::query_failed: return "query_failed";
    case Code::workflow_failed: return "workflow_failed";
    case Code::workflow_cancelled: return "workflow_cancelled";
    case Code::workflow_terminated: return "workflow_terminated";
    case Code::step_failed: return "step_failed";
    case Code::body_hung: return "body_hung";
    case Code::operation_cancelled: return "operation_cancelled";
    case Code::mismatch: return "mismatch";
    case Code::corrupt: return "corrupt";
    case Code::missing_data: return "missing_data";
    case Code::undecodable: return "undecodable";
    case Code::unknown_kind: return "unknown_kind";
    case Code::newer_format: return "newer_format";
    case Code::not_a_journal_file: return "not_a_journal_file";
    case Code::io_error: return "io_error";
    case Code::no_space: return "no_space";
    case Code::store_locked: return "store_locked";
    case Code::store_unusable: return "store_unusable";
    case Code::outcome_unknown: return "outcome_unknown";
    case Code::fenced: return "fenced";
    case Code::engine_failed: return "engine_failed";
    case Code::payload_too_large: return "payload_too_large";
    case Code::history_too_long: return "history_too_long";
    case Code::nesting_too_deep: return "nesting_too_deep";
    case Code::too_many_operations: return "too_many_operations";
    case Code::too_many_signals: return "too_many_signals";
    case Code::name_too_long: return "name_too_long";
  }
  return "unknown";
}

}  // namespace reprise
