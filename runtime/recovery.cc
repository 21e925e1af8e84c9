#include "runtime/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "runtime/log.h"
#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

constexpr int redrives_per_turn = 64;
constexpr Nanos timers_ahead = 60'000'000'000;  // Hints of the next minute are kept in memory.

}  // namespace

Result<void> Recovery::open() {
  if (auto restored = restore_position(); !restored) return restored;
  if (auto scanned = scan_tail(); !scanned) return scanned;
  for (const auto& [run, ready] : core_.state.ready) ready_.push_back(run);
  std::sort(ready_.begin(), ready_.end());
  const journal::ShardEnds ends = core_.seams.store.ends(core_.state.shard);
  core_.position = ends.last;
  core_.chain_ = ends.chain;
  core_.durable = ends.last;
  core_.state.epoch = std::max(core_.state.epoch, ends.epoch);
  // Unacknowledged messages go out again; the receiver's mark tells duplicates.
  for (const auto& [target, outbox] : core_.state.outboxes) core_.sent_[target] = outbox.first - 1;
  replay::Event event;
  event.kind = replay::EventKind::epoch_opened;
  event.number = core_.state.epoch + 1;
  core_.record_shard(event);
  core_.seams.log.write(LogLevel::info, "shard_recovered", "ready to take requests",
                        {{"shard", std::to_string(core_.state.shard)},
                         {"epoch", std::to_string(event.number)},
                         {"position", std::to_string(core_.position)},
                         {"snapshot", std::to_string(snapshot_)},
                         {"redriven", std::to_string(ready_.size())}});
  return {};
}

Result<void> Recovery::restore_position() {
  const ShardId shard = core_.state.shard;
  auto value = core_.seams.store.get(journal::Table::meta, position_key(shard));
  if (!value) return std::move(value).error();
  if (!value->has_value()) return {};
  auto row = decode_position(shard, **value);
  if (!row) return std::move(row).error();
  snapshot_ = row->snapshot;
  core_.state = std::move(row->state);
  return {};
}

Result<void> Recovery::scan_tail() {
  Result<void> applied;
  const ShardId shard = core_.state.shard;
  auto read = core_.seams.store.read(shard, snapshot_ + 1,
                                     [&](Position position, Epoch epoch, std::string_view body) {
                                       for (journal::EventCursor cursor(body); cursor.next();) {
                                         auto event = replay::decode(cursor.bytes());
                                         if (!event) {
                                           applied = std::move(event).error();
                                           return false;
                                         }
                                         replay::apply_shard(core_.state, cursor.run(), *event);
                                         note(cursor.run(), *event, position);
                                       }
                                       core_.state.epoch = std::max(core_.state.epoch, epoch);
                                       return true;
                                     });
  if (!read) return read;
  return applied;
}

void Recovery::note(RunId run, const replay::Event& event, Position position) {
  using replay::EventKind;
  if (event.kind == EventKind::run_deleted) {
    core_.tail.erase(event.peer, {std::string(event.space), std::string(event.id)});
  }
  if (run.is_shard()) return;
  core_.tail.touch(run, position);
  const auto& keep = core_.seams.options.retention;
  if (keep && replay::is_closing_event(event.kind)) {
    core_.timers.add({.due = event.time + keep->count(), .run = run, .kind = TimerKind::retention});
  }
  if (event.kind == EventKind::workflow_started) {
    core_.tail.started({std::string(event.space), std::string(event.id)}, run);
  } else if (event.kind == EventKind::timer_started ||
             event.kind == EventKind::step_attempt_failed) {
    core_.timers.add({event.due, run, event.op, 0, TimerKind::operation});
  }
}

bool Recovery::poll() {
  for (int i = 0; i < redrives_per_turn && !ready_.empty(); ++i) {
    const RunId run = ready_.front();
    ready_.pop_front();
    auto found = core_.load(run);
    if (!found) {  // A damaged one stops alone.
      core_.seams.log.write(
          LogLevel::error, "instance_unreadable", found.error().message(),
          {{"shard", std::to_string(core_.state.shard)}, {"run", fmt::format("{:x}", run.value)}});
      continue;
    }
    if (*found == nullptr) continue;
    activation_.wake(**found);
  }
  return !ready_.empty();
}

void Recovery::refill_timers() {
  const Nanos now = core_.seams.clock.wall();
  if (timers_until_ > now + timers_ahead / 2) return;
  const Nanos until = now + timers_ahead;
  const auto [first, last] = timer_range(core_.state.shard, std::numeric_limits<Nanos>::max());
  far_.reset();
  const auto scanned = core_.seams.store.scan(journal::Table::index, first, last,
                                              [&](std::string_view key, std::string_view) {
                                                const auto timer = decode_timer_key(key);
                                                if (!timer || timer->due < timers_until_)
                                                  return true;
                                                if (timer->due >= until) {
                                                  far_ = timer->due;
                                                  return false;
                                                }
                                                core_.timers.add(*timer);
                                                return true;
                                              });
  if (scanned.ok()) timers_until_ = until;  // Else the next turn looks again.
}

}  // namespace reprise::runtime
