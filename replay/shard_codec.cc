// A shard state as the bytes of its position row. Canonical: every list is in a fixed order.
#include <algorithm>

#include <schemas/state_generated.h>

#include <reprise/error.h>

#include "replay/shard_state.h"
#include "replay/wire.h"

namespace reprise::replay {
namespace {

constexpr std::uint16_t format_now = 1;
constexpr flatbuffers::uoffset_t tables_max = 64'000'000;

enum Flag : std::uint8_t { detached_flag = 1, failed_flag = 2, retryable_flag = 4 };

using Builder = flatbuffers::FlatBufferBuilder;

flatbuffers::Offset<wire::Message> put_message(Builder& builder, const Message& message) {
  const auto space = put(builder, message.key.space);
  const auto id = put(builder, message.key.id);
  const auto name = put(builder, message.name);
  const auto signal_id = put(builder, message.signal_id);
  const auto payload = put_bytes(builder, message.payload.bytes);
  const auto type = put(builder, message.failure.type);
  const auto text = put(builder, message.failure.message);
  const auto packed = put(builder, message.packed);
  const auto flags = (message.detached ? detached_flag : 0) | (message.failed ? failed_flag : 0) |
                     (message.failure.retryable ? retryable_flag : 0);
  return wire::CreateMessage(
      builder, static_cast<std::uint8_t>(message.kind), message.from.value, message.from_op,
      message.to.value, message.to_op, space, id, name, message.hash, signal_id,
      static_cast<std::uint8_t>(message.on_parent_close), static_cast<std::uint8_t>(flags),
      message.depth, static_cast<std::uint8_t>(message.payload.encoding), payload,
      message.failure.code, type, text, packed);
}

bool get_message(const wire::Message& table, Message& message) {
  if (table.kind() < 1 || table.kind() > static_cast<unsigned>(MessageKind::terminate) ||
      table.on_parent_close() > parent_close_number_max || table.encoding() > encoding_number_max) {
    return false;
  }
  message.kind = static_cast<MessageKind>(table.kind());
  message.from = RunId{table.from()};
  message.from_op = table.from_op();
  message.to = RunId{table.to()};
  message.to_op = table.to_op();
  message.key = {std::string(view(table.space())), std::string(view(table.id()))};
  message.name = view(table.name());
  message.hash = table.hash();
  message.signal_id = view(table.signal_id());
  message.on_parent_close = static_cast<detail::ParentClose>(table.on_parent_close());
  message.detached = (table.flags() & detached_flag) != 0;
  message.failed = (table.flags() & failed_flag) != 0;
  message.depth = table.depth();
  message.payload = {static_cast<Encoding>(table.encoding()), std::string(view(table.payload()))};
  message.failure = {table.failure_code(), std::string(view(table.failure_type())),
                     std::string(view(table.failure_message())),
                     (table.flags() & retryable_flag) != 0};
  return get(table.packed(), message.packed);
}

auto put_outboxes(Builder& builder, const ShardState& state) {
  std::vector<flatbuffers::Offset<wire::Outbox>> outboxes;
  for (const auto& [target, outbox] : state.outboxes) {
    std::vector<flatbuffers::Offset<wire::Message>> messages;
    for (const auto& message : outbox.messages) messages.push_back(put_message(builder, message));
    const auto vector = builder.CreateVector(messages);
    outboxes.push_back(wire::CreateOutbox(builder, target, outbox.first, vector));
  }
  return builder.CreateVector(outboxes);
}

bool get_outboxes(const wire::ShardState& table, ShardState& state) {
  if (table.outboxes() == nullptr) return true;
  for (const auto* from : *table.outboxes()) {
    auto& outbox = state.outboxes[from->target()];
    outbox.first = from->first();
    if (from->messages() == nullptr) continue;
    for (const auto* message : *from->messages()) {
      if (!get_message(*message, outbox.messages.emplace_back())) return false;
    }
  }
  return true;
}

bool get_marks(const wire::ShardState& table, ShardState& state) {
  const auto* sources = table.mark_sources();
  const auto* numbers = table.mark_numbers();
  if (sources == nullptr || numbers == nullptr) return sources == nullptr && numbers == nullptr;
  if (sources->size() != numbers->size()) return false;
  for (flatbuffers::uoffset_t i = 0; i < sources->size(); ++i) {
    state.marks[sources->Get(i)] = numbers->Get(i);
  }
  return true;
}

bool get_ready(const wire::ShardState& table, ShardState& state) {
  const auto* runs = table.ready_runs();
  const auto* attempts = table.ready_attempts();
  const auto* more = table.ready_more();
  if (runs == nullptr || attempts == nullptr || more == nullptr) {
    return runs == nullptr && attempts == nullptr && more == nullptr;
  }
  if (runs->size() != attempts->size() || runs->size() != more->size()) return false;
  for (flatbuffers::uoffset_t i = 0; i < runs->size(); ++i) {
    state.ready[RunId{runs->Get(i)}] = {attempts->Get(i), more->Get(i) != 0};
  }
  return true;
}

}  // namespace

std::string encode(const ShardState& state) {
  Builder builder(4096);
  std::vector<flatbuffers::Offset<flatbuffers::String>> names;
  for (std::uint32_t id = 1; id <= state.names.size(); ++id) {
    const auto text = state.names.text(id);
    names.push_back(builder.CreateString(text.data(), text.size()));
  }
  std::vector<ShardId> sources;
  std::vector<std::uint64_t> numbers;
  for (const auto& [source, number] : state.marks) {
    sources.push_back(source);
    numbers.push_back(number);
  }
  std::vector<std::uint64_t> runs;
  for (const auto& [run, ready] : state.ready) runs.push_back(run.value);
  std::sort(runs.begin(), runs.end());
  std::vector<std::uint32_t> attempts;
  std::vector<std::uint8_t> more;
  for (const auto run : runs) {
    const auto& ready = state.ready.at(RunId{run});
    attempts.push_back(ready.attempts);
    more.push_back(ready.more ? 1 : 0);
  }
  const auto names_vector = builder.CreateVector(names);
  const auto sources_vector = builder.CreateVector(sources);
  const auto numbers_vector = builder.CreateVector(numbers);
  const auto outboxes_vector = put_outboxes(builder, state);
  const auto runs_vector = builder.CreateVector(runs);
  const auto attempts_vector = builder.CreateVector(attempts);
  const auto more_vector = builder.CreateVector(more);
  builder.Finish(wire::CreateShardState(builder, format_now, state.shard, state.shards, state.epoch,
                                        state.seq, state.runs, state.time, names_vector,
                                        sources_vector, numbers_vector, outboxes_vector,
                                        runs_vector, attempts_vector, more_vector));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Result<ShardState> decode_shard_state(std::string_view bytes) {
  if (!is_aligned(bytes.data())) return decode_shard_state(std::string(bytes));
  if (!verifies<wire::ShardState>(bytes, tables_max)) {
    return Error(Code::corrupt, "shard state: its buffer does not verify");
  }
  const auto& table = *flatbuffers::GetRoot<wire::ShardState>(bytes.data());
  if (table.format() != format_now) {
    return Error(Code::newer_format,
                 "shard state: written in format " + std::to_string(table.format()));
  }
  Result<ShardState> result{ShardState{}};
  ShardState& state = *result;
  state.shard = table.shard();
  state.shards = table.shards();
  state.epoch = table.epoch();
  state.seq = table.seq();
  state.runs = table.runs();
  state.time = table.time();
  if (const auto* names = table.names()) {
    for (const auto* text : *names) state.names.add(view(text));
  }
  if (!get_marks(table, state) || !get_outboxes(table, state) || !get_ready(table, state)) {
    return Error(Code::corrupt, "shard state: its lists are malformed");
  }
  return result;
}

}  // namespace reprise::replay
