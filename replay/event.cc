#include "replay/event.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <reprise/assert.h>

#include "replay/shapes.h"
#include "replay/wire.h"

namespace reprise::replay {
namespace {

constexpr std::size_t head_size = 8;
constexpr flatbuffers::uoffset_t tables_max = 16;

enum Flag : std::uint8_t { more = 1, failed = 2, detached = 4, retryable = 8, shielded = 16 };
constexpr unsigned flags_all = more | failed | detached | retryable | shielded;

// Behind the numbers of encodings: a step_scheduled has no payload, and says in that byte where its
// body runs. A table of options costs as much as both events of a small step.
constexpr std::uint8_t on_shard = 6;
constexpr std::uint8_t pure_on_shard = 7;
static_assert(on_shard > encoding_number_max);

void put_u32(char* to, std::uint32_t value) noexcept {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<char>(value >> (8 * i));
}

std::uint32_t get_u32(const char* from) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    value |= std::uint32_t{static_cast<unsigned char>(from[i])} << (8 * i);
  }
  return value;
}

bool is_step(EventKind kind) noexcept {
  return kind == EventKind::step_scheduled || kind == EventKind::step_completed ||
         kind == EventKind::step_attempt_failed || kind == EventKind::step_handed_over;
}

/// The first attempt is the common one: it is written as the default.
std::uint32_t wire_attempt(const Event& event) noexcept {
  return is_step(event.kind) ? event.attempt - 1 : event.attempt;
}

bool is_on_shard(const Event& event) noexcept {
  return event.kind == EventKind::step_scheduled && event.step.runs_on == RunsOn::shard &&
         event.encoding == Encoding::none && event.payload.empty();
}

std::uint8_t wire_encoding(const Event& event) noexcept {
  if (is_on_shard(event)) return event.step.pure ? pure_on_shard : on_shard;
  return static_cast<std::uint8_t>(event.encoding);
}

std::uint8_t flags_of(const Event& event) noexcept {
  return static_cast<std::uint8_t>(
      (event.more ? more : 0) | (event.failed ? failed : 0) | (event.detached ? detached : 0) |
      (event.retryable ? retryable : 0) | (event.shielded ? shielded : 0));
}

/// What its encoding does not say.
StepOptions rest_of(const Event& event) noexcept {
  StepOptions rest = event.step;
  if (is_on_shard(event)) {
    rest.runs_on = RunsOn::pool;
    rest.pure = false;
  }
  return rest;
}

/// The children of a closing event as four vectors of one length.
struct ChildVectors {
  flatbuffers::Offset<flatbuffers::Vector<std::uint64_t>> runs;
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> spaces;
  flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>> ids;
  flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> policies;
};

ChildVectors put_children(flatbuffers::FlatBufferBuilder& builder,
                          const std::vector<ChildRef>& children) {
  ChildVectors vectors;
  if (children.empty()) return vectors;
  std::vector<std::uint64_t> runs;
  std::vector<flatbuffers::Offset<flatbuffers::String>> spaces;
  std::vector<flatbuffers::Offset<flatbuffers::String>> ids;
  std::vector<std::uint8_t> policies;
  for (const auto& child : children) {
    runs.push_back(child.run.value);
    spaces.push_back(builder.CreateString(child.key.space));
    ids.push_back(builder.CreateString(child.key.id));
    policies.push_back(static_cast<std::uint8_t>(child.on_parent_close));
  }
  vectors.runs = builder.CreateVector(runs);
  vectors.spaces = builder.CreateVector(spaces);
  vectors.ids = builder.CreateVector(ids);
  vectors.policies = builder.CreateVector(policies);
  return vectors;
}

/// `size`: of the buffer that the table is in.
bool get_children(const wire::Event& table, std::size_t size, std::vector<ChildRef>& children) {
  const auto* runs = table.child_runs();
  if (runs == nullptr) return true;
  const auto* spaces = table.child_spaces();
  const auto* ids = table.child_ids();
  const auto* policies = table.child_policies();
  if (spaces == nullptr || ids == nullptr || policies == nullptr ||
      spaces->size() != runs->size() || ids->size() != runs->size() ||
      policies->size() != runs->size()) {
    return false;
  }
  // Any number of them may point at the same bytes, and each would be a copy of them.
  std::size_t left = size;
  for (flatbuffers::uoffset_t i = 0; i < runs->size(); ++i) {
    const std::size_t taken = spaces->Get(i)->size() + ids->Get(i)->size();
    if (policies->Get(i) > parent_close_number_max || taken > left) return false;
    left -= taken;
  }
  children.reserve(runs->size());
  for (flatbuffers::uoffset_t i = 0; i < runs->size(); ++i) {
    children.push_back({{std::string(view(spaces->Get(i))), std::string(view(ids->Get(i)))},
                        RunId{runs->Get(i)},
                        static_cast<detail::ParentClose>(policies->Get(i))});
  }
  return true;
}

/// Fields that most kinds have.
void get_common(const wire::Event& table, Event& event) noexcept {
  const unsigned flags = table.flags();
  event.more = (flags & more) != 0;
  event.failed = (flags & failed) != 0;
  event.detached = (flags & detached) != 0;
  event.retryable = (flags & retryable) != 0;
  event.shielded = (flags & shielded) != 0;
  event.time = table.time();
  event.op = table.op();
  event.attempt = is_step(event.kind) ? table.attempt() + 1 : table.attempt();
  event.hash = table.hash();
  event.draws = table.draws();
  event.due = table.due();
  event.encoding = static_cast<Encoding>(table.encoding());
  event.payload = view(table.payload());
  event.text = view(table.text());
}

void get_rest(const wire::Event& table, Event& event) noexcept {
  event.failure_code = table.failure_code();
  event.failure_type = view(table.failure_type());
  event.failure_message = view(table.failure_message());
  event.space = view(table.space());
  event.id = view(table.id());
  event.peer = RunId{table.peer()};
  event.peer_op = table.peer_op();
  event.on_parent_close = static_cast<detail::ParentClose>(table.on_parent_close());
  event.seed = table.seed();
  event.shard = table.shard();
  event.number = table.number();
  event.version = table.version();
  event.depth = table.depth();
  event.trace = view(table.trace());
  event.opaque = view(table.opaque());
}

bool says_place(const wire::Event& table) noexcept {
  return static_cast<EventKind>(table.kind()) == EventKind::step_scheduled &&
         (table.encoding() == on_shard || table.encoding() == pure_on_shard) &&
         view(table.payload()).empty();
}

bool known_numbers(const wire::Event& table) noexcept {
  return (table.encoding() <= encoding_number_max || says_place(table)) &&
         table.on_parent_close() <= parent_close_number_max && table.flags() <= flags_all;
}

Error corrupt(const char* what) { return Error(Code::corrupt, std::string("event: ") + what); }

Result<void> decode_aligned(std::string_view buffer, Event& event) {
  if (!verifies<wire::Event>(buffer, tables_max)) return corrupt("its buffer does not verify");
  const auto& table = *flatbuffers::GetRoot<wire::Event>(buffer.data());

  event.kind = static_cast<EventKind>(table.kind());
  if (name_of(event.kind) == "unknown") {
    return Error(Code::unknown_kind, "event kind " + std::to_string(table.kind()) +
                                         " is not known to this build; use a newer one");
  }
  if (!known_numbers(table)) return corrupt("a field holds a number that is not known");
  get_common(table, event);
  get_rest(table, event);
  event.step = {};
  if (!get(table.step(), event.step)) return corrupt("step options hold an unknown number");
  if (says_place(table)) {
    if (!is_default_place(event.step)) return corrupt("it says twice where it runs");
    event.encoding = Encoding::none;
    event.step.runs_on = RunsOn::shard;
    event.step.pure = table.encoding() == pure_on_shard;
  }
  event.children.clear();
  if (!get_children(table, buffer.size(), event.children))
    return corrupt("its lists of children differ");
  if (!get(table.packed(), event.packed)) return corrupt("how its payload is packed is not known");
  get(table.state(), event.state);
  return {};
}

/// Moves the views of an event that was read from a copy to the bytes copied.
void point_into(Event& event, const char* copy, const char* bytes) noexcept {
  for (auto* text : {&event.payload, &event.text, &event.failure_type, &event.failure_message,
                     &event.space, &event.id, &event.trace, &event.opaque}) {
    if (!text->empty()) *text = {bytes + (text->data() - copy), text->size()};
  }
}

/// The event's buffer; it lies in `builder` until that is cleared.
std::string_view build(flatbuffers::FlatBufferBuilder& builder, const Event& event) {
  builder.Clear();
  const auto payload = put_bytes(builder, event.payload);
  const auto text = put(builder, event.text);
  const auto id = put(builder, event.id);
  const auto space = put(builder, event.space);
  const auto failure_message = put(builder, event.failure_message);
  const auto failure_type = put(builder, event.failure_type);
  const auto step = put(builder, rest_of(event));
  const auto children = put_children(builder, event.children);
  const auto trace = put(builder, event.trace);
  const auto opaque = put_bytes(builder, event.opaque);
  const auto packed = put(builder, event.packed);
  const auto state = put(builder, event.state);

  // Wide fields first: each size then needs no padding after the one before.
  wire::EventBuilder table(builder);
  table.add_time(event.time);
  table.add_hash(event.hash);
  table.add_due(event.due);
  table.add_draws(event.draws);
  table.add_peer(event.peer.value);
  table.add_number(event.number);
  table.add_seed(event.seed);
  table.add_op(event.op);
  table.add_payload(payload);
  table.add_text(text);
  table.add_attempt(wire_attempt(event));
  table.add_id(id);
  table.add_space(space);
  table.add_peer_op(event.peer_op);
  table.add_failure_message(failure_message);
  table.add_failure_type(failure_type);
  table.add_step(step);
  table.add_version(event.version);
  table.add_depth(event.depth);
  table.add_child_runs(children.runs);
  table.add_child_spaces(children.spaces);
  table.add_child_ids(children.ids);
  table.add_child_policies(children.policies);
  table.add_trace(trace);
  table.add_opaque(opaque);
  table.add_packed(packed);
  table.add_state(state);
  table.add_failure_code(event.failure_code);
  table.add_shard(event.shard);
  table.add_kind(static_cast<std::uint8_t>(event.kind));
  table.add_encoding(wire_encoding(event));
  table.add_flags(flags_of(event));
  table.add_on_parent_close(static_cast<std::uint8_t>(event.on_parent_close));
  builder.Finish(table.Finish());
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

void append_head(const Event& event, std::string& out) {
  char head[head_size];
  put_u32(head, event.name);
  put_u32(head + 4, event.site);
  out.append(head, head_size);
}

/// The numbers of an event as they are written.
Shapes::Numbers numbers_of(const Event& event) noexcept {
  return {static_cast<std::uint64_t>(event.time),
          event.hash,
          static_cast<std::uint64_t>(event.due),
          event.draws,
          event.peer.value,
          event.number,
          event.seed,
          event.op,
          wire_attempt(event),
          event.peer_op,
          static_cast<std::uint32_t>(event.version),
          event.depth,
          event.failure_code,
          event.shard,
          static_cast<std::uint64_t>(event.kind),
          wire_encoding(event),
          flags_of(event),
          static_cast<std::uint64_t>(event.on_parent_close)};
}

/// Nothing but numbers and a short payload: as nearly all events of steps are.
bool is_small(const Event& event) noexcept {
  return Shapes::fits(event.payload) && event.text.empty() && event.id.empty() &&
         event.space.empty() && event.failure_message.empty() && event.failure_type.empty() &&
         event.trace.empty() && event.opaque.empty() && event.children.empty() &&
         event.state.empty() && !event.packed && is_default_but_place(event.step) &&
         (is_on_shard(event) || is_default_place(event.step));
}

}  // namespace

struct EventEncoder::Impl {
  flatbuffers::FlatBufferBuilder builder{512};
  Shapes shapes;
};

EventEncoder::EventEncoder() : impl_(std::make_unique<Impl>()) {}
EventEncoder::~EventEncoder() = default;
EventEncoder::EventEncoder(EventEncoder&&) noexcept = default;
EventEncoder& EventEncoder::operator=(EventEncoder&&) noexcept = default;

void EventEncoder::encode(const Event& event, std::string& out) {
  append_head(event, out);
  if (!is_small(event)) {
    out.append(build(impl_->builder, event));
    return;
  }
  const auto numbers = numbers_of(event);
  if (impl_->shapes.write(numbers, event.payload, out)) return;
  const auto built = build(impl_->builder, event);
  impl_->shapes.learn(numbers, event.payload, built);
  out.append(built);
}

void encode(const Event& event, std::string& out) {
  flatbuffers::FlatBufferBuilder builder(512);
  append_head(event, out);
  out.append(build(builder, event));
}

Result<Event> decode(std::string_view bytes) {
  Result<Event> result{Event{}};
  auto decoded = decode(bytes, *result);
  if (!decoded) return std::move(decoded).error();
  return result;
}

Result<void> decode(std::string_view bytes, Event& event) {
  if (bytes.size() < head_size) return corrupt("shorter than its head");
  event.name = get_u32(bytes.data());
  event.site = get_u32(bytes.data() + 4);
  const auto buffer = bytes.substr(head_size);
  if (is_aligned(buffer.data())) return decode_aligned(buffer, event);

  // Events lie one behind the other in a record, at any address.
  std::array<std::uint64_t, 64> small;
  std::vector<std::uint64_t> large;
  if (buffer.size() > sizeof small) large.resize(buffer.size() / 8 + 1);
  auto* copy = reinterpret_cast<char*>(large.empty() ? small.data() : large.data());
  if (!buffer.empty()) std::memcpy(copy, buffer.data(), buffer.size());
  auto decoded = decode_aligned({copy, buffer.size()}, event);
  if (decoded) point_into(event, copy, buffer.data());
  return decoded;
}

void set_names(std::string& bytes, std::uint32_t name, std::uint32_t site) noexcept {
  put_u32(bytes.data(), name);
  put_u32(bytes.data() + 4, site);
}

EventKind kind_of(std::string_view bytes) noexcept {
  const auto* table = flatbuffers::GetRoot<wire::Event>(bytes.data() + head_size);
  return static_cast<EventKind>(table->kind());
}

Hash128 history_hash(Hash128 previous, Seq seq, std::string_view name,
                     std::string_view bytes) noexcept {
  // seq and the name's length go first, so that no two links read the same.
  std::array<char, 12 + 256> small;
  const auto size = static_cast<std::uint32_t>(name.size());
  put_u32(small.data(), static_cast<std::uint32_t>(seq));
  put_u32(small.data() + 4, static_cast<std::uint32_t>(seq >> 32));
  put_u32(small.data() + 8, size);
  const auto body = bytes.substr(std::min(bytes.size(), head_size));
  if (name.size() <= small.size() - 12) {
    if (!name.empty()) std::memcpy(small.data() + 12, name.data(), name.size());
    return chain(previous, {small.data(), 12 + name.size()}, body);
  }
  return chain(chain(previous, {small.data(), 12}, name), body);
}

}  // namespace reprise::replay
