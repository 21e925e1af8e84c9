// The store's own values: its header, where trims left off, what the rows add up to.
//
// Each is a FlatBuffer (schemas/row.fbs) behind 8 bytes of XXH3 over its key and itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <reprise/hash.h>
#include <reprise/ids.h>
#include <reprise/result.h>

#include "journal/store.h"

namespace reprise::journal {

/// What a trim leaves behind: the first position kept and the chain head before it.
struct TrimPoint {
  Position first = 1;
  Hash128 previous;
  Epoch epoch = 0;
};

/// What a shard's rows add up to. `total` is the sum of their hashes, each half modulo 2^64.
struct RowSum {
  std::uint64_t count = 0;
  Hash128 total;
  bool operator==(const RowSum&) const = default;
};

inline constexpr std::string_view header_key = "header";
[[nodiscard]] std::string trim_key(ShardId shard);
/// In Table::meta, which else belongs to the engine.
[[nodiscard]] std::string sum_key(ShardId shard);
inline constexpr std::string_view sum_key_start = "sum/";

[[nodiscard]] std::string encode_header(const StoreHeader& header);
[[nodiscard]] std::string encode_trim(ShardId shard, const TrimPoint& point);
[[nodiscard]] std::string encode_sum(ShardId shard, const RowSum& sum);

/// Errors: corrupt; newer_format.
Result<StoreHeader> decode_header(std::string_view sealed);
/// Errors: corrupt.
Result<TrimPoint> decode_trim(ShardId shard, std::string_view sealed);
Result<RowSum> decode_sum(ShardId shard, std::string_view sealed);

}  // namespace reprise::journal
