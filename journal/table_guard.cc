#include "journal/table_guard.h"

#include <optional>
#include <utility>

#include <reprise/hash.h>

#include "journal/bytes.h"
#include "journal/crc32c.h"

namespace reprise::journal {
namespace {

// The end of a block-based table of format 1 to 5, by RocksDB's table/format.h: a byte that names
// the checksum, two places (of the index of blocks, and of the other one) padded to 40 bytes, the
// format, a magic number. Behind each block: how it is compressed, and its checksum.
constexpr std::size_t footer_size = 53;
constexpr std::size_t trailer_size = 5;
constexpr std::uint64_t magic = 0x88E241B785F4CFF7;
/// Far above what these two blocks ever hold.
constexpr std::uint64_t block_size_max = std::uint64_t{4} << 20;

enum class Sum : std::uint8_t { crc32c = 1, xxh3 = 4 };

struct Place {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::optional<Place> take_place(std::string_view& bytes) {
  Place place;
  if (!take_varint(bytes, place.offset) || !take_varint(bytes, place.size)) return std::nullopt;
  return place;
}

Error damaged(std::string_view what) {
  return Error(Code::corrupt, "the table's " + std::string(what) + " is damaged");
}

/// Of the block and the byte behind it, as RocksDB's format.cc has it.
std::optional<std::uint32_t> sum_of(Sum sum, std::string_view block, char compression) {
  constexpr std::uint32_t last_byte_factor = 0x6B9083D9;
  switch (sum) {
    case Sum::crc32c: return masked_crc(crc32c(crc32c(0, block), {&compression, 1}));
    case Sum::xxh3:
      return static_cast<std::uint32_t>(hash64(block)) ^
             (static_cast<unsigned char>(compression) * last_byte_factor);
  }
  return std::nullopt;
}

/// A whole block, uncompressed as both of these are.
Result<std::string> read_block(const Place& place, Sum sum, std::uint64_t size, const ReadAt& read,
                               std::string_view what) {
  if (place.size > block_size_max || place.offset > size ||
      size - place.offset < place.size + trailer_size) {
    return damaged(what);
  }
  const auto whole = static_cast<std::size_t>(place.size);
  auto bytes = read(place.offset, whole + trailer_size);
  if (!bytes) return bytes;
  if (bytes->size() != whole + trailer_size) return damaged(what);
  const auto stored = load_le<std::uint32_t>(*bytes, whole + 1);
  if (sum_of(sum, std::string_view(*bytes).substr(0, whole), (*bytes)[whole]) != stored) {
    return damaged(what);
  }
  bytes->resize(whole);
  return bytes;
}

/// Where the block of properties is, by the index that names it. That is whole: entries of shared
/// size, own size, size of the value, key, value; then where entries begin anew, and how often.
Result<std::optional<Place>> properties_in(std::string_view index) {
  constexpr std::string_view wanted = "rocksdb.properties";
  constexpr std::size_t word = sizeof(std::uint32_t);
  if (index.size() < word) return damaged("index of properties");
  const auto restarts = std::uint64_t{load_le<std::uint32_t>(index, index.size() - word)};
  if (restarts * word > index.size() - word) return damaged("index of properties");
  index.remove_suffix(static_cast<std::size_t>(restarts + 1) * word);
  std::string key;
  while (!index.empty()) {
    std::uint64_t shared = 0;
    std::uint64_t own = 0;
    std::uint64_t value = 0;
    if (!take_varint(index, shared) || !take_varint(index, own) || !take_varint(index, value) ||
        shared > key.size() || own > index.size() || value > index.size() - own) {
      return damaged("index of properties");
    }
    key.resize(static_cast<std::size_t>(shared));
    key.append(index.substr(0, static_cast<std::size_t>(own)));
    index.remove_prefix(static_cast<std::size_t>(own));
    auto place = index.substr(0, static_cast<std::size_t>(value));
    index.remove_prefix(static_cast<std::size_t>(value));
    if (key == wanted) return take_place(place);
  }
  return std::optional<Place>();
}

}  // namespace

Result<void> check_table(std::uint64_t size, const ReadAt& read) {
  if (size < footer_size) return {};
  auto footer = read(size - footer_size, footer_size);
  if (!footer) return std::move(footer).error();
  if (footer->size() != footer_size ||
      load_le<std::uint64_t>(*footer, footer_size - sizeof(magic)) != magic) {
    return {};
  }
  const auto sum = static_cast<Sum>(footer->front());
  if (sum != Sum::crc32c && sum != Sum::xxh3) return damaged("footer");
  std::string_view places = std::string_view(*footer).substr(1);
  const auto index_place = take_place(places);
  if (!index_place) return damaged("footer");
  const auto index = read_block(*index_place, sum, size, read, "index of properties");
  if (!index) return index.error();
  const auto place = properties_in(*index);
  if (!place) return place.error();
  if (!*place) return {};
  const auto properties = read_block(**place, sum, size, read, "block of properties");
  return properties ? Result<void>() : Result<void>(properties.error());
}

}  // namespace reprise::journal
