#include "runtime/retention.h"

#include <utility>
#include <vector>

#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

constexpr Nanos sweep_every = 60'000'000'000;
constexpr Nanos look_again = 1'000'000'000;

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
  if (!found || *found == nullptr || !(*found)->closed()) return;
  Resident& resident = **found;
  const auto& keep = core_.seams.options.retention;
  if (!keep || resident.state.closed + keep->count() > core_.now()) return;
  // A body that outlives its run still refers to it, a message not yet taken may to its blobs.
  if (!resident.bodies.empty() || sends_blob(run)) {
    core_.timers.add({.due = core_.now() + look_again, .run = run, .kind = TimerKind::retention});
    return;
  }
  remove(resident);
}

bool Retention::sends_blob(RunId run) const {
  for (const auto& [target, outbox] : core_.state.outboxes) {
    for (const auto& message : outbox.messages) {
      if (message.from == run && message.packed.blob != 0) return true;
    }
  }
  return false;
}

void Retention::remove(Resident& resident) {
  const replay::InstanceState& state = resident.state;
  const RunId run = state.run;
  auto blobs = core_.packing.deletes(run);
  if (!blobs) return;  // Nothing was recorded; the next open looks again.
  const Nanos until = core_.now() + core_.seams.options.tombstone.count();
  replay::Event event;
  event.kind = replay::EventKind::run_deleted;
  event.peer = run;
  event.due = until;
  event.hash = state.input_hash;
  event.name = state.workflow;
  event.space = state.key.space;
  event.id = state.key.id;
  core_.record_shard(event);
  std::vector<journal::Put> puts = std::move(*blobs);
  puts.push_back({journal::Table::rows, row_key(run), std::nullopt});
  (void)core_.seams.store.scan(
      journal::Table::chunks, chunk_key(run, 0), row_key({run.value + 1}),
      [&](std::string_view key, std::string_view) {
        puts.push_back({journal::Table::chunks, std::string(key), std::nullopt});
        return true;
      });
  if (!resident.writing.empty()) {
    puts.push_back(
        {journal::Table::chunks, chunk_key(run, resident.writing.first()), std::nullopt});
  }
  const Tombstone stone{run, state.input_hash, state.workflow, until};
  puts.push_back({journal::Table::index, id_key(state.key), encode_tombstone(stone)});
  puts.push_back(
      {journal::Table::index, sweep_key(core_.state.shard, until, run), id_key(state.key)});
  core_.put(std::move(puts));
  core_.tail.erase(run, state.key);
  core_.residents.erase(run);
}

void Retention::sweep() {
  const Nanos now = core_.seams.clock.wall();
  if (now >= swept_ && now - swept_ < sweep_every) return;
  swept_ = now;
  std::vector<journal::Put> puts;
  const auto [first, last] = sweep_range(core_.state.shard, now);
  (void)core_.seams.store.scan(
      journal::Table::index, first, last, [&](std::string_view key, std::string_view id) {
        puts.push_back({journal::Table::index, std::string(key), std::nullopt});
        // The id may have been used again since: its row then names a run, not a tombstone.
        auto held = core_.seams.store.get(journal::Table::index, id);
        std::optional<Tombstone> stone;
        if (held && held->has_value()) stone = decode_tombstone(**held);
        if (stone && stone->until <= now) {
          puts.push_back({journal::Table::index, std::string(id), std::nullopt});
        }
        return puts.size() < 1000;
      });
  if (!puts.empty()) core_.put(std::move(puts));
}

}  // namespace reprise::runtime
