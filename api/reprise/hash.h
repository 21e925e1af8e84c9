// The one hash of Reprise: XXH3. It finds accidents, not forgery.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace reprise {

/// 128 bits. The all-zero value starts every chain.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  auto operator<=>(const Hash128&) const = default;
};

/// XXH3_64bits of the bytes, seed 0.
[[nodiscard]] std::uint64_t hash64(std::string_view bytes) noexcept;
/// XXH3_128bits of the bytes, seeded with `previous` (low, high as 16 little-endian bytes hashed
/// before the bytes): one link of a chain.
[[nodiscard]] Hash128 chain(Hash128 previous, std::string_view bytes) noexcept;
/// As above over two pieces, as if joined.
[[nodiscard]] Hash128 chain(Hash128 previous, std::string_view first,
                            std::string_view second) noexcept;

}  // namespace reprise
