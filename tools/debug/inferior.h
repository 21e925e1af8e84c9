// The replay as gdb sees it: code that runs in this process, and says where it stands by calling a
// function that gdb stops in (tools/gdb/reprise.py).
//
// Symbols for gdb, of C:
//   reprise_debug_target       the event before which to stop next; gdb sets it
//   reprise_debug_next         the event that is being taken, or comes next
//   reprise_debug_stopped(n)   called before event n, on the stack of the code that takes it
//   reprise_debug_decider      the decider, a replay::CoroutineDecider, that the code waits in
//   reprise_debug_tell(text)   what a session answers to a command, for gdb to print
#pragma once

#include <string>

#include <reprise/registry.h>
#include <reprise/result.h>

#include "tools/cli/tool.h"
#include "tools/debug/source_lines.h"
#include "tools/debug/story.h"

namespace reprise::debug {

/// Replays `story` with the code of `workflows`, once, from event 1 to the end or to where they
/// part; stops before event `first` and wherever gdb says. Errors: unregistered.
Result<void> run_under_gdb(Story& story, const Registry& workflows, Seq first,
                           SourceLines& sources);

}  // namespace reprise::debug
