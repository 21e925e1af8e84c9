// How a Core gets its shard back: the position row, then every record after it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <reprise/detail/mark.h>

#include "runtime/core.h"

namespace reprise::runtime {

Result<Position> Core::restore() {
  Position snapshot = 0;
  auto value = seams.store.get(journal::Table::meta, position_key(state.shard));
  if (!value) return std::move(value).error();
  if (value->has_value()) {
    auto row = decode_position(state.shard, **value);
    if (!row) return std::move(row).error();
    snapshot = row->snapshot;
    state = std::move(row->state);
  }
  const journal::ShardEnds ends = seams.store.ends(state.shard);
  if (snapshot > ends.last) {
    REPRISE_MARK("runtime/snapshot_ahead_of_the_journal");
    return Error(
        Code::corrupt,
        fmt::format("shard {} has a snapshot of record {}, but its journal ends at {}: its "
                    "rows can't be trusted; restore a backup",
                    state.shard, snapshot, ends.last));
  }
  if (auto scanned = scan_tail(snapshot); !scanned) return std::move(scanned).error();
  if (auto found = find_lost_runs(); !found) return std::move(found).error();
  position = ends.last;
  chain_ = ends.chain;
  durable = ends.last;
  state.epoch = std::max(state.epoch, ends.epoch);
  // Unacknowledged messages go out again; the receiver's mark tells duplicates.
  for (const auto& [target, outbox] : state.outboxes) sent_[target] = outbox.first - 1;
  return snapshot;
}

/// Rows may outlive the records that a loss took (OpenOptions::accept_loss): a new run that took
/// the number of such a one would be taken for it.
Result<void> Core::find_lost_runs() {
  const auto next = static_cast<ShardId>(state.shard + 1);
  return seams.store.scan(journal::Table::rows, row_key(RunId::make(state.shard, state.runs + 1)),
                          next == 0 ? std::string() : row_key(RunId::make(next, 0)),
                          [this](std::string_view key, std::string_view) {
                            REPRISE_MARK("runtime/run_without_its_records");
                            if (const auto run = decode_run(key)) lost_runs_ = run->counter();
                            return true;
                          });
}

Result<void> Core::scan_tail(Position snapshot) {
  Result<void> applied;
  const auto apply = [&](Position at, Epoch epoch, std::string_view body) {
    for (journal::EventCursor cursor(body); cursor.next();) {
      auto event = replay::decode(cursor.bytes());
      if (!event) {
        applied = std::move(event).error();
        return false;
      }
      replay::apply_shard(state, cursor.run(), *event);
      note_tail(cursor.run(), *event, at);
    }
    state.epoch = std::max(state.epoch, epoch);
    return true;
  };
  if (auto read = seams.store.read(state.shard, snapshot + 1, apply); !read) return read;
  return applied;
}

void Core::note_tail(RunId run, const replay::Event& event, Position at) {
  using replay::EventKind;
  if (event.kind == EventKind::run_deleted) {
    tail.erase(event.peer, {std::string(event.space), std::string(event.id)});
  }
  if (run.is_shard()) return;
  tail.touch(run, at);
  const auto& keep = seams.options.retention;
  if (keep && replay::is_closing_event(event.kind)) {
    timers.add({.due = event.time + keep->count(), .run = run, .kind = TimerKind::retention});
  }
  if (event.kind == EventKind::workflow_started) {
    tail.started({std::string(event.space), std::string(event.id)}, run);
  } else if (event.kind == EventKind::timer_started ||
             event.kind == EventKind::step_attempt_failed ||
             (event.kind == EventKind::step_handed_over && event.due != 0)) {
    timers.add({event.due, run, event.op, 0, TimerKind::operation});
  }
}

}  // namespace reprise::runtime
