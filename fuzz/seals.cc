#include "fuzz/seals.h"

#include <algorithm>
#include <cstdint>

#include "journal/bytes.h"
#include "journal/crc32c.h"

#include <xxhash.h>

namespace reprise::fuzz {
namespace {

using journal::load_le;
using journal::store_le;

constexpr std::size_t frame_head = 48;
constexpr std::size_t file_start = 32;
constexpr std::size_t section_head = 16;
constexpr std::size_t block = 32768;

std::string little_endian(Hash128 hash) {
  std::string bytes;
  journal::append_le(bytes, hash.low);
  journal::append_le(bytes, hash.high);
  return bytes;
}

}  // namespace

Hash128 hash_of_record(std::string_view frame) {
  const XXH128_hash_t hash = XXH3_128bits(frame.data() + 8, frame.size() - 8);
  return {hash.low64, hash.high64};
}

void seal_record(std::string& frame) {
  if (frame.size() < frame_head) return;
  store_le(frame.data() + 8, static_cast<std::uint32_t>(frame.size() - frame_head));
  store_le(frame.data(), hash_of_record(frame).low);
}

void seal_slot(std::string& slot) {
  if (slot.size() < 8) return;
  const std::size_t body = slot.size() - 8;
  store_le(slot.data() + body, hash64(std::string_view(slot).substr(0, body)));
}

void seal_journal_file(std::string& file) {
  if (file.size() < file_start) return;
  const std::string_view bytes = file;
  store_le(file.data() + file_start - 8, hash64(bytes.substr(0, file_start - 8)));
  Hash128 head = chain({}, bytes.substr(0, file_start));
  for (std::size_t at = file_start; bytes.size() - at >= section_head;) {
    const std::size_t size = load_le<std::uint32_t>(bytes, at + 8);
    if (size > bytes.size() - at - section_head) return;
    head = chain(head, bytes.substr(at + 8, 8), bytes.substr(at + section_head, size));
    store_le(file.data() + at, head.low);
    at += section_head + size;
  }
}

void seal_fragments(std::string& file, std::size_t from) {
  const std::string_view bytes = file;
  for (std::size_t at = from; at + 7 <= bytes.size();) {
    const std::size_t left = block - at % block;
    if (left < 7) {
      at += left;
      continue;
    }
    const std::size_t head = static_cast<unsigned char>(bytes[at + 6]) > 4 ? 11 : 7;
    const std::size_t size = head + load_le<std::uint16_t>(bytes, at + 4);
    if (size > std::min(left, bytes.size() - at)) return;
    store_le(file.data() + at,
             journal::masked_crc(journal::crc32c(0, bytes.substr(at + 6, size - 6))));
    at += size;
  }
}

std::string sealed_row(std::string_view key, std::string_view body) {
  return little_endian(chain({}, key, body)).append(body);
}

std::string sealed_value(std::string_view key, std::string_view body) {
  std::string value;
  journal::append_le(value, chain({}, key, body).low);
  return value.append(body);
}

}  // namespace reprise::fuzz
