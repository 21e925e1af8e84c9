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

/// A journal file: its start, then sections, each a head and a FlatBuffer.
namespace file_format {
/// As PNG does it: a copy made as text damages them at once.
inline constexpr std::string_view magic = "\x89RPJ\r\n\x1a\n";
inline constexpr std::size_t start_size =
    32;  ///< Magic, u32 format, u32 0, u64 features, u64 checksum.
inline constexpr std::size_t head_size = 16;  ///< u64 checksum, u32 size of the body, u32 kind.
inline constexpr std::size_t section_size_max = std::size_t{1} << 30;
inline constexpr std::size_t events_size = std::size_t{4}
                                           << 20;  ///< A writer's sections of events.
static_assert(magic.size() + 4 + 4 + 8 + 8 == start_size);

enum class Kind : std::uint32_t {
  header = 1,
  names = 2,
  instance = 3,
  events = 4,
  blob = 5,
  end = 6,
};
}  // namespace file_format

}  // namespace reprise::journal
