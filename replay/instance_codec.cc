// An instance state as the bytes of its row.
#include <schemas/state_generated.h>

#include <reprise/error.h>

#include "replay/instance_state.h"
#include "replay/wire.h"

namespace reprise::replay {
namespace {

constexpr std::uint16_t format_now = 1;
constexpr flatbuffers::uoffset_t tables_max = 4'000'000;

enum Flag : std::uint8_t {
  cancel_flag = 1,
  more_flag = 2,
  code_flag = 4,
  detached_flag = 8,
  cut_flag = 16,
  unsettled_flag = 32,
  answered_flag = 64,
};
enum OpFlag : std::uint8_t {
  running_op = 1,
  detached_op = 2,
  shielded_op = 4,
  handed_over_op = 8,
  forgiven_op = 16,
};

template <class T>
using Items = flatbuffers::Offset<flatbuffers::Vector<T>>;

std::uint8_t flags_of(const InstanceState& state) noexcept {
  return static_cast<std::uint8_t>(
      (state.cancel_requested ? cancel_flag : 0) | (state.more ? more_flag : 0) |
      (state.code_started ? code_flag : 0) | (state.detached ? detached_flag : 0) |
      (state.cut ? cut_flag : 0) | (state.unsettled ? unsettled_flag : 0) |
      (state.answered ? answered_flag : 0));
}

flatbuffers::Offset<wire::OpenOp> put_op(flatbuffers::FlatBufferBuilder& builder, OpId id,
                                         const OpenOp& op) {
  const auto step = put(builder, op.step);
  const auto space = put(builder, op.target.space);
  const auto target = put(builder, op.target.id);
  const auto flags = (op.running ? running_op : 0) | (op.detached ? detached_op : 0) |
                     (op.shielded ? shielded_op : 0) | (op.handed_over ? handed_over_op : 0) |
                     (op.forgiven ? forgiven_op : 0);
  return wire::CreateOpenOp(builder, id, static_cast<std::uint8_t>(op.kind), op.name, op.site,
                            op.since, op.due, op.attempt, op.failures, op.crashes, op.attempt_epoch,
                            static_cast<std::uint8_t>(flags), op.hash, step, op.child.value, space,
                            target, static_cast<std::uint8_t>(op.on_parent_close));
}

struct Vectors {
  Items<flatbuffers::Offset<wire::OpenOp>> open;
  Items<std::uint32_t> unread_names;
  Items<std::uint64_t> unread_seqs;
  Items<flatbuffers::Offset<flatbuffers::String>> signal_ids;
};

Vectors put_vectors(flatbuffers::FlatBufferBuilder& builder, const InstanceState& state) {
  Vectors vectors;
  if (!state.open.empty()) {
    std::vector<flatbuffers::Offset<wire::OpenOp>> open;
    for (const auto& [id, op] : state.open) open.push_back(put_op(builder, id, op));
    vectors.open = builder.CreateVector(open);
  }
  if (!state.signals.unread().empty()) {
    std::vector<std::uint32_t> names;
    std::vector<std::uint64_t> seqs;
    for (const auto& unread : state.signals.unread()) {
      names.push_back(unread.name);
      seqs.push_back(unread.signal);
    }
    vectors.unread_names = builder.CreateVector(names);
    vectors.unread_seqs = builder.CreateVector(seqs);
  }
  if (!state.signal_ids.empty()) {
    std::vector<flatbuffers::Offset<flatbuffers::String>> ids;
    for (const auto& id : state.signal_ids) ids.push_back(builder.CreateString(id));
    vectors.signal_ids = builder.CreateVector(ids);
  }
  return vectors;
}

struct Outcome {
  std::uint8_t which = 0;
  Payload payload;
  Failure failure;
};

Outcome outcome_of(const InstanceState& state) {
  if (!state.outcome) return {};
  if (const auto* failure = std::get_if<Failure>(&*state.outcome)) return {2, {}, *failure};
  return {1, std::get<Payload>(*state.outcome), {}};
}

bool get_op(const wire::OpenOp& table, InstanceState& state) {
  if (table.kind() < 1 || table.kind() > static_cast<unsigned>(OpKind::send)) return false;
  if (table.on_parent_close() > parent_close_number_max) return false;
  OpenOp op;
  op.kind = static_cast<OpKind>(table.kind());
  op.name = table.name();
  op.site = table.site();
  op.since = table.since();
  op.due = table.due();
  op.attempt = table.attempt();
  op.failures = table.failures();
  op.crashes = table.crashes();
  op.attempt_epoch = table.attempt_epoch();
  op.running = (table.flags() & running_op) != 0;
  op.detached = (table.flags() & detached_op) != 0;
  op.shielded = (table.flags() & shielded_op) != 0;
  op.handed_over = (table.flags() & handed_over_op) != 0;
  op.forgiven = (table.flags() & forgiven_op) != 0;
  op.hash = table.hash();
  op.child = RunId{table.child()};
  op.target = {std::string(view(table.space())), std::string(view(table.id()))};
  op.on_parent_close = static_cast<detail::ParentClose>(table.on_parent_close());
  if (!get(table.step(), op.step)) return false;
  // Awaits wait in the order they were issued, which is that of their ids.
  if (op.kind == OpKind::signal) state.signals.wait(op.name, table.op());
  return state.open.emplace_hint(state.open.end(), table.op(), std::move(op))->first == table.op();
}

bool get_vectors(const wire::InstanceState& table, InstanceState& state) {
  if (const auto* open = table.open()) {
    for (const auto* op : *open) {
      if (!get_op(*op, state)) return false;
    }
  }
  const auto* names = table.unread_names();
  const auto* seqs = table.unread_seqs();
  if ((names == nullptr) != (seqs == nullptr)) return false;
  if (names != nullptr) {
    if (names->size() != seqs->size()) return false;
    for (flatbuffers::uoffset_t i = 0; i < names->size(); ++i) {
      state.signals.store(names->Get(i), seqs->Get(i));
    }
  }
  if (const auto* ids = table.signal_ids()) {
    for (const auto* id : *ids) state.signal_ids.emplace_back(view(id));
  }
  return true;
}

void get_scalars(const wire::InstanceState& table, InstanceState& state) {
  const unsigned flags = table.flags();
  state.run = RunId{table.run()};
  state.key = {std::string(view(table.space())), std::string(view(table.id()))};
  state.workflow = table.workflow();
  state.input_hash = table.input_hash();
  state.started = table.started();
  state.closed = table.closed();
  state.time = table.time();
  state.seq = table.seq();
  state.hash = Hash128{table.hash_low(), table.hash_high()};
  state.bytes = table.bytes();
  state.status = static_cast<Status>(table.status());
  if (table.paused() != 0) state.paused = static_cast<PauseReason>(table.paused());
  state.cancel_requested = (flags & cancel_flag) != 0;
  state.more = (flags & more_flag) != 0;
  state.code_started = (flags & code_flag) != 0;
  state.detached = (flags & detached_flag) != 0;
  state.cut = (flags & cut_flag) != 0;
  state.unsettled = (flags & unsettled_flag) != 0;
  state.answered = (flags & answered_flag) != 0;
  state.parent = RunId{table.parent()};
  state.parent_op = table.parent_op();
  state.on_parent_close = static_cast<detail::ParentClose>(table.on_parent_close());
  state.depth = table.depth();
  state.ops = table.ops();
  state.signal_ids_dropped = table.signal_ids_dropped();
  if (table.outcome() == 1) {
    state.outcome =
        Payload{static_cast<Encoding>(table.encoding()), std::string(view(table.payload()))};
  } else if (table.outcome() == 2) {
    state.outcome = Failure{table.failure_code(), std::string(view(table.failure_type())),
                            std::string(view(table.failure_message())), table.failure_retryable()};
  }
}

bool known_numbers(const wire::InstanceState& table) noexcept {
  return table.status() >= 1 && table.status() <= static_cast<unsigned>(Status::terminated) &&
         table.paused() <= static_cast<unsigned>(PauseReason::poison) &&
         table.on_parent_close() <= parent_close_number_max && table.outcome() <= 2 &&
         table.encoding() <= encoding_number_max;
}

}  // namespace

std::string encode(const InstanceState& state) {
  flatbuffers::FlatBufferBuilder builder(512);
  const auto vectors = put_vectors(builder, state);
  const auto outcome = outcome_of(state);
  const auto id = put(builder, state.key.id);
  const auto space = put(builder, state.key.space);
  const auto payload = put_bytes(builder, outcome.payload.bytes);
  const auto type = put(builder, outcome.failure.type);
  const auto message = put(builder, outcome.failure.message);
  const auto packed = put(builder, state.packed);
  builder.Finish(wire::CreateInstanceState(
      builder, format_now, state.run.value, id, state.workflow, state.input_hash, state.started,
      state.time, state.seq, state.hash.low, state.hash.high, state.bytes, flags_of(state),
      state.ops, vectors.open, space, state.closed, static_cast<std::uint8_t>(state.status),
      state.paused ? static_cast<std::uint8_t>(*state.paused) : std::uint8_t{0}, state.parent.value,
      state.parent_op, static_cast<std::uint8_t>(state.on_parent_close), state.depth,
      vectors.unread_names, vectors.unread_seqs, vectors.signal_ids, state.signal_ids_dropped,
      outcome.which, static_cast<std::uint8_t>(outcome.payload.encoding), payload,
      outcome.failure.code, type, message, outcome.which == 2 && outcome.failure.retryable,
      packed));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

Result<InstanceState> decode_instance_state(std::string_view bytes) {
  if (!is_aligned(bytes.data())) return decode_instance_state(std::string(bytes));
  if (!verifies<wire::InstanceState>(bytes, tables_max)) {
    return Error(Code::corrupt, "instance state: its buffer does not verify");
  }
  const auto& table = *flatbuffers::GetRoot<wire::InstanceState>(bytes.data());
  if (table.format() != format_now) {
    return Error(Code::newer_format,
                 "instance state: written in format " + std::to_string(table.format()));
  }
  InstanceState state;
  if (!known_numbers(table)) {
    return Error(Code::corrupt, "instance state: a field holds a number that is not known");
  }
  get_scalars(table, state);
  if (!get_vectors(table, state) || !get(table.packed(), state.packed)) {
    return Error(Code::corrupt, "instance state: its operations, signals or result are malformed");
  }
  if ((state.status == Status::open) == state.outcome.has_value()) {
    return Error(Code::corrupt, "instance state: its status and its result contradict each other");
  }
  return state;
}

}  // namespace reprise::replay
