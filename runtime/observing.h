// What an engine tells of its instances while it works: changes to the observer, lines to the log,
// counts to the metrics.
//
// Invariants:
// - Changes are made only if there is an observer, and told only once durable (TellObserver).
#pragma once

#include <memory>

#include <reprise/observer.h>

#include "runtime/core.h"

namespace reprise::runtime {

/// Counts and logs an event of an instance about to be applied to `before`; returns what the
/// observer is to be told of it, null if there is none or it is nothing to tell.
std::unique_ptr<Change> notice(Core& core, const replay::InstanceState& before,
                               const replay::Event& event, std::size_t bytes);
/// The same for an event of the shard itself.
std::unique_ptr<Change> notice_shard(Core& core, const replay::Event& event, std::size_t bytes);

/// The instance was marked: its code does not run here until that is lifted. Of a run that is
/// closed only log and metrics are told.
void marked(Core& core, const Resident& resident);
/// The mark is about to be lifted.
void unmarked(Core& core, const Resident& resident);

/// Says once, in the log, that the code watches what it did not when its history was recorded;
/// `beside`: it was replayed beside itself. Nothing is decided by it.
void state_differs(const Core& core, Resident& resident, const replay::Mismatch& difference,
                   bool beside);

/// Calls the observer; what it throws is logged.
void tell(const Core& core, const Change& change) noexcept;

/// Calls a caller's callback. What it throws is logged, and goes no further.
void tell(const Core& core, const Answer& answer, Result<Reply> reply);

/// Takes lines of an instance's code.
replay::LogSink workflow_log(const Core& core, const Resident& resident);

}  // namespace reprise::runtime
