#include "journal/record.h"

#include <limits>
#include <utility>
#include <vector>

#include <reprise/assert.h>

#include "journal/bytes.h"
#include "journal/format.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "schemas/record_generated.h"

namespace reprise::journal {
namespace {

Hash128 hash_of(const char* bytes, std::size_t size) noexcept {
  const XXH128_hash_t hash = XXH3_128bits(bytes, size);
  return Hash128{hash.low64, hash.high64};
}

/// The two vectors of a body, wherever it lies: the generated accessors load whole integers, which
/// is undefined at an odd address, and records stand at any. Nothing if it is no Record.
struct Body {
  std::string_view index;
  std::string_view events;
};

/// The vector that a table's field points at.
std::optional<std::string_view> vector_at(std::string_view body, std::uint64_t table,
                                          std::uint64_t vtable, std::uint16_t field) {
  const std::uint64_t slot = 4 + 2 * std::uint64_t{field};
  if (slot + 2 > load_le<std::uint16_t>(body, vtable)) return std::nullopt;
  const std::uint64_t offset = load_le<std::uint16_t>(body, vtable + slot);
  if (offset < 4 || table + offset + 4 > body.size()) return std::nullopt;
  const std::uint64_t start = table + offset + load_le<std::uint32_t>(body, table + offset);
  if (start + 4 > body.size()) return std::nullopt;
  const std::uint64_t size = load_le<std::uint32_t>(body, start);
  if (size > body.size() - start - 4) return std::nullopt;
  return body.substr(start + 4, size);
}

std::optional<Body> parse_body(std::string_view body) {
  if (body.size() < 8) return std::nullopt;
  const std::uint64_t table = load_le<std::uint32_t>(body, 0);
  if (table + 4 > body.size()) return std::nullopt;
  // Signed on disk: the table may stand behind its vtable or before it.
  const auto back = static_cast<std::int32_t>(load_le<std::uint32_t>(body, table));
  const std::int64_t vtable = static_cast<std::int64_t>(table) - back;
  const auto body_size = static_cast<std::int64_t>(body.size());
  if (vtable < 4 || vtable + 4 > body_size) return std::nullopt;
  const auto at = static_cast<std::uint64_t>(vtable);
  if (vtable + load_le<std::uint16_t>(body, at) > body_size) return std::nullopt;
  const auto index = vector_at(body, table, at, 0);
  const auto events = vector_at(body, table, at, 1);
  if (!index || !events) return std::nullopt;
  return Body{*index, *events};
}

bool body_is_sound(std::string_view body, std::uint32_t events) {
  if (!parse_body(body)) return false;
  EventCursor cursor(body);
  std::uint64_t count = 0;
  while (cursor.next()) ++count;
  return cursor.complete() && count == events;
}

}  // namespace

struct RecordBuilder::Impl {
  std::string index;
  std::string events;
  std::vector<std::uint32_t> sizes;  ///< Of the open segment.
  RunId run;                         ///< Of the open segment, else of the one before.
  RunId run_before;
  Seq first = 0;
  std::size_t count = 0;
  flatbuffers::FlatBufferBuilder body{4096};

  void close_segment() {
    if (sizes.empty()) return;
    append_varint(index, zigzag(run.value - run_before.value));
    append_varint(index, first);
    append_varint(index, sizes.size());
    for (const auto size : sizes) append_varint(index, size);
    sizes.clear();
    run_before = run;
  }
};

RecordBuilder::RecordBuilder() : impl_(std::make_unique<Impl>()) {}
RecordBuilder::~RecordBuilder() = default;
RecordBuilder::RecordBuilder(RecordBuilder&&) noexcept = default;
RecordBuilder& RecordBuilder::operator=(RecordBuilder&&) noexcept = default;

void RecordBuilder::add(RunId run, Seq seq, std::string_view bytes) {
  REPRISE_ASSERT(seq > 0);
  REPRISE_ASSERT(bytes.size() < body_size_max);
  Impl& it = *impl_;
  if (!it.sizes.empty() && (run != it.run || seq != it.first + it.sizes.size())) {
    it.close_segment();
  }
  if (it.sizes.empty()) {
    it.run = run;
    it.first = seq;
  }
  it.sizes.push_back(static_cast<std::uint32_t>(bytes.size()));
  it.events.append(bytes);
  ++it.count;
}

bool RecordBuilder::empty() const noexcept { return impl_->count == 0; }
std::size_t RecordBuilder::events() const noexcept { return impl_->count; }
std::size_t RecordBuilder::size() const noexcept {
  return impl_->events.size() + impl_->index.size() + frame::body_at;
}

void RecordBuilder::clear() noexcept {
  impl_->index.clear();
  impl_->events.clear();
  impl_->sizes.clear();
  impl_->run = {};
  impl_->run_before = {};
  impl_->count = 0;
}

Hash128 RecordBuilder::finish(ShardId shard, Epoch epoch, Position position, Hash128 previous,
                              std::string& out) {
  Impl& it = *impl_;
  REPRISE_ASSERT(it.count > 0 && it.count <= std::numeric_limits<std::uint32_t>::max());
  REPRISE_ASSERT(position > 0);
  it.close_segment();
  REPRISE_ASSERT(it.events.size() + it.index.size() < body_size_max);

  const auto events = it.body.CreateVector(reinterpret_cast<const std::uint8_t*>(it.events.data()),
                                           it.events.size());
  const auto index =
      it.body.CreateVector(reinterpret_cast<const std::uint8_t*>(it.index.data()), it.index.size());
  it.body.Finish(wire::CreateRecord(it.body, index, events));

  char head[frame::body_at];
  store_le(head + frame::size_at, static_cast<std::uint32_t>(it.body.GetSize()));
  store_le(head + frame::shard_at, shard);
  store_le(head + frame::kind_at, frame::kind_events);
  store_le(head + frame::flags_at, std::uint8_t{0});
  store_le(head + frame::position_at, position);
  store_le(head + frame::epoch_at, epoch);
  store_le(head + frame::events_at, static_cast<std::uint32_t>(it.count));
  store_le(head + frame::previous_at, previous.low);
  store_le(head + frame::previous_at + 8, previous.high);

  const std::size_t start = out.size();
  out.append(head, sizeof head);
  out.append(reinterpret_cast<const char*>(it.body.GetBufferPointer()), it.body.GetSize());
  const Hash128 hash =
      hash_of(out.data() + start + frame::size_at, out.size() - start - frame::size_at);
  store_le(out.data() + start + frame::checksum_at, hash.low);
  it.body.Clear();
  clear();
  return hash;
}

std::optional<RecordFrame> peek_frame(std::string_view bytes) {
  if (bytes.size() < frame::body_at) return std::nullopt;
  const auto size = load_le<std::uint32_t>(bytes, frame::size_at);
  if (size >= body_size_max || bytes.size() - frame::body_at < size) return std::nullopt;
  RecordFrame result;
  result.shard = load_le<std::uint16_t>(bytes, frame::shard_at);
  result.epoch = load_le<std::uint32_t>(bytes, frame::epoch_at);
  result.position = load_le<std::uint64_t>(bytes, frame::position_at);
  result.events = load_le<std::uint32_t>(bytes, frame::events_at);
  result.previous = Hash128{load_le<std::uint64_t>(bytes, frame::previous_at),
                            load_le<std::uint64_t>(bytes, frame::previous_at + 8)};
  result.body = bytes.substr(frame::body_at, size);
  result.size = frame::body_at + size;
  return result;
}

Result<RecordFrame> read_frame(std::string_view bytes, ShardId shard, Position position,
                               std::optional<Hash128> previous) {
  const auto corrupt = [&](std::string_view what) {
    return Error(Code::corrupt,
                 fmt::format("Record {} of shard {} is damaged: {}.", position, shard, what));
  };
  auto found = peek_frame(bytes);
  if (!found) return corrupt("it is cut off, or its size is");
  const Hash128 hash = hash_of(bytes.data() + frame::size_at, found->size - frame::size_at);
  if (hash.low != load_le<std::uint64_t>(bytes, frame::checksum_at)) {
    return corrupt("its checksum does not match");
  }
  if (found->shard != shard || found->position != position) {
    return corrupt(
        fmt::format("it says it is record {} of shard {}", found->position, found->shard));
  }
  if (bytes[frame::kind_at] != frame::kind_events || bytes[frame::flags_at] != 0) {
    return Error(Code::newer_format,
                 fmt::format("Record {} of shard {} is of a kind this build does not know.",
                             position, shard));
  }
  if (previous && found->previous != *previous) {
    return corrupt("it does not continue the record before it");
  }
  if (!body_is_sound(found->body, found->events)) return corrupt("its body is malformed");
  found->chain = hash;
  return *found;
}

void for_each_event(std::string_view body,
                    const std::function<void(RunId, Seq, std::string_view)>& sink) {
  EventCursor cursor(body);
  while (cursor.next()) sink(cursor.run(), cursor.seq(), cursor.bytes());
  REPRISE_ASSERT(cursor.complete());
}

EventCursor::EventCursor(std::string_view body) {
  const auto parsed = parse_body(body);
  malformed_ = !parsed;
  if (!parsed) return;
  index_ = parsed->index;
  events_ = parsed->events;
}

bool EventCursor::next() {
  if (left_ == 0) {
    if (index_.empty() || malformed_) return false;
    std::uint64_t difference = 0;
    std::uint64_t first = 0;
    if (!take_varint(index_, difference) || !take_varint(index_, first) ||
        !take_varint(index_, left_) || left_ == 0 || left_ > index_.size() || first == 0 ||
        first + (left_ - 1) < first) {
      malformed_ = true;
      left_ = 0;
      return false;
    }
    run_.value += unzigzag(difference);
    seq_ = first - 1;
  }
  std::uint64_t size = 0;
  if (!take_varint(index_, size) || size > events_.size()) {
    malformed_ = true;
    left_ = 0;
    return false;
  }
  bytes_ = events_.substr(0, size);
  events_.remove_prefix(size);
  ++seq_;
  --left_;
  return true;
}

}  // namespace reprise::journal
