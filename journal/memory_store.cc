// The store that dies with its object: the same promises as on disk, for tests and simulation.
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include <reprise/assert.h>

#include "journal/shards.h"
#include "journal/store.h"
#include "journal/sums.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

using Bytes = std::map<std::string, std::string, std::less<>>;

class MemoryStore final : public Store {
 public:
  MemoryStore(std::uint16_t shards, std::array<std::uint64_t, 2> store_id)
      : shards_(shards), sums_(shards), journals_(shards) {
    header_.shards = shards;
    header_.store_id[0] = store_id[0];
    header_.store_id[1] = store_id[1];
    report_.created = true;
  }

  const StoreHeader& header() const noexcept override { return header_; }
  const OpenReport& report() const noexcept override { return report_; }
  ShardEnds ends(ShardId shard) const override { return shards_.ends(shard); }

  Result<void> append(std::span<ShardAppend> group, bool /*sync*/) override;
  Result<void> read(ShardId shard, Position from, const RecordSink& sink) const override;
  Result<void> trim(ShardId shard, Position keep_from) override;
  Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
  Result<void> scan(
      Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& sink) const override;
  Result<void> backup(const std::string&) override {
    return Error(Code::invalid_argument, "A memory store cannot be backed up.");
  }
  Result<void> renew_anchor() override { return {}; }
  Result<void> close() override { return {}; }

 private:
  /// Values are shared so that a reader walks them without holding the lock.
  using Journal = std::map<Position, std::shared_ptr<const std::string>>;

  Bytes& table(Table name) { return tables_[static_cast<std::size_t>(name)]; }
  const Bytes& table(Table name) const { return tables_[static_cast<std::size_t>(name)]; }

  StoreHeader header_;
  OpenReport report_;
  Shards shards_;
  Sums sums_;
  mutable std::mutex mutex_;
  std::vector<Journal> journals_;
  std::array<Bytes, 6> tables_;
};

Result<void> MemoryStore::append(std::span<ShardAppend> group, bool /*sync*/) {
  if (auto checked = shards_.check(group); !checked) return checked;
  const auto changes =
      sums_.after(group, [&](Table name, std::string_view key) { return get(name, key); });
  if (!changes) return changes.error();
  const std::lock_guard lock(mutex_);
  for (auto& part : group) {
    if (part.count > 0) {
      journals_[part.shard].emplace(part.first, std::make_shared<const std::string>(part.bytes));
    }
    for (auto& put : part.puts) {
      if (put.value) {
        table(put.table).insert_or_assign(put.key, *put.value);
      } else {
        table(put.table).erase(put.key);
      }
    }
  }
  for (const auto& [shard, sum] : *changes) {
    table(Table::meta).insert_or_assign(sum_key(shard), encode_sum(shard, sum));
  }
  sums_.advance(*changes);
  shards_.advance(group);
  return {};
}

Result<void> MemoryStore::read(ShardId shard, Position from, const RecordSink& sink) const {
  Journal journal;
  ShardEnds ends;
  {
    const std::lock_guard lock(mutex_);
    ends = shards_.ends(shard);
    journal = journals_[shard];
  }
  if (from < ends.first) {
    return Error(Code::invalid_argument,
                 fmt::format("Record {} of shard {} was trimmed.", from, shard));
  }
  if (from > ends.last) return {};
  auto at = journal.upper_bound(from);
  REPRISE_ASSERT(at != journal.begin());
  --at;
  std::optional<Hash128> previous;
  Position position = at->first;
  for (; at != journal.end(); ++at) {
    auto read = read_records(*at->second, shard, position, previous, [&](const RecordFrame& frame) {
      return frame.position < from || sink(frame.position, frame.epoch, frame.body);
    });
    if (!read) return std::move(read).error();
    if (!*read) return {};
  }
  REPRISE_ASSERT(position == ends.last + 1);
  return {};
}

Result<void> MemoryStore::trim(ShardId shard, Position keep_from) {
  const std::lock_guard lock(mutex_);
  auto ends = shards_.ends(shard);
  if (keep_from > ends.last + 1) {
    return Error(Code::invalid_argument,
                 fmt::format("Trim of shard {} to {} is beyond its end.", shard, keep_from));
  }
  auto& journal = journals_[shard];
  while (journal.size() > 1 && std::next(journal.begin())->first <= keep_from) {
    journal.erase(journal.begin());
  }
  if (!journal.empty()) ends.first = journal.begin()->first;
  shards_.set(shard, ends);
  return {};
}

Result<std::optional<std::string>> MemoryStore::get(Table name, std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = table(name).find(key);
  if (found == table(name).end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

Result<void> MemoryStore::scan(
    Table name, std::string_view from, std::string_view to,
    const std::function<bool(std::string_view, std::string_view)>& sink) const {
  // Copied, so that the sink may use the store, and sees one instant of it.
  std::vector<std::pair<std::string, std::string>> found;
  {
    const std::lock_guard lock(mutex_);
    const auto& bytes = table(name);
    for (auto at = bytes.lower_bound(from); at != bytes.end(); ++at) {
      if (!to.empty() && at->first >= to) break;
      found.emplace_back(*at);
    }
  }
  for (const auto& [key, value] : found) {
    if (!sink(key, value)) break;
  }
  return {};
}

}  // namespace

std::unique_ptr<Store> make_memory_store(std::uint16_t shards,
                                         std::array<std::uint64_t, 2> store_id) {
  return std::make_unique<MemoryStore>(shards, store_id);
}

}  // namespace reprise::journal
