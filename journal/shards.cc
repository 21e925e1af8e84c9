#include "journal/shards.h"

#include <algorithm>

#include <reprise/assert.h>

#include "journal/format.h"
#include "journal/sealed.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

/// One part of a group against the end of its shard.
Result<void> check_part(const ShardAppend& part, const ShardEnds& ends) {
  if (part.epoch < ends.epoch) {
    return Error(Code::fenced, fmt::format("Shard {} is owned by epoch {}; this is epoch {}.",
                                           part.shard, ends.epoch, part.epoch));
  }
  const auto wrong = [&](std::string_view what) {
    return Error(Code::invalid_argument,
                 fmt::format("Append to shard {} at {}: {}.", part.shard, part.first, what));
  };
  for (const auto& put : part.puts) {
    if (put.table == Table::meta && put.key.starts_with(sum_key_start)) {
      return wrong("the sums are the store's own");
    }
  }
  if (part.count == 0) {
    if (!part.bytes.empty()) return wrong("bytes without records");
    return {};
  }
  if (part.first != ends.last + 1) {
    return wrong(fmt::format("the journal ends at {}", ends.last));
  }
  if (part.bytes.size() > group_size_max) return wrong("more bytes than a key may hold");
  std::string_view rest = part.bytes;
  for (std::uint32_t i = 0; i < part.count; ++i) {
    const auto frame = peek_frame(rest);
    if (!frame || frame->shard != part.shard || frame->position != part.first + i ||
        frame->epoch != part.epoch) {
      return wrong(fmt::format("record {} of {} is not the one expected", i + 1, part.count));
    }
    if (i == 0 && frame->previous != ends.chain) return wrong("the chain does not continue");
    rest.remove_prefix(frame->size);
  }
  if (!rest.empty()) return wrong("bytes after the last record");
  return {};
}

}  // namespace

ShardEnds Shards::ends(ShardId shard) const {
  REPRISE_ASSERT(shard < ends_.size());
  const std::lock_guard lock(mutex_);
  return ends_[shard];
}

void Shards::set(ShardId shard, const ShardEnds& ends) {
  REPRISE_ASSERT(shard < ends_.size());
  const std::lock_guard lock(mutex_);
  ends_[shard] = ends;
}

Result<void> Shards::check(std::span<const ShardAppend> group) const {
  for (std::size_t i = 0; i < group.size(); ++i) {
    const auto& part = group[i];
    if (part.shard >= ends_.size()) {
      return Error(Code::invalid_argument, fmt::format("There is no shard {}.", part.shard));
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (group[k].shard == part.shard) {
        return Error(Code::invalid_argument,
                     fmt::format("Shard {} is twice in one group.", part.shard));
      }
    }
    if (auto checked = check_part(part, ends(part.shard)); !checked) return checked;
  }
  return {};
}

void Shards::advance(std::span<const ShardAppend> group) {
  const std::lock_guard lock(mutex_);
  for (const auto& part : group) {
    auto& ends = ends_[part.shard];
    ends.epoch = std::max(ends.epoch, part.epoch);
    if (part.count == 0) continue;
    ends.last = part.first + part.count - 1;
    ends.chain = part.chain_after;
  }
}

Result<bool> read_records(std::string_view bytes, ShardId shard, Position& position,
                          std::optional<Hash128>& previous,
                          const std::function<bool(const RecordFrame&)>& sink) {
  while (!bytes.empty()) {
    auto frame = read_frame(bytes, shard, position, previous);
    if (!frame) return std::move(frame).error();
    bytes.remove_prefix(frame->size);
    previous = frame->chain;
    ++position;
    if (!sink(*frame)) return false;
  }
  return true;
}

}  // namespace reprise::journal
