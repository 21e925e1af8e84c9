#include "tools/cli/exit_code.h"

namespace reprise::cli::exits {

int of(Code code) noexcept {
  switch (code) {
    case Code::ok: return done;

    case Code::invalid_argument:
    case Code::unknown_query:
    case Code::name_too_long:
    case Code::payload_too_large: return usage;

    case Code::conflict:
    case Code::mismatch:
    case Code::corrupt:
    case Code::missing_data:
    case Code::undecodable:
    case Code::unknown_kind:
    case Code::newer_format:
    case Code::not_a_journal_file:
    case Code::history_too_long:
    case Code::nesting_too_deep:
    case Code::too_many_operations:
    case Code::too_many_signals: return data;

    case Code::not_found:
    case Code::store_unusable: return no_input;

    case Code::closed:
    case Code::stale_run:
    case Code::fenced:
    case Code::store_locked: return unavailable;

    case Code::context_invalid:
    case Code::query_failed:
    case Code::workflow_failed:
    case Code::workflow_cancelled:
    case Code::workflow_terminated:
    case Code::step_failed:
    case Code::body_hung:
    case Code::operation_cancelled:
    case Code::engine_failed: return software;

    case Code::no_space: return no_room;

    case Code::io_error:
    case Code::outcome_unknown: return io;

    case Code::overloaded:
    case Code::shutting_down:
    case Code::steps_running:
    case Code::timed_out: return later;

    case Code::unregistered:
    case Code::duplicate_workflow: return config;
  }
  return software;
}

}  // namespace reprise::cli::exits
