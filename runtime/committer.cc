#include "runtime/committer.h"

#include <reprise/assert.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "runtime/fail_stop.h"

namespace reprise::runtime {
namespace {

constexpr Nanos retry_every = 1'000'000'000;  // Of a group that a full disk refused.

/// Records and blobs: what callers wait for.
std::size_t size_of(const journal::ShardAppend& append) noexcept {
  std::size_t size = append.bytes.size();
  for (const journal::Put& put : append.puts) {
    if (put.table == journal::Table::blobs && put.value) size += put.value->size();
  }
  return size;
}

}  // namespace

void Committer::submit(journal::ShardAppend append, std::uint64_t ticket) {
  std::lock_guard lock(mutex_);
  undurable_ += size_of(append);
  const auto it = gathering_.find(append.shard);
  if (it == gathering_.end()) {
    const ShardId shard = append.shard;
    gathering_.emplace(shard, Gathering{std::move(append), ticket});
    return;
  }
  it->second.ticket = ticket;
  journal::ShardAppend& held = it->second.append;
  if (append.count != 0) {
    if (held.count == 0) held.first = append.first;
    REPRISE_ASSERT(held.first + held.count == append.first);
    held.count += append.count;
    held.bytes += append.bytes;
    held.chain_after = append.chain_after;
  }
  held.puts.insert(held.puts.end(), std::make_move_iterator(append.puts.begin()),
                   std::make_move_iterator(append.puts.end()));
}

bool Committer::take(Group& group, std::map<ShardId, Position>& trims) {
  std::lock_guard lock(mutex_);
  if (writing_ || failed_) return false;
  if (full_ && clock_.steady() < retry_at_) return false;
  if (!kept_.appends.empty()) {
    group = std::exchange(kept_, {});
  } else {
    if (gathering_.empty() && trims_.empty()) return false;
    group.appends.reserve(gathering_.size());
    for (auto& [shard, gathered] : gathering_) {
      group.bytes += size_of(gathered.append);
      group.appends.push_back(std::move(gathered.append));
      group.tickets.push_back(gathered.ticket);
    }
    gathering_.clear();
  }
  writing_ = true;
  trims.swap(trims_);
  return true;
}

Result<void> Committer::write(Group& group) {
  if (group.appends.empty()) return {};
  const Nanos started = clock_.steady();
  if (auto done = store_.append(group.appends, true); !done) return done;
  count(group.appends, group.bytes, clock_.steady() - started);
  written(group);
  group.appends.clear();
  return {};
}

Result<void> Committer::trim(const std::map<ShardId, Position>& trims) {
  for (const auto& [shard, keep_from] : trims) {
    if (auto done = store_.trim(shard, keep_from); !done) return done;
    log_.write(LogLevel::debug, "trimmed", "records below this position are gone",
               {{"shard", std::to_string(shard)}, {"position", std::to_string(keep_from)}});
  }
  return {};
}

bool Committer::poll() {
  Group group;
  std::map<ShardId, Position> trims;
  if (!take(group, trims)) return false;
  const auto done = guarded([&]() -> Result<void> {
    if (auto written = write(group); !written) return written;
    return trim(trims);
  });
  const bool full = done.code() == Code::no_space;
  bool news = false;
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    failed_ = !done.ok() && !full;
    if (full) {
      news = !full_.exchange(true);
      kept_ = std::move(group);
      trims_.merge(trims);
      retry_at_ = clock_.steady() + retry_every;
    }
  }
  rested_.notify_all();
  if (done.ok() && full_.exchange(false)) {
    log_.write(LogLevel::info, "disk_has_space", "what waited was written; the engine goes on");
  }
  if (news) {
    log_.write(
        LogLevel::error, "disk_full",
        "free some space: nothing is lost, the engine goes on by itself; until then it takes "
        "no requests: " +
            done.error().message());
  }
  if (!done.ok() && !full) on_failure_(done.error());
  return true;
}

void Committer::written(const Group& group) {
  {
    std::lock_guard lock(mutex_);
    undurable_ -= group.bytes;
  }
  for (std::size_t i = 0; i < group.appends.size(); ++i) {
    const journal::ShardAppend& append = group.appends[i];
    const Position last = append.count == 0 ? 0 : append.first + append.count - 1;
    on_durable_(append.shard, last, group.tickets[i]);
  }
}

void Committer::count(std::span<const journal::ShardAppend> group, std::size_t bytes, Nanos took) {
  std::uint64_t records = 0;
  for (const auto& append : group) records += append.count;
  metrics_.commits.add();
  metrics_.records.add(records);
  metrics_.bytes.add(bytes);
  metrics_.records_per_commit.add(records);
  metrics_.latency.add(static_cast<std::uint64_t>(std::max<Nanos>(0, took)));
}

void Committer::trim(ShardId shard, Position keep_from) {
  std::lock_guard lock(mutex_);
  trims_[shard] = keep_from;
}

Result<void> Committer::exclusively(const std::function<Result<void>()>& work) {
  {
    std::unique_lock lock(mutex_);
    rested_.wait(lock, [this] { return !writing_; });
    if (failed_) return Error(Code::engine_failed, "the engine has stopped itself; open it again");
    writing_ = true;
  }
  auto done = guarded(work);
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
  }
  rested_.notify_all();
  return done;
}

void Committer::renew_anchor() {
  {
    std::lock_guard lock(mutex_);
    if (writing_ || failed_) return;
    writing_ = true;
  }
  // A failed renewal loses nothing: the anchor claims less than it could, and the next one retries.
  const auto renewed = guarded([this] { return store_.renew_anchor(); });
  if (!renewed.ok()) {
    log_.write(LogLevel::warning, "anchor_not_renewed", renewed.error().message());
  }
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
  }
  rested_.notify_all();
}

std::optional<Nanos> Committer::retry_at() const {
  if (!full_) return std::nullopt;
  std::lock_guard lock(mutex_);
  return retry_at_;
}

bool Committer::idle() const {
  std::lock_guard lock(mutex_);
  return !writing_ && (failed_ || (gathering_.empty() && trims_.empty() && !full_));
}

std::size_t Committer::undurable() const {
  std::lock_guard lock(mutex_);
  return undurable_;
}

}  // namespace reprise::runtime
