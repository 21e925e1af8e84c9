#include "journal/sealed.h"

#include "journal/bytes.h"
#include "journal/format.h"

#include <fmt/format.h>

#include "schemas/row_generated.h"

namespace reprise::journal {
namespace {

constexpr std::size_t checksum_size = 8;

std::string seal(std::string_view key, const flatbuffers::FlatBufferBuilder& builder) {
  const std::string_view bytes{reinterpret_cast<const char*>(builder.GetBufferPointer()),
                               builder.GetSize()};
  std::string sealed;
  append_le(sealed, chain(Hash128{}, key, bytes).low);
  sealed.append(bytes);
  return sealed;
}

/// The table of type T in a sealed value; points into it.
template <class T>
Result<const T*> unseal(std::string_view key, std::string_view sealed) {
  const auto damaged = [&](std::string_view what) {
    return Error(Code::corrupt, fmt::format("The store's value '{}' {}.", key, what));
  };
  if (sealed.size() < checksum_size) return damaged("is cut off");
  const auto bytes = sealed.substr(checksum_size);
  if (load_le<std::uint64_t>(sealed, 0) != chain(Hash128{}, key, bytes).low) {
    return damaged("fails its checksum");
  }
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (!verifier.VerifyBuffer<T>(nullptr)) return damaged("is malformed");
  return flatbuffers::GetRoot<T>(bytes.data());
}

Hash128 from_wire(const wire::Hash* hash) {
  return hash == nullptr ? Hash128{} : Hash128{hash->low(), hash->high()};
}

wire::Hash to_wire(Hash128 hash) { return {hash.low, hash.high}; }

}  // namespace

std::string trim_key(ShardId shard) { return fmt::format("trim/{}", shard); }
std::string sum_key(ShardId shard) { return fmt::format("{}{}", sum_key_start, shard); }

std::string encode_header(const StoreHeader& header) {
  flatbuffers::FlatBufferBuilder builder;
  const auto id = to_wire({header.store_id[0], header.store_id[1]});
  builder.Finish(
      wire::CreateStoreHeader(builder, header.format, header.features, &id, header.shards));
  return seal(header_key, builder);
}

std::string encode_trim(ShardId shard, const TrimPoint& point) {
  flatbuffers::FlatBufferBuilder builder;
  const auto previous = to_wire(point.previous);
  builder.Finish(wire::CreateTrimPoint(builder, point.first, &previous, point.epoch));
  return seal(trim_key(shard), builder);
}

std::string encode_sum(ShardId shard, const RowSum& sum) {
  flatbuffers::FlatBufferBuilder builder;
  const auto total = to_wire(sum.total);
  builder.Finish(wire::CreateRowSum(builder, sum.count, &total));
  return seal(sum_key(shard), builder);
}

Result<StoreHeader> decode_header(std::string_view sealed) {
  auto table = unseal<wire::StoreHeader>(header_key, sealed);
  if (!table) return std::move(table).error();
  StoreHeader header;
  header.format = (*table)->format();
  header.features = (*table)->features();
  const auto id = from_wire((*table)->store_id());
  header.store_id[0] = id.low;
  header.store_id[1] = id.high;
  header.shards = (*table)->shards();
  if (header.format > format_version || (header.features & ~features_known) != 0) {
    return Error(Code::newer_format,
                 fmt::format("The store has format {} and features {:#x}; this build knows format "
                             "{} and features {:#x}.",
                             header.format, header.features, format_version, features_known));
  }
  if (header.format == 0 || header.shards == 0) {
    return Error(Code::corrupt, "The store's header is malformed.");
  }
  return header;
}

Result<TrimPoint> decode_trim(ShardId shard, std::string_view sealed) {
  auto table = unseal<wire::TrimPoint>(trim_key(shard), sealed);
  if (!table) return std::move(table).error();
  const TrimPoint point{(*table)->first(), from_wire((*table)->previous()), (*table)->epoch()};
  if (point.first == 0) return Error(Code::corrupt, "A trim point of the store is malformed.");
  return point;
}

Result<RowSum> decode_sum(ShardId shard, std::string_view sealed) {
  auto table = unseal<wire::RowSum>(sum_key(shard), sealed);
  if (!table) return std::move(table).error();
  return RowSum{(*table)->count(), from_wire((*table)->total())};
}

}  // namespace reprise::journal
