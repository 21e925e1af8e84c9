#include "runtime/committer.h"

#include <reprise/assert.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace reprise::runtime {
namespace {

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

bool Committer::poll() {
  std::vector<journal::ShardAppend> group;
  std::vector<std::uint64_t> tickets;
  std::map<ShardId, Position> trims;
  std::size_t bytes = 0;
  {
    std::lock_guard lock(mutex_);
    if (writing_ || failed_ || (gathering_.empty() && trims_.empty())) return false;
    writing_ = true;
    trims.swap(trims_);
    group.reserve(gathering_.size());
    for (auto& [shard, gathered] : gathering_) {
      bytes += size_of(gathered.append);
      group.push_back(std::move(gathered.append));
      tickets.push_back(gathered.ticket);
    }
    gathering_.clear();
  }
  Result<void> written;
  if (!group.empty()) {
    const Nanos started = clock_.steady();
    written = store_.append(group, true);
    if (written.ok()) count(group, bytes, clock_.steady() - started);
  }
  for (const auto& [shard, keep_from] : trims) {
    if (!written.ok()) break;
    written = store_.trim(shard, keep_from);
    if (!written.ok()) break;
    log_.write(LogLevel::debug, "trimmed", "records below this position are gone",
               {{"shard", std::to_string(shard)}, {"position", std::to_string(keep_from)}});
  }
  {
    std::lock_guard lock(mutex_);
    writing_ = false;
    undurable_ -= bytes;
    failed_ = !written.ok();
  }
  if (!written.ok()) {
    on_failure_(written.error());
    return true;
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    const journal::ShardAppend& append = group[i];
    const Position last = append.count == 0 ? 0 : append.first + append.count - 1;
    on_durable_(append.shard, last, tickets[i]);
  }
  return true;
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

void Committer::renew_anchor() {
  {
    std::lock_guard lock(mutex_);
    if (writing_ || failed_) return;
    writing_ = true;
  }
  // A failed renewal loses nothing: the anchor claims less than it could, and the next one retries.
  if (auto renewed = store_.renew_anchor(); !renewed) {
    log_.write(LogLevel::warning, "anchor_not_renewed", renewed.error().message());
  }
  std::lock_guard lock(mutex_);
  writing_ = false;
}

bool Committer::idle() const {
  std::lock_guard lock(mutex_);
  return !writing_ && (failed_ || (gathering_.empty() && trims_.empty()));
}

std::size_t Committer::undurable() const {
  std::lock_guard lock(mutex_);
  return undurable_;
}

}  // namespace reprise::runtime
