// How the debugger tells what it knows: places, events, state, causes. For a person.
#pragma once

#include <string>
#include <string_view>

#include "tools/cli/tool.h"
#include "tools/debug/execution.h"
#include "tools/debug/source_lines.h"
#include "tools/debug/story.h"

namespace reprise::debug {

/// "event 7 of 41  step_completed "charge" (op 3)  {…}".
std::string event_line(const Told& told, Seq last, bool color);

/// Where the session stands: the event that comes next, and the code's line. `arrival`: null
/// without code.
void tell_place(const Story& story, Seq next, const Arrival* arrival, SourceLines& sources,
                const cli::Console& console);
/// The lines around it.
void tell_source(const Arrival& arrival, SourceLines& sources, const cli::Console& console);

/// Events from `first` to `last`; the one at `next` is pointed at.
void tell_events(const Story& story, Seq first, Seq last, Seq next, const cli::Console& console);

/// Status, counts, waits.
Result<void> tell_state(Story& story, Seq next, const cli::Console& console);
Result<void> tell_waits(Story& story, Seq next, std::string_view kind, const cli::Console& console);
/// Signals received that the code has not awaited.
void tell_inbox(Story& story, Seq next, const cli::Console& console);
/// An operation by its number, or all by a name: how each was opened, tried and answered.
/// Errors: not_found.
Result<void> tell_operations(Story& story, Seq next, std::string_view which,
                             const cli::Console& console);
/// One event, its payload in full.
void tell_event(const Story& story, Seq seq, const cli::Console& console);
/// Why the next event happens: what it answers, and what woke the code that asked for it.
Result<void> tell_why(Story& story, Seq next, const cli::Console& console);

}  // namespace reprise::debug
