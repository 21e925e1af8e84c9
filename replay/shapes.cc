#include "replay/shapes.h"

#include <bit>
#include <cstring>

#include <reprise/assert.h>

#include "replay/wire.h"

namespace reprise::replay {
namespace {

using Wire = wire::Event;

struct Field {
  flatbuffers::voffset_t id;
  std::uint8_t size;
};

constexpr std::array<Field, Shapes::count> fields = {{
    {Wire::VT_TIME, 8},
    {Wire::VT_HASH, 8},
    {Wire::VT_DUE, 8},
    {Wire::VT_DRAWS, 8},
    {Wire::VT_PEER, 8},
    {Wire::VT_NUMBER, 8},
    {Wire::VT_SEED, 8},
    {Wire::VT_OP, 4},
    {Wire::VT_ATTEMPT, 4},
    {Wire::VT_PEER_OP, 4},
    {Wire::VT_VERSION, 4},
    {Wire::VT_DEPTH, 4},
    {Wire::VT_FAILURE_CODE, 2},
    {Wire::VT_SHARD, 2},
    {Wire::VT_KIND, 1},
    {Wire::VT_ENCODING, 1},
    {Wire::VT_FLAGS, 1},
    {Wire::VT_ON_PARENT_CLOSE, 1},
}};

template <class Int>
void put_as(char* to, std::uint64_t number) noexcept {
  const auto value = flatbuffers::EndianScalar(static_cast<Int>(number));
  std::memcpy(to, &value, sizeof value);
}

void put(char* to, std::uint64_t number, std::uint8_t size) noexcept {
  switch (size) {
    case 8: return put_as<std::uint64_t>(to, number);
    case 4: return put_as<std::uint32_t>(to, number);
    case 2: return put_as<std::uint16_t>(to, number);
    default: return put_as<std::uint8_t>(to, number);
  }
}

constexpr std::uint32_t numbers_mask = (1u << Shapes::count) - 1;

}  // namespace

std::uint32_t Shapes::key_of(const Numbers& numbers, std::size_t payload) noexcept {
  std::uint32_t there = 0;
  for (std::size_t i = 0; i < count; ++i) there |= std::uint32_t{numbers[i] != 0} << i;
  return there | static_cast<std::uint32_t>(payload) << count;
}

Shapes::Shape& Shapes::place_of(std::uint32_t key) noexcept {
  return shapes_[(key * 0x9E3779B1U) >> 26];
}

bool Shapes::write(const Numbers& numbers, std::string_view payload, std::string& out) {
  static_assert(places == 1u << (32 - 26));
  const std::uint32_t key = key_of(numbers, payload.size());
  const Shape& shape = place_of(key);
  if (shape.key != key || shape.buffer.empty()) return false;
  const std::size_t start = out.size();
  out.append(shape.buffer);
  char* const to = out.data() + start;
  for (std::uint32_t left = key & numbers_mask; left != 0; left &= left - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(left));
    put(to + shape.at[i], numbers[i], fields[i].size);
  }
  if (!payload.empty()) std::memcpy(to + shape.payload_at, payload.data(), payload.size());
  return true;
}

void Shapes::learn(const Numbers& numbers, std::string_view payload, std::string_view buffer) {
  const std::uint32_t key = key_of(numbers, payload.size());
  Shape& shape = place_of(key);
  const bool again = shape.key == key;
  shape.key = key;
  shape.buffer.clear();
  if (!again) return;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(buffer.data());
  const auto* table = flatbuffers::GetRoot<flatbuffers::Table>(bytes);
  for (std::size_t i = 0; i < count; ++i) {
    if ((key >> i & 1) == 0) continue;
    const auto* field = table->GetAddressOf(fields[i].id);
    REPRISE_ASSERT(field != nullptr);
    shape.at[i] = static_cast<std::uint16_t>(field - bytes);
  }
  if (!payload.empty()) {
    const auto* vector = flatbuffers::GetRoot<Wire>(bytes)->payload();
    shape.payload_at = static_cast<std::uint16_t>(vector->data() - bytes);
  }
  shape.buffer = buffer;
}

}  // namespace reprise::replay
