#include "runtime/retention.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <reprise/detail/mark.h>

#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

constexpr Nanos sweep_every = 60'000'000'000;
constexpr Nanos look_again = 1'000'000'000;
constexpr std::size_t runs_per_turn = 256;
constexpr std::size_t tombstones_per_turn = 1000;

}  // namespace

void Retention::closed(const Resident& resident) {
  const auto& keep = core_.seams.options.retention;
  if (!keep) return;
  core_.timers.add({.due = resident.state.closed + keep->count(),
                    .run = resident.state.run,
                    .kind = TimerKind::retention});
}

void Retention::due(RunId run) {
  auto found = core_.load(run);
  if (!found || *found == nullptr || !(*found)->closed()) return;  // A sweep looks again.
  Resident& resident = **found;
  const auto& keep = core_.seams.options.retention;
  if (!keep || resident.state.closed + keep->count() > core_.now()) return;
  // A body that outlives its run still refers to it, a message not yet taken may to its blobs.
  if (resident.bodies.empty() && !sends_blob(run)) {
    if (auto blobs = core_.packing.deletes(run)) return remove(resident, std::move(*blobs));
  }
  core_.timers.add({.due = core_.now() + look_again, .run = run, .kind = TimerKind::retention});
}

bool Retention::sends_blob(RunId run) const {
  for (const auto& [target, outbox] : core_.state.outboxes) {
    for (const auto& message : outbox.messages) {
      if (message.from == run && message.packed.blob != 0) {
        REPRISE_MARK("runtime/deletion_waits_for_a_blob");
        return true;
      }
    }
  }
  return false;
}

void Retention::remove(Resident& resident, std::vector<journal::Put> puts) {
  const replay::InstanceState& state = resident.state;
  const RunId run = state.run;
  const auto scanned = core_.seams.store.scan(
      journal::Table::chunks, chunk_key(run, 0), row_key({run.value + 1}),
      [&](std::string_view key, std::string_view) {
        puts.push_back({journal::Table::chunks, std::string(key), std::nullopt});
        return true;
      });
  if (!scanned) return;  // Nothing was recorded; a sweep looks again.
  if (!resident.writing.empty()) {
    puts.push_back(
        {journal::Table::chunks, chunk_key(run, resident.writing.first()), std::nullopt});
  }
  puts.push_back({journal::Table::rows, row_key(run), std::nullopt});
  add_changes(core_.state.shard, run, resident.hints, {}, puts);
  const Tombstone stone{run, state.input_hash, state.workflow,
                        core_.now() + core_.seams.options.tombstone.count()};
  puts.push_back({journal::Table::index, id_key(state.key), encode_tombstone(stone)});
  puts.push_back(
      {journal::Table::index, sweep_key(core_.state.shard, stone.until, run), id_key(state.key)});
  replay::Event event;
  event.kind = replay::EventKind::run_deleted;
  event.peer = run;
  event.due = stone.until;
  event.hash = state.input_hash;
  event.name = state.workflow;
  event.space = state.key.space;
  event.id = state.key.id;
  core_.record_shard(event);
  core_.deleted.add(state.key, stone, core_.put(std::move(puts)));
  core_.tail.erase(run, state.key);
  core_.residents.erase(run);
}

bool Retention::owed(const Sweep& sweep) const {
  const Nanos now = core_.seams.clock.wall();
  return !sweep.next.empty() || now < sweep.at || now - sweep.at >= sweep_every;
}

void Retention::sweep() {
  if (core_.seams.options.retention && owed(closed_)) sweep_closed();
  if (owed(tombstones_)) sweep_tombstones();
}

void Retention::sweep_closed() {
  const Nanos now = core_.seams.clock.wall();
  const Nanos until = now - core_.seams.options.retention->count();
  std::string from = closed_.next.empty() ? closed_key(core_.state.shard, 0, {}) : closed_.next;
  std::vector<RunId> runs;
  closed_ = {now, {}};
  const auto scanned =
      core_.seams.store.scan(journal::Table::index, from,
                             closed_key(core_.state.shard, std::max<Nanos>(0, until) + 1, RunId{}),
                             [&](std::string_view key, std::string_view) {
                               if (runs.size() == runs_per_turn) {
                                 REPRISE_MARK("runtime/sweep_goes_on_later");
                                 closed_.next = key;
                                 return false;
                               }
                               if (const auto run = decode_closed_key(key)) runs.push_back(*run);
                               return true;
                             });
  if (!scanned) return;
  for (const RunId run : runs) due(run);
}

void Retention::sweep_tombstones() {
  const Nanos now = core_.seams.clock.wall();
  auto [first, last] = sweep_range(core_.state.shard, now);
  if (!tombstones_.next.empty()) first = tombstones_.next;
  tombstones_ = {now, {}};
  std::vector<journal::Put> puts;
  std::size_t seen = 0;
  (void)core_.seams.store.scan(
      journal::Table::index, first, last, [&](std::string_view key, std::string_view id) {
        if (++seen > tombstones_per_turn) {
          tombstones_.next = key;
          return false;
        }
        auto held = core_.seams.store.get(journal::Table::index, id);
        if (!held) return true;
        puts.push_back({journal::Table::index, std::string(key), std::nullopt});
        // The id may have been used again since: its row then names a run, not a tombstone, or will
        // do so when what is on its way to disk has arrived.
        std::optional<Tombstone> stone;
        if (held->has_value()) stone = decode_tombstone(**held);
        const InstanceKey used = decode_id_key(id);
        const bool newer = core_.tail.find(used) || core_.deleted.stone(used, core_.durable_ticket);
        if (stone && stone->until <= now && !newer) {
          puts.push_back({journal::Table::index, std::string(id), std::nullopt});
        }
        return true;
      });
  if (!puts.empty()) core_.put(std::move(puts));
}

}  // namespace reprise::runtime
