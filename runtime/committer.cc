#include "runtime/committer.h"

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "runtime/fail_stop.h"

namespace reprise::runtime {
namespace {

constexpr Nanos retry_every = 1'000'000'000;       // Of a group that a full disk refused.
constexpr std::size_t group_size_max = 16u << 20;  // What one write holds in memory, about.

std::size_t size_of(const journal::ShardAppend& append) noexcept {
  std::size_t size = append.bytes.size();
  for (const journal::Put& put : append.puts) size += put.value ? put.value->size() : 0;
  return size;
}

/// Records and blobs: what callers wait for.
std::size_t awaited(const journal::ShardAppend& append) noexcept {
  std::size_t size = append.bytes.size();
  for (const journal::Put& put : append.puts) {
    if (put.table == journal::Table::blobs && put.value) size += put.value->size();
  }
  return size;
}

/// Adds to `held` what was submitted after it.
void join(journal::ShardAppend& held, journal::ShardAppend& append) {
  if (append.count != 0) {
    if (held.count == 0) {
      held.first = append.first;
    } else {
      REPRISE_MARK("runtime/records_joined");
    }
    REPRISE_ASSERT(held.first + held.count == append.first);
    held.count += append.count;
    held.bytes += append.bytes;
    held.chain_after = append.chain_after;
  }
  held.puts.insert(held.puts.end(), std::make_move_iterator(append.puts.begin()),
                   std::make_move_iterator(append.puts.end()));
}

}  // namespace

void Committer::submit(journal::ShardAppend append, std::uint64_t ticket) {
  const std::size_t size = size_of(append);
  const std::size_t bytes = awaited(append);
  std::lock_guard lock(mutex_);
  undurable_ += bytes;
  gathering_.push_back({std::move(append), ticket, size, bytes});
}

bool Committer::take(std::vector<Submission>& taken, Group& group,
                     std::map<ShardId, Position>& trims) {
  std::lock_guard lock(mutex_);
  if (writing_ || failed_) return false;
  if (full_ && clock_.steady() < retry_at_) {
    REPRISE_MARK("runtime/full_disk_waits");
    return false;
  }
  if (!kept_.appends.empty()) {
    group = std::exchange(kept_, {});
  } else {
    if (gathering_.empty() && trims_.empty()) return false;
    std::size_t size = 0;
    while (!gathering_.empty() &&
           (taken.empty() || size + gathering_.front().size <= group_size_max)) {
      size += gathering_.front().size;
      taken.push_back(std::move(gathering_.front()));
      gathering_.pop_front();
    }
  }
  writing_ = true;
  trims.swap(trims_);
  return true;
}

void Committer::gather(std::vector<Submission>& taken, Group& group) {
  std::map<ShardId, std::size_t> places;
  for (Submission& one : taken) {
    group.bytes += one.bytes;
    const auto [place, fresh] = places.try_emplace(one.append.shard, group.appends.size());
    if (fresh) {
      group.appends.push_back(std::move(one.append));
      group.tickets.push_back(one.ticket);
    } else {
      join(group.appends[place->second], one.append);
      group.tickets[place->second] = one.ticket;
    }
  }
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
  std::vector<Submission> taken;
  Group group;
  std::map<ShardId, Position> trims;
  if (!take(taken, group, trims)) return false;
  const auto done = guarded([&]() -> Result<void> {
    gather(taken, group);
    if (auto written = write(group); !written) return written;
    return trim(trims);
  });
  const bool full = done.code() == Code::no_space;
  bool news = false;
  bool has_space = false;
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    failed_ = !done.ok() && !full;
    if (full) {
      news = !full_.exchange(true);
      kept_ = std::move(group);
      trims_.merge(trims);
      retry_at_ = clock_.steady() + retry_every;
    } else if (done.ok()) {
      has_space = full_.exchange(false);
    }
  }
  rested_.notify_all();
  if (has_space) {
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
  std::uint64_t keys = 0;
  for (const auto& append : group) {
    records += append.count;
    keys += append.count == 0 ? 0 : 1;
  }
  metrics_.commits.add();
  metrics_.keys.add(keys);
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
  rest(done);
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
    REPRISE_MARK("runtime/anchor_not_renewed");
    log_.write(LogLevel::warning, "anchor_not_renewed", renewed.error().message());
  }
  rest(renewed);
}

void Committer::rest(const Result<void>& done) {
  const bool failed = done.code() == Code::engine_failed;
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    failed_ = failed;
  }
  rested_.notify_all();
  if (failed) on_failure_(done.error());
}

std::optional<Nanos> Committer::retry_at() const {
  if (!full_) return std::nullopt;
  std::lock_guard lock(mutex_);
  return retry_at_;
}

bool Committer::idle() const {
  std::lock_guard lock(mutex_);
  return !writing_ && (failed_ || (gathering_.empty() && trims_.empty() && kept_.appends.empty()));
}

std::size_t Committer::undurable() const {
  std::lock_guard lock(mutex_);
  return undurable_;
}

}  // namespace reprise::runtime
