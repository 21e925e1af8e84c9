#include "runtime/snapshotter.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include <reprise/detail/mark.h>

#include "runtime/log.h"
#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

constexpr std::size_t part_of_snapshot = 64;
constexpr std::size_t part_of_ended = 32;
/// What one turn may read and write: a commit writes the rows of all shards' turns, and what waits
/// for it waits for them too. Of many that wait it is a part, so that it keeps up with whatever
/// comes in; where their histories are long, it is fewer.
class Share {
 public:
  explicit Share(std::size_t part) : runs_(std::max<std::size_t>(64, part)) {}
  [[nodiscard]] bool spent() const noexcept { return runs_ == 0 || bytes_ == 0; }
  void take(std::size_t bytes) {
    runs_ -= std::min<std::size_t>(runs_, 1);
    bytes_ -= std::min(bytes_, bytes);
  }

 private:
  std::size_t runs_;
  std::size_t bytes_ = std::size_t{1} << 20;
};

/// Runs looked at in one turn that need no row: most have ended since.
constexpr int passed_per_turn = 4096;
constexpr Nanos moment = 10'000'000;
/// What a run that has ended takes, about.
constexpr std::size_t ended_size = 2048;
constexpr std::size_t ended_kept = 32;  // At most: somebody may be about to ask for their results.

}  // namespace

bool Snapshotter::poll() {
  const bool tidied = core_.tail.tidy();
  switch (stage_) {
    case Stage::idle:
      if (!requested_ && core_.events - events_at_last_ < core_.seams.options.snapshot_every) {
        return tidied;
      }
      begin();
      return true;
    case Stage::rows: return write_rows();
    case Stage::rows_written:
      if (core_.durable_ticket < ticket_) return false;
      write_position();
      return true;
    case Stage::position_written:
      if (core_.durable_ticket < ticket_) return false;
      core_.seams.committer.trim(core_.state.shard, snapshot_ + 1);
      core_.forget(snapshot_);
      core_.metrics.snapshots.add();
      core_.seams.log.write(
          LogLevel::info, "snapshot_moved", "the journal before it may be trimmed",
          {{"shard", std::to_string(core_.state.shard)}, {"position", std::to_string(snapshot_)}});
      stage_ = Stage::idle;
      return true;  // The committer has the trim to do.
  }
  return false;
}

void Snapshotter::begin() {
  core_.seal();
  requested_ = false;
  events_at_last_ = core_.events;
  snapshot_ = core_.position;
  chain_ = core_.chain();
  shard_state_ = replay::encode(core_.state);
  core_.tail.set_apart();
  stage_ = Stage::rows;
}

bool Snapshotter::write_rows() {
  bool moved = false;
  Share share(core_.tail.apart() / part_of_snapshot);
  for (int passed = 0; !share.spent() && passed < passed_per_turn; ++passed) {
    const auto run = core_.tail.next_apart();
    if (!run) break;
    // Else it was deleted, or has ended, and its row has seen all.
    if (core_.tail.is_apart(*run)) {
      const bool here = core_.residents.contains(*run);
      auto found = core_.load(*run);
      // A run that can't be read holds the snapshot position where it is: nothing of it is trimmed.
      if (!found) {
        REPRISE_MARK("runtime/snapshot_stuck");
        core_.seams.log.write(LogLevel::error, "snapshot_stuck", found.error().message(),
                              {{"shard", std::to_string(core_.state.shard)},
                               {"run", fmt::format("{:x}", run->value)}});
        stage_ = Stage::idle;
        return false;
      }
      if (!here) share.take(0);
      if (*found != nullptr && (*found)->row_seq != (*found)->state.seq) {
        share.take((*found)->recent.size());
      }
      // Its previous row is on its way to disk: its arrival wakes the shard.
      if (*found != nullptr && !write_row(**found)) return moved;
    }
    core_.tail.pop_apart();
    moved = true;
  }
  if (core_.tail.next_apart()) return true;
  ticket_ = core_.put_so_far();
  stage_ = Stage::rows_written;
  return true;
}

bool Snapshotter::write_row(Resident& resident) {
  if (resident.row_seq == resident.state.seq) return true;
  if (resident.row_ticket > core_.durable_ticket) {
    REPRISE_MARK("runtime/row_waits_for_a_row");
    return false;
  }
  const RunId run = resident.state.run;
  std::vector<journal::Put> puts;
  puts.push_back(
      {journal::Table::rows, row_key(run), encode_row(run, Row{core_.recorded(), resident.state})});
  if (!resident.recent.empty()) {
    puts.push_back({journal::Table::chunks, chunk_key(run, resident.recent.first()),
                    encode_chunk(run, resident.recent)});
  }
  if (resident.row_seq == 0) {
    puts.push_back({journal::Table::index, id_key(resident.state.key), encode_run(run)});
  }
  Hints hints = hints_of(resident.state);
  add_changes(core_.state.shard, run, resident.hints, hints, puts);
  resident.hints = std::move(hints);
  resident.row_position = core_.recorded();
  resident.row_ticket = core_.put(std::move(puts));
  resident.row_seq = resident.state.seq;
  resident.writing = std::move(resident.recent);
  resident.recent = HistoryBuffer();
  resident.recent.restart(resident.state.seq + 1);
  return true;
}

void Snapshotter::write_position() {
  PositionRow row;
  row.snapshot = snapshot_;
  row.chain = chain_;
  row.state.shard = core_.state.shard;
  ticket_ = core_.put({{journal::Table::meta, position_key(core_.state.shard),
                        encode_position(row, shard_state_)}});
  stage_ = Stage::position_written;
}

std::vector<RunId> Snapshotter::at_rest() const {
  std::vector<std::pair<std::uint64_t, RunId>> idle;
  for (const auto& [run, resident] : core_.residents) {
    if (resident->bodies.empty() && resident->held_back.empty() && !resident->mark &&
        resident->used < core_.turn) {
      idle.emplace_back(resident->used, run);
    }
  }
  std::sort(idle.begin(), idle.end());  // The least recently used first.
  std::vector<RunId> runs;
  runs.reserve(idle.size());
  for (const auto& [used, run] : idle) runs.push_back(run);
  return runs;
}

void Snapshotter::let_ended_go() {
  if (!core_.ended.empty() && !busy()) {
    Share share(core_.ended.size() / part_of_ended);
    for (std::size_t looks = core_.ended.size(); !share.spent() && looks != 0; --looks) {
      const RunId run = core_.ended.front();
      core_.ended.pop_front();
      const auto found = core_.residents.find(run);
      if (found == core_.residents.end()) continue;
      Resident& resident = *found->second;
      if (resident.row_seq != resident.state.seq) share.take(resident.recent.size());
      if (write_row(resident)) {
        leaving_.emplace_back(run, resident.row_ticket);
      } else {
        core_.ended.push_back(run);  // A row of it is on its way to disk.
      }
    }
  }
  const std::size_t kept = std::min(ended_kept, ended_held());
  while (leaving_.size() > kept && leaving_.front().second <= core_.durable_ticket) {
    const RunId run = leaving_.front().first;
    leaving_.pop_front();
    let_go(run);
  }
}

/// So many of those that have ended the memory holds.
std::size_t Snapshotter::ended_held() const {
  return core_.seams.options.memory_budget / core_.state.shards / ended_size;
}

/// Code that is late, or due in a moment, goes before the rows of runs that have ended, while
/// memory holds those.
bool Snapshotter::busy() const {
  if (core_.ended.size() > ended_held()) return false;
  const auto due = core_.next_due();
  return due && *due <= core_.now() + moment;
}

void Snapshotter::let_go(RunId run) {
  const auto found = core_.residents.find(run);
  if (found == core_.residents.end()) return;
  const Resident& resident = *found->second;
  if (!resident.closed() || !resident.bodies.empty() || resident.mark ||
      resident.row_seq != resident.state.seq || resident.row_ticket > core_.durable_ticket) {
    return;  // When its last body returns, or by the budget.
  }
  core_.tail.erase(run, resident.state.key);  // Its rows tell all.
  core_.residents.erase(found);
  core_.metrics.evictions.add();
}

void Snapshotter::evict() {
  let_ended_go();
  // A look costs time in proportion to the instances held; per turn it is bounded. Shards look one
  // after the other: all in one turn would hold up what is due.
  const std::uint64_t every = std::bit_ceil(core_.residents.size() / 64 + 1);
  if (core_.turn % every != every * core_.state.shard / core_.state.shards) return;
  const std::size_t whole = core_.seams.options.memory_budget / core_.state.shards;
  std::size_t total = 0;
  for (const auto& [run, resident] : core_.residents) total += resident->memory();
  core_.metrics.resident_bytes.set(total);
  const std::size_t budget = whole - std::min(whole, core_.record_bytes());
  if (total <= budget) return;
  Share share(core_.residents.size() / part_of_snapshot);
  for (const RunId run : at_rest()) {
    if (total <= budget) return;
    Resident& resident = *core_.residents[run];
    // Rows go first; the instance itself goes in a later turn, when its row is durable.
    if (resident.row_seq != resident.state.seq) {
      if (share.spent()) continue;
      const std::size_t bytes = resident.recent.size();
      if (write_row(resident)) share.take(bytes);
      continue;
    }
    if (resident.row_ticket > core_.durable_ticket) {
      REPRISE_MARK("runtime/eviction_waits_for_a_row");
      continue;
    }
    activation_.verify(resident, Verify::now);
    if (resident.mark) {  // It stays to be shown.
      REPRISE_MARK("runtime/eviction_finds_a_mismatch");
      continue;
    }
    total -= resident.memory();
    activation_.drop_code(resident);
    core_.tail.erase(run, resident.state.key);  // Its rows tell all.
    core_.residents.erase(run);
    core_.metrics.evictions.add();
    core_.metrics.resident_bytes.set(total);
  }
}

}  // namespace reprise::runtime
