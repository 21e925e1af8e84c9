// Event and state bytes of format version 1, as released: read for ever, and written just so.
//
// A failure here means that histories out there can no longer be read, or that new ones differ.
// Changing a golden file needs a page in docs/decisions/. REPRISE_GOLDEN_WRITE=1 writes files that
// are missing.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "replay/shard_state.h"
#include "support/events.h"
#include "support/story.h"

using namespace reprise;
using namespace reprise::testing;
using namespace std::chrono_literals;

namespace {

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(REPRISE_SOURCE_DIR) / "tests/golden/v1" / name;
}

/// Pieces one behind the other, each after its size as u32, little-endian.
std::string joined(const std::vector<std::string>& pieces) {
  std::string all;
  for (const auto& piece : pieces) {
    for (int i = 0; i < 4; ++i) all += static_cast<char>(piece.size() >> (8 * i));
    all += piece;
  }
  return all;
}

std::vector<std::string> split(const std::string& all) {
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at + 4 <= all.size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      size |= std::size_t{static_cast<unsigned char>(all[at + i])} << (8 * i);
    }
    pieces.push_back(all.substr(at + 4, size));
    at += 4 + size;
  }
  return pieces;
}

/// The file's bytes, after checking that this build writes the same.
std::string checked(const std::string& name, const std::string& written) {
  const auto path = golden(name);
  if (!std::filesystem::exists(path) && std::getenv("REPRISE_GOLDEN_WRITE") != nullptr) {
    std::ofstream(path, std::ios::binary) << written;
  }
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  std::stringstream content;
  content << file.rdbuf();
  CHECK((content.str() == written));
  return content.str();
}

int add(int a, int b) { return a + b; }
Workflow<int> leaf(Context, int value) { co_return value; }

/// Every command once. Never to be changed: it is the code of a history out there.
Workflow<std::string> released(Context ctx, std::string input) {
  const auto version = ctx.version("gate", 1, 2);
  auto first = ctx.step("first", add, version, 1);
  auto timer = ctx.sleep(1s);
  auto winner = co_await ctx.any(first, timer);
  auto signal = co_await ctx.signal<std::string>("go");
  auto child = co_await ctx.child(leaf, "leaf-1", 7);
  co_await ctx.signal_to("other", "hello", ctx.random(1, 1000));
  auto slow = co_await ctx.step("slow", {.timeout = 5s, .attempts = 3}, add, child, 1);
  co_return fmt::format("{} {} {} {}", input, winner.index(), signal, slow);
}

Story released_story() {
  Story story;
  story.knows("leaf", leaf).start(released, std::string("input"));
  story.step_done(1, 3).signalled("go", std::string("now"), "signal-1").child_started(4);
  story.child_done(4, 7).pause().delivered(5).resume();
  story.attempt_failed(6, 5000).retried(6).step_done(6, 8);
  return story;
}

}  // namespace

TEST_SUITE("replay/golden") {
  TEST_CASE("events of every kind keep their bytes, and are read from them") {
    std::vector<std::string> written;
    for (const auto kind : all_kinds) {
      Event bare;
      bare.kind = kind;
      written.push_back(bytes_of(bare));
      written.push_back(bytes_of(full_event(kind)));
    }
    const auto pieces = split(checked("events.bin", joined(written)));
    REQUIRE(pieces.size() == written.size());
    for (const auto& piece : pieces) CHECK(replay::decode(piece).ok());
  }

  TEST_CASE("events whose payload is packed keep their bytes, and are read from them") {
    std::vector<std::string> written;
    for (const Packed& packed : packings) {
      Event event = full_event(EventKind::step_completed);
      event.packed = packed;
      if (packed.blob != 0) event.payload = {};
      written.push_back(bytes_of(event));
    }
    const auto pieces = split(checked("packed_events.bin", joined(written)));
    REQUIRE(pieces.size() == written.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      CHECK(replay::decode(pieces[i]).value().packed == packings[i]);
    }
  }

  TEST_CASE("events that tell what was watched keep their bytes, and are read from them") {
    std::vector<std::string> written;
    std::vector<std::vector<detail::WatchHash>> states;
    for (const auto kind : all_kinds) {
      Event event = full_event(kind);
      event.attempt = 1;
      event.number = 0;
      if (!is_command_event(event)) continue;
      event.state = {{0x01020304, 0xFFFFFFFF}};
      written.push_back(bytes_of(event));
      states.push_back(event.state);
      Event bare;
      bare.kind = kind;
      bare.state.assign(16, {static_cast<std::uint32_t>(kind), 0});
      written.push_back(bytes_of(bare));
      states.push_back(bare.state);
    }
    const auto pieces = split(checked("watched_events.bin", joined(written)));
    REQUIRE(pieces.size() == written.size());
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      CHECK(replay::decode(pieces[i]).value().state == states[i]);
    }
  }

  TEST_CASE("a released history replays over its code") {
    const auto story = released_story();
    CHECK(story.issued() == "complete \"input 0 now 8\"");
    const auto history = split(checked("history.bin", joined(story.history())));
    std::vector<replay::HistoryEvent> events;
    for (std::size_t i = 0; i < history.size(); ++i) events.push_back({i + 1, history[i]});
    auto decider = story.fresh();
    REQUIRE(decider->feed(events, story.names()).ok());
    if (decider->mismatch()) FAIL(replay::describe(*decider->mismatch()));
    CHECK(decider->take_commands().empty());
    CHECK(decider->fed() == history.size());
  }

  TEST_CASE("states keep their bytes, and are read from them") {
    const auto story = released_story();
    replay::Names names;  // Without sites, which hold this machine's paths.
    for (std::uint32_t id = 1; id <= story.names().size(); ++id) {
      const auto text = story.names().text(id);
      names.add(text.find(':') == text.npos ? text : "site");
    }
    replay::InstanceState state;
    replay::ShardState shard;
    state.run = RunId::make(0, 1);
    shard.shards = 4;
    shard.names = names;
    std::vector<std::string> instances;
    std::vector<std::string> shards;
    for (const auto& bytes : story.history()) {
      const auto event = replay::decode(bytes).value();
      apply_instance(state, event, bytes, names, 3);
      apply_shard(shard, state.run, event);
      instances.push_back(encode(state));
      shards.push_back(encode(shard));
    }
    for (const auto& piece : split(checked("instance_states.bin", joined(instances)))) {
      CHECK(encode(replay::decode_instance_state(piece).value()) == piece);
    }
    for (const auto& piece : split(checked("shard_states.bin", joined(shards)))) {
      CHECK(encode(replay::decode_shard_state(piece).value()) == piece);
    }
  }
}
