// Events: the FlatBuffers that histories and records are made of.
#include "fuzz/events.h"
#include "schemas/event_generated.h"

namespace reprise::fuzz {
namespace {

/// All bytes that a decoded event may own or point at.
std::size_t size_of(const replay::Event& event) {
  std::size_t size = event.state.size() * sizeof(detail::WatchHash);
  for (const auto& child : event.children) {
    size += sizeof(std::uint32_t) * 2 + child.key.space.size() + child.key.id.size();
  }
  return size;
}

void check(std::string_view bytes, const replay::Event& event) {
  holds(size_of(event) <= bytes.size(), "what an event copies is no more than its bytes");
  for (const auto view : {event.payload, event.failure_type, event.failure_message, event.text,
                          event.space, event.id, event.trace, event.opaque}) {
    holds(view.empty() || (view.data() >= bytes.data() &&
                           view.data() + view.size() <= bytes.data() + bytes.size()),
          "a view points into the event's bytes");
  }
  holds(replay::name_of(event.kind) != "unknown", "an accepted kind is known");
  holds(replay::kind_of(bytes) == event.kind, "a kind alone is the one decoded");

  auto again = bytes_of(event);
  auto decoded = replay::decode(again);
  holds(accepted(decoded), "what was decoded is encoded so that it decodes");
  holds(all_of(*decoded) == all_of(event), "it decodes to the same event");
  holds(bytes_of(*decoded) == again, "its own encoding is the only one");

  const auto hash = replay::history_hash({}, 1, "name", again);
  replay::set_names(again, event.name + 1, event.site + 1);
  holds(replay::history_hash({}, 1, "name", again) == hash, "no hash covers the ids of names");
  auto renamed = replay::decode(again);
  holds(renamed.ok() && renamed->name == event.name + 1 && renamed->op == event.op,
        "other names leave the rest as it is");
}

/// An event that has `count` children, whose names are the same bytes of the buffer.
std::string sharing(std::size_t count, std::size_t size) {
  flatbuffers::FlatBufferBuilder builder;
  const auto id = builder.CreateString(std::string(size, 'x'));
  const auto ids = builder.CreateVector(std::vector(count, id));
  const auto runs = builder.CreateVector(std::vector<std::uint64_t>(count));
  const auto policies = builder.CreateVector(std::vector<std::uint8_t>(count));
  wire::EventBuilder table(builder);
  table.add_kind(static_cast<std::uint8_t>(replay::EventKind::workflow_completed));
  table.add_child_runs(runs);
  table.add_child_spaces(ids);
  table.add_child_ids(ids);
  table.add_child_policies(policies);
  builder.Finish(table.Finish());
  const auto* bytes = reinterpret_cast<const char*>(builder.GetBufferPointer());
  return std::string(8, '\0').append(bytes, builder.GetSize());
}

}  // namespace

std::vector<std::string> seeds() {
  auto all = some_events();
  all.push_back(sharing(3, 5));
  all.push_back(sharing(500, 3000));
  return all;
}

}  // namespace reprise::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  reprise::fuzz::Dice dice(seed);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  return reprise::fuzz::give(reprise::fuzz::changed_event(bytes, dice, max_size), data, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto event = replay::decode(bytes);
  // In a record events stand at any address.
  const std::string shifted = "x" + std::string(bytes);
  const auto other = replay::decode(std::string_view(shifted).substr(1));
  fuzz::holds(other.code() == event.code(), "an event is judged alike at any address");
  if (!fuzz::accepted(event)) return 0;
  fuzz::holds(fuzz::all_of(*other) == fuzz::all_of(*event), "and read alike");
  fuzz::check(bytes, *event);
  return 0;
}
