// Fixed-width and variable-width integers as they are stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace reprise::journal {

/// Little-endian integer at `at`. REQUIRES: at + sizeof(T) ≤ bytes.size().
template <class T>
[[nodiscard]] T load_le(std::string_view bytes, std::size_t at) noexcept {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value |
                           (static_cast<T>(static_cast<unsigned char>(bytes[at + i])) << (8 * i)));
  }
  return value;
}

template <class T>
void store_le(char* out, T value) noexcept {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out[i] = static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
  }
}

template <class T>
void append_le(std::string& out, T value) {
  char bytes[sizeof(T)];
  store_le(bytes, value);
  out.append(bytes, sizeof(T));
}

/// Big-endian, so that keys sort as their numbers do.
template <class T>
void append_be(std::string& out, T value) {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> (8 * i))));
  }
}

template <class T>
[[nodiscard]] T load_be(std::string_view bytes, std::size_t at) noexcept {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(static_cast<T>(value << 7 << 1) |
                           static_cast<T>(static_cast<unsigned char>(bytes[at + i])));
  }
  return value;
}

/// LEB128: seven bits a byte, low first.
inline void append_varint(std::string& out, std::uint64_t value) {
  char bytes[10];
  std::size_t size = 0;
  while (value >= 0x80) {
    bytes[size++] = static_cast<char>(static_cast<unsigned char>(value | 0x80));
    value >>= 7;
  }
  bytes[size++] = static_cast<char>(static_cast<unsigned char>(value));
  out.append(bytes, size);
}

/// Takes a varint off the front of `bytes`. False when it is cut off, or wider than 64 bits.
[[nodiscard]] inline bool take_varint(std::string_view& bytes, std::uint64_t& value) noexcept {
  value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (i == 9 && byte > 1) return false;
    value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t difference) noexcept {
  return (difference << 1) ^ (0 - (difference >> 63));
}
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t coded) noexcept {
  return (coded >> 1) ^ (0 - (coded & 1));
}

}  // namespace reprise::journal
