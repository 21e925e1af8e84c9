// The shard half of the fold: any events of a shard and its runs, and the state they add up to.
#include <algorithm>

#include "fuzz/events.h"
#include "replay/shard_state.h"

namespace reprise::fuzz {
namespace {

using replay::ShardState;

/// The state after a copy of it went to disk and back.
ShardState stored(const ShardState& state) {
  const auto bytes = replay::encode(state);
  auto decoded = replay::decode_shard_state(bytes);
  holds(accepted(decoded), "a state that was folded is stored and read");
  holds(replay::encode(*decoded) == bytes, "equal states are equal bytes");
  return std::move(*decoded);
}

void fold(Input input) {
  ShardState state;
  state.shard = 1;
  state.shards = 4;
  ShardState other = state;
  Texts texts;
  while (!input.empty()) {
    const auto place = input.byte();
    auto event = event_from(input, texts);
    const bool own = static_cast<std::uint8_t>(event.kind) < 100;
    const auto run = RunId::make(1, own ? 0 : 1 + place % 4);
    // Ids of names are dense: what reads a journal holds each against its place.
    if (event.kind == replay::EventKind::string_interned) event.number = state.names.size() + 1;
    const auto bytes = bytes_of(event);
    const auto decoded = replay::decode(bytes);
    holds(decoded.ok(), "an event that was made decodes");
    replay::apply_shard(state, run, *decoded);
    replay::apply_shard(other, run, *decoded);
    if (place >= 0xC0) other = stored(other);
    for (const auto& [target, outbox] : state.outboxes) {
      holds(outbox.first != 0, "messages are numbered from 1");
      holds(outbox.next() >= outbox.first, "numbers do not wrap");
    }
  }
  holds(replay::encode(state) == replay::encode(stored(other)),
        "a fold that is stored on its way comes to the same");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  Dice dice(2);
  for (int i = 0; i < 20; ++i) {
    std::string seed;
    for (auto left = 6 + dice.roll(120); left != 0; --left) {
      seed.push_back(static_cast<char>(dice.draw()));
    }
    all.push_back(seed);
  }
  return all;
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::fuzz::fold(reprise::fuzz::Input(data, size));
  return 0;
}
