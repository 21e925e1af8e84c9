// What a disk holds after its process has died.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "journal/record.h"
#include "journal/store.h"
#include "replay/event.h"

namespace reprise::testing {

/// Records ever written to it.
inline std::uint64_t records_on(const journal::Store& disk) {
  std::uint64_t records = 0;
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) records += disk.ends(shard).last;
  return records;
}

/// Calls `visit(RunId, OpId)` for every step whose completion it holds. Throws Error where an event
/// can't be read: no process leaves that behind.
template <class Visit>
void each_completed_step(const journal::Store& disk, Visit visit) {
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) {
    (void)disk.read(shard, disk.ends(shard).first, [&](Position, Epoch, std::string_view body) {
      for (journal::EventCursor at(body); at.next();) {
        const auto event = replay::decode(at.bytes()).value();
        if (event.kind == replay::EventKind::step_completed) visit(at.run(), event.op);
      }
      return true;
    });
  }
}

/// When the first timer behind `now` is due that something open waits for: a sleep, a deadline, a
/// retry. What the engine itself plans, as a deletion, is none.
inline std::optional<Nanos> open_due(const journal::Store& disk, Nanos now) {
  std::map<std::pair<std::uint64_t, OpId>, Nanos> open;
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) {
    (void)disk.read(shard, disk.ends(shard).first, [&](Position, Epoch, std::string_view body) {
      for (journal::EventCursor at(body); at.next();) {
        const auto event = replay::decode(at.bytes()).value();
        const auto run = at.run().value;
        switch (event.kind) {
          case replay::EventKind::timer_started:
          case replay::EventKind::step_attempt_failed: open[{run, event.op}] = event.due; break;
          case replay::EventKind::timer_fired:
          case replay::EventKind::operation_cancelled:
          case replay::EventKind::step_scheduled:
          case replay::EventKind::step_completed: open.erase({run, event.op}); break;
          case replay::EventKind::workflow_completed:
          case replay::EventKind::workflow_failed:
          case replay::EventKind::workflow_cancelled:
          case replay::EventKind::workflow_terminated:
            open.erase(open.lower_bound({run, 0}), open.lower_bound({run + 1, 0}));
            break;
          default: break;
        }
      }
      return true;
    });
  }
  std::optional<Nanos> first;
  for (const auto& [op, due] : open) {
    if (due > now && (!first || due < *first)) first = due;
  }
  return first;
}

}  // namespace reprise::testing
