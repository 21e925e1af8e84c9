// The numbers of the stored format, once. docs/format.md is normative.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reprise::journal {

/// Version of everything a store holds. A higher one is refused before any record is read.
inline constexpr std::uint32_t format_version = 1;
/// Feature bits this build knows. Others are refused before any record is read.
inline constexpr std::uint64_t features_known = 0;

/// Frame of a record: fixed fields, then the body.
namespace frame {
inline constexpr std::size_t checksum_at = 0;   ///< u64: low half of the record's hash.
inline constexpr std::size_t size_at = 8;       ///< u32: bytes of body.
inline constexpr std::size_t shard_at = 12;     ///< u16
inline constexpr std::size_t kind_at = 14;      ///< u8
inline constexpr std::size_t flags_at = 15;     ///< u8: must be 0.
inline constexpr std::size_t position_at = 16;  ///< u64
inline constexpr std::size_t epoch_at = 24;     ///< u32
inline constexpr std::size_t events_at = 28;    ///< u32: events in the body.
inline constexpr std::size_t previous_at = 32;  ///< u128: chain head before this record.
inline constexpr std::size_t body_at = 48;
static_assert(previous_at + 16 == body_at);

inline constexpr std::uint8_t kind_events = 1;
}  // namespace frame

/// A record's body, and all records of one shard in one append, must stay below these.
inline constexpr std::size_t body_size_max = std::size_t{1} << 30;
inline constexpr std::size_t group_size_max = std::size_t{1} << 30;

}  // namespace reprise::journal
