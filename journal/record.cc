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

std::string_view view(const flatbuffers::Vector<std::uint8_t>* bytes) {
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

/// The body's two vectors, or nothing if it is no Record.
bool body_is_sound(std::string_view body, std::uint32_t events) {
  // The Verifier asserts on buffers of 2 GiB and more; sizes were checked before.
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
  if (!wire::VerifyRecordBuffer(verifier)) return false;
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
  const auto* record = flatbuffers::GetRoot<wire::Record>(body.data());
  index_ = view(record->index());
  events_ = view(record->events());
}

bool EventCursor::next() {
  if (left_ == 0) {
    if (index_.empty() || malformed_) return false;
    std::uint64_t difference = 0;
    std::uint64_t first = 0;
    if (!take_varint(index_, difference) || !take_varint(index_, first) ||
        !take_varint(index_, left_) || left_ == 0 || first == 0 || left_ > index_.size()) {
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
