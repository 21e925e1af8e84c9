// Bytes that may be anything: integers, hashes, and FlatBuffers that were verified first.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffers.h>

namespace reprise::verifier {

struct Hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Hash&) const = default;
};

[[nodiscard]] std::uint64_t hash64(std::string_view bytes) noexcept;
[[nodiscard]] Hash hash128(std::string_view bytes) noexcept;
/// XXH3-128 over `previous` (low half first), then the pieces.
[[nodiscard]] Hash hash_after(Hash previous, std::string_view first, std::string_view second = {});
/// The history hash after one more event: over seq, the size of `name`, `name` and `table`.
[[nodiscard]] Hash history_after(Hash before, std::uint64_t seq, std::string_view name,
                                 std::string_view table);

/// Takes little-endian integers off the front. After a read past the end everything is 0 and `ok`
/// stays false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  template <class Int>
  Int little() {
    Int value = 0;
    const std::string_view taken = bytes(sizeof(Int));
    if (ok_) std::memcpy(&value, taken.data(), sizeof(Int));
    return value;
  }
  template <class Int>
  Int big() {
    Int value = 0;
    for (const char byte : bytes(sizeof(Int))) {
      value = static_cast<Int>((value << 7 << 1) | static_cast<unsigned char>(byte));
    }
    return value;
  }
  Hash hash() {
    const auto low = little<std::uint64_t>();
    return {low, little<std::uint64_t>()};
  }
  /// LEB128, at most ten bytes and 64 bits.
  std::uint64_t varint();
  std::string_view bytes(std::size_t size);
  std::string_view rest() { return bytes(left_.size()); }

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::size_t left() const noexcept { return left_.size(); }
  /// All was read, and no more than there was.
  [[nodiscard]] bool done() const noexcept { return ok_ && left_.empty(); }

 private:
  std::string_view left_;
  bool ok_ = true;
};

/// Appends, the other way round.
template <class Int>
void put_little(std::string& bytes, Int value) {
  char raw[sizeof(Int)];
  std::memcpy(raw, &value, sizeof(Int));
  bytes.append(raw, sizeof(Int));
}
template <class Int>
void put_big(std::string& bytes, Int value) {
  for (std::size_t i = sizeof(Int); i-- > 0;) {
    bytes += static_cast<char>((static_cast<std::uint64_t>(value) >> (8 * i)) & 0xff);
  }
}

/// A verified FlatBuffer. Copied, so that it is aligned wherever the bytes stood.
template <class Table>
class Buffer {
 public:
  /// False when the bytes are not such a table; then there is none to look at.
  bool set(std::string_view bytes) {
    copy_.assign((bytes.size() + 7) / 8, 0);
    table_ = nullptr;
    if (bytes.size() < 8 || bytes.size() >= FLATBUFFERS_MAX_BUFFER_SIZE) return false;
    std::memcpy(copy_.data(), bytes.data(), bytes.size());
    const auto* raw = reinterpret_cast<const std::uint8_t*>(copy_.data());
    flatbuffers::Verifier verifier(raw, bytes.size(), 64, 10'000'000);
    if (!verifier.VerifyBuffer<Table>(nullptr)) return false;
    table_ = flatbuffers::GetRoot<Table>(raw);
    return true;
  }
  /// REQUIRES: set() was true.
  const Table* operator->() const { return table_; }
  const Table& operator*() const { return *table_; }
  [[nodiscard]] const flatbuffers::Table& untyped() const {
    return *reinterpret_cast<const flatbuffers::Table*>(table_);
  }

 private:
  std::vector<std::uint64_t> copy_;
  const Table* table_ = nullptr;
};

inline std::string_view view(const flatbuffers::String* string) {
  return string == nullptr ? std::string_view() : std::string_view(string->c_str(), string->size());
}
inline std::string_view view(const flatbuffers::Vector<std::uint8_t>* bytes) {
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}
template <class Vector>
std::size_t size(const Vector* vector) {
  return vector == nullptr ? 0 : vector->size();
}

/// "3:41": shard and counter of a run.
[[nodiscard]] std::string run_text(std::uint64_t run);
inline std::uint16_t shard_of_run(std::uint64_t run) {
  return static_cast<std::uint16_t>(run >> 48);
}
inline std::uint64_t counter_of_run(std::uint64_t run) { return run & 0xffff'ffff'ffff; }
/// REQUIRES: shards > 0.
[[nodiscard]] std::uint16_t shard_of_id(std::string_view space, std::string_view id,
                                        std::uint16_t shards);

/// Takes the body out of a sealed (u64) or checked (u128) value. False when the hash is wrong.
bool unseal(std::string_view key, std::string_view value, std::string_view& body);
bool uncheck(std::string_view key, std::string_view value, std::string_view& body);

}  // namespace reprise::verifier
