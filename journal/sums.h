// What the rows of each shard add up to, kept while they are put and deleted.
//
// Problem: a row that RocksDB lost answers "no such row", which is what a row that never was
// answers. The sum of all hashes, rewritten in every atomic write that changes a row, tells them
// apart; order-free, so that it needs the changed rows only.
//
// Counted: rows, chunks, index. Blobs are named by their hash where they are used.
//
// Threads: one at a time.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/result.h>

#include "journal/sealed.h"
#include "journal/store.h"

namespace reprise::journal {

[[nodiscard]] constexpr bool is_summed(Table table) noexcept {
  return table == Table::rows || table == Table::chunks || table == Table::index;
}

/// Hash of one row, key and table included.
[[nodiscard]] Hash128 hash_of_row(Table table, std::string_view key, std::string_view value);

/// `sum` with a row of this hash more, or less.
void add_row(RowSum& sum, Hash128 hash) noexcept;
void remove_row(RowSum& sum, Hash128 hash) noexcept;

class Sums {
 public:
  explicit Sums(std::uint16_t shards) : sums_(shards) {}

  void set(ShardId shard, const RowSum& sum) { sums_[shard] = sum; }

  using Get = std::function<Result<std::optional<std::string>>(Table, std::string_view)>;
  using Changes = std::vector<std::pair<ShardId, RowSum>>;
  /// The sums of those shards whose rows the group changes, as they are after it. `get` reads the
  /// rows as they are before it.
  Result<Changes> after(std::span<const ShardAppend> group, const Get& get) const;
  /// Keeps what after() gave, once it is durable.
  void advance(const Changes& changes);

 private:
  std::vector<RowSum> sums_;
};

}  // namespace reprise::journal
