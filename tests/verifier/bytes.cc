#include "tests/verifier/bytes.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace reprise::verifier {

std::uint64_t hash64(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

Hash hash128(std::string_view bytes) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.low64, hash.high64};
}

Hash hash_after(Hash previous, std::string_view first, std::string_view second) {
  std::string joined;
  joined.reserve(16 + first.size() + second.size());
  put_little(joined, previous.low);
  put_little(joined, previous.high);
  joined += first;
  joined += second;
  return hash128(joined);
}

Hash history_after(Hash before, std::uint64_t seq, std::string_view name, std::string_view table) {
  std::string link;
  link.reserve(28 + name.size());
  put_little(link, seq);
  put_little(link, static_cast<std::uint32_t>(name.size()));
  link += name;
  return hash_after(before, link, table);
}

std::uint64_t Reader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    const auto byte = little<std::uint8_t>();
    if (!ok_) return 0;
    const std::uint64_t bits = byte & 0x7fu;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if ((byte & 0x80u) == 0) return value;
  }
  ok_ = false;
  return 0;
}

std::string_view Reader::bytes(std::size_t size) {
  if (size > left_.size()) {
    ok_ = false;
    left_ = {};
  }
  if (!ok_) return {};
  const std::string_view taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

std::string run_text(std::uint64_t run) {
  return fmt::format("{}:{}", shard_of_run(run), counter_of_run(run));
}

std::uint16_t shard_of_id(std::string_view space, std::string_view id, std::uint16_t shards) {
  std::string key(space);
  key += '\0';
  key += id;
  return static_cast<std::uint16_t>(hash64(key) % shards);
}

bool unseal(std::string_view key, std::string_view value, std::string_view& body) {
  Reader reader(value);
  const auto checksum = reader.little<std::uint64_t>();
  body = reader.rest();
  return reader.ok() && hash_after({}, key, body).low == checksum;
}

bool uncheck(std::string_view key, std::string_view value, std::string_view& body) {
  Reader reader(value);
  const Hash hash = reader.hash();
  body = reader.rest();
  return reader.ok() && hash_after({}, key, body) == hash;
}

}  // namespace reprise::verifier
