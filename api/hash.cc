#include <reprise/hash.h>

#include <algorithm>

// Inlined: short inputs are the common case, and a call costs as much as the hash.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace reprise {
namespace {

Hash128 from(XXH128_hash_t hash) noexcept { return Hash128{hash.low64, hash.high64}; }

}  // namespace

std::uint64_t hash64(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

Hash128 chain(Hash128 previous, std::string_view bytes) noexcept {
  return chain(previous, bytes, {});
}

Hash128 chain(Hash128 previous, std::string_view first, std::string_view second) noexcept {
  // The previous head is hashed as bytes, not used as a seed: a seed is only 64 bits wide.
  // What is short is put together first: a state of XXH3 takes longer to set up than to hash it.
  constexpr std::size_t head_size = 16;
  char head[1024];
  for (int i = 0; i < 8; ++i) {
    head[i] = static_cast<char>(previous.low >> (8 * i));
    head[8 + i] = static_cast<char>(previous.high >> (8 * i));
  }
  if (first.size() <= 256 && second.size() <= sizeof head - head_size - 256) {
    char* end = std::copy(first.begin(), first.end(), head + head_size);
    end = std::copy(second.begin(), second.end(), end);
    return from(XXH3_128bits(head, static_cast<std::size_t>(end - head)));
  }
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  XXH3_128bits_update(&state, head, head_size);
  XXH3_128bits_update(&state, first.data(), first.size());
  XXH3_128bits_update(&state, second.data(), second.size());
  return from(XXH3_128bits_digest(&state));
}

}  // namespace reprise
