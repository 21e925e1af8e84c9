#include "journal/sums.h"

namespace reprise::journal {

Hash128 hash_of_row(Table table, std::string_view key, std::string_view value) {
  // Table and size of the key stand where a chain's head would: no two rows share their bytes.
  return chain(Hash128{static_cast<std::uint64_t>(table), key.size()}, key, value);
}

void add_row(RowSum& sum, Hash128 hash) noexcept {
  ++sum.count;
  sum.total.low += hash.low;
  sum.total.high += hash.high;
}

void remove_row(RowSum& sum, Hash128 hash) noexcept {
  --sum.count;
  sum.total.low -= hash.low;
  sum.total.high -= hash.high;
}

Result<Sums::Changes> Sums::after(std::span<const ShardAppend> group, const Get& get) const {
  Changes changes;
  // Rows that the group has touched already, with their hashes so far.
  std::map<std::pair<Table, std::string_view>, std::optional<Hash128>> touched;
  for (const auto& part : group) {
    RowSum sum = sums_[part.shard];
    bool changed = false;
    for (const auto& put : part.puts) {
      if (!is_summed(put.table)) continue;
      changed = true;
      auto [row, fresh] = touched.try_emplace({put.table, put.key});
      if (fresh) {
        auto before = get(put.table, put.key);
        if (!before) return std::move(before).error();
        if (*before) row->second = hash_of_row(put.table, put.key, **before);
      }
      if (row->second) remove_row(sum, *row->second);
      row->second.reset();
      if (!put.value) continue;
      row->second = hash_of_row(put.table, put.key, *put.value);
      add_row(sum, *row->second);
    }
    if (changed) changes.emplace_back(part.shard, sum);
  }
  return changes;
}

void Sums::advance(const Changes& changes) {
  for (const auto& [shard, sum] : changes) sums_[shard] = sum;
}

}  // namespace reprise::journal
