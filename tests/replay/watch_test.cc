// Values that code watches: recorded with its commands, compared when it is run again.
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <reprise/hash.h>

#include "replay/watches.h"
#include "support/events.h"
#include "support/story.h"

using namespace reprise;
using namespace reprise::testing;
using namespace std::chrono_literals;

namespace {

using State = std::vector<detail::WatchHash>;

int add(int a, int b) { return a + b; }

/// Nothing to encode while it is out of order; its codec would issue a command if it could.
struct Gauge {
  bool works = false;
  bool acts = true;
  Context ctx{detail::ExecutionId{}};
};

}  // namespace

template <>
struct reprise::Codec<Gauge> {
  static constexpr Encoding encoding = Encoding::custom;
  static Result<void> encode(const Gauge& gauge, std::string& out) {
    if (!gauge.works) throw std::runtime_error("out of order");
    out += "fine";
    if (gauge.acts) (void)gauge.ctx.sleep(1ns);
    return {};
  }
  static Result<Gauge> decode(std::string_view) { return Error(Code::undecodable, "never read"); }
};

namespace {

Workflow<int> shop(Context ctx, int price) {
  int total = 0;
  std::vector<std::string> items;
  const auto sum = ctx.watch("total", total);
  co_await ctx.step("first", add, 1, 1);
  {
    const auto list = ctx.watch("items", items);
    total += price;
    items.emplace_back("tea");
    co_await ctx.step("second", add, 2, 2);
  }
  co_return total - total;
}
Workflow<int> dearer(Context ctx, int price) {
  int total = 0;
  std::vector<std::string> items;
  const auto sum = ctx.watch("total", total);
  co_await ctx.step("first", add, 1, 1);
  {
    const auto list = ctx.watch("items", items);
    total += price + 1;
    items.emplace_back("tea");
    co_await ctx.step("second", add, 2, 2);
  }
  co_return total - total;
}
Workflow<int> unwatched(Context ctx, int /*price*/) {
  co_await ctx.step("first", add, 1, 1);
  co_await ctx.step("second", add, 2, 2);
  co_return 0;
}
/// One is new, the others are opened in another order.
Workflow<int> watches_more(Context ctx, int price) {
  int total = 0;
  std::vector<std::string> items;
  const auto cheap = ctx.watch("price", price);
  const auto list = ctx.watch("items", items);
  const auto sum = ctx.watch("total", total);
  co_await ctx.step("first", add, 1, 1);
  total += price;
  items.emplace_back("tea");
  co_await ctx.step("second", add, 2, 2);
  co_return total - total;
}

Workflow<int> nested(Context ctx, int value) {
  const auto watched = ctx.watch("value", value);
  if (value < 3) {
    auto inner = co_await nested(ctx, value + 1);
    co_return inner + value;
  }
  co_await ctx.sleep(1ns);
  co_return value;
}
/// The second of three with one name is another one.
Workflow<int> nested_otherwise(Context ctx, int value) {
  const int other = value == 2 ? 7 : value;
  const auto watched = ctx.watch("value", other);
  if (value < 3) {
    auto inner = co_await nested_otherwise(ctx, value + 1);
    co_return inner + value;
  }
  co_await ctx.sleep(1ns);
  co_return value;
}

Workflow<int> deep(Context ctx, int value) {
  const auto watched = ctx.watch("level " + std::to_string(value), value);
  if (value > 1) {
    auto inner = co_await deep(ctx, value - 1);
    co_return inner + 1;
  }
  co_await ctx.sleep(1ns);
  co_return 1;
}

Workflow<int> gauges(Context ctx) {
  Gauge gauge;
  gauge.ctx = ctx;
  int count = 0;
  const auto first = ctx.watch("gauge", gauge);
  const auto second = ctx.watch("count", count);
  co_await ctx.sleep(1ns);
  gauge.works = true;
  co_await ctx.sleep(1ns);
  gauge.acts = false;
  co_return count;
}

Workflow<int> every_command(Context ctx) {
  int count = 0;
  const auto watched = ctx.watch("count", count);
  ++count;
  (void)ctx.version("change", 1, 2);
  ++count;
  {
    auto forgotten = ctx.sleep(1h);
    ++count;
  }
  ++count;
  auto sent = ctx.signal_to("other", "hello", 1);
  ++count;
  auto waits = ctx.signal<int>("go");
  ++count;
  auto go = co_await std::move(waits);
  throw std::runtime_error(std::to_string(go));
}

detail::WatchHash hash_of(std::string_view name, std::string_view json) {
  return {static_cast<std::uint32_t>(hash64(name)), static_cast<std::uint32_t>(hash64(json))};
}

/// What the events of a history carry, those of them that carry something.
std::vector<State> states(const Story& story) {
  std::vector<State> all;
  for (const auto& bytes : story.history()) {
    auto event = replay::decode(bytes).value();
    if (event.state.empty()) continue;
    CHECK(is_command_event(event));
    all.push_back(event.state);
  }
  return all;
}

Story shopped() {
  Story story;
  story.start(shop, 12).step_done(1, 2).step_done(2, 4);
  return story;
}

}  // namespace

TEST_SUITE("replay/watch") {
  TEST_CASE("each command carries what is watched as it is issued, the last one too") {
    const auto story = shopped();
    CHECK(story.issued() == "complete 0");
    CHECK(states(story) == std::vector<State>{
                               {hash_of("total", "0")},
                               {hash_of("total", "12"), hash_of("items", R"(["tea"])")},
                               {hash_of("total", "12")},
                           });
  }

  TEST_CASE("every kind of command carries it, but not one behind the scope") {
    Story story;
    story.start(every_command).signalled("go", 7);
    CHECK(story.events() ==
          "workflow_started version_chosen timer_started operation_cancelled signal_sent "
          "signal_awaited signal_received workflow_failed");
    std::vector<State> expected;
    for (const char* count : {"1", "2", "3", "4", "5"})
      expected.push_back({hash_of("count", count)});
    CHECK(states(story) == expected);
  }

  TEST_CASE("what is watched comes back from an event's bytes; nothing takes no byte") {
    for (const auto kind : all_kinds) {
      Event event = full_event(kind);
      const auto without = bytes_of(event);
      event.state = {{1, 2}, {0, 0}, {0xFFFFFFFFU, 7}};
      const auto bytes = bytes_of(event);
      CHECK(replay::decode(bytes).value().state == event.state);
      CHECK(replay::decode(std::string_view("x" + bytes).substr(1)).value().state == event.state);
      CHECK(replay::state_text(event) == "0000000100000002 0000000000000000 ffffffff00000007");
      event.state.clear();
      CHECK(bytes_of(event) == without);
      CHECK(replay::decode(without, event).ok());
      CHECK(event.state.empty());
    }
  }

  TEST_CASE("the first watched value costs a step at most 80 bytes, each other one 8") {
    Event event;
    event.kind = EventKind::step_scheduled;
    event.op = 1;
    event.attempt = 1;
    event.time = 1'700'000'000'123'456'789;
    event.hash = 0xFEDCBA9876543210ULL;
    const auto none = bytes_of(event).size();
    event.state.resize(1);
    const auto one = bytes_of(event).size();
    event.state.resize(16);
    CHECK(one - none <= 80);
    CHECK(bytes_of(event).size() - one == 15 * 8);
  }

  TEST_CASE("a value that is another one is told at the first command behind it, and all goes on") {
    auto story = shopped();
    CHECK(!story.state_with(shop));
    const auto difference = story.state_with(dearer);
    REQUIRE(difference);
    CHECK(difference->seq == 4);
    CHECK(difference->field == "state");
    CHECK(difference->issued == "schedule_step \"second\" (op 2)");
    REQUIRE(difference->watched.size() == 2);
    CHECK(difference->watched[0].name == "total");
    CHECK(difference->watched[0].differs);
    CHECK(difference->watched[1].name == "items");
    CHECK(!difference->watched[1].differs);
    CHECK(replay::differing_names(*difference) == "\"total\"");
    CHECK(replay::describe(*difference)
              .starts_with("what is watched differs at event 4: \"total\"\n  issued: schedule_step "
                           "\"second\" (op 2) at "));
  }

  TEST_CASE("what is watched on one side only is not compared, in whatever order") {
    auto story = shopped();
    CHECK(!story.state_with(unwatched));
    CHECK(!story.state_with(watches_more));
    Story bare;
    bare.start(unwatched, 12).step_done(1, 2).step_done(2, 4);
    CHECK(states(bare).empty());
    CHECK(!bare.state_with(shop));
  }

  TEST_CASE("of several with one name the first meets the first") {
    Story story;
    story.start(nested, 1);
    CHECK(states(story) == std::vector<State>{{hash_of("value", "1"), hash_of("value", "2"),
                                               hash_of("value", "3")}});
    const auto difference = story.state_with(nested_otherwise);
    REQUIRE(difference);
    REQUIRE(difference->watched.size() == 3);
    CHECK(!difference->watched[0].differs);
    CHECK(difference->watched[1].differs);
    CHECK(!difference->watched[2].differs);
  }

  TEST_CASE("the first sixteen count, and no more of what a history says") {
    Story story;
    story.start(deep, 20);
    const auto all = states(story);
    REQUIRE(all.size() == 1);
    REQUIRE(all[0].size() == 16);
    CHECK(all[0].front() == hash_of("level 20", "20"));
    CHECK(all[0].back() == hash_of("level 5", "5"));

    const std::vector<detail::Watched> now{{hash_of("a", "1"), "a", ""}};
    State hostile(100'000, hash_of("b", "1"));
    hostile.back() = hash_of("a", "2");
    const auto compared = replay::compare_state(now, hostile);
    CHECK(!compared.differs());
    CHECK(compared.added == std::vector<std::string>{"a"});
    CHECK(compared.removed == 16);
  }

  TEST_CASE("a value that can't be encoded is left out while that is so, and its codec can't act") {
    Story story;
    story.start(gauges).fired(1).fired(2);
    CHECK(story.issued() == "complete 0");
    CHECK(story.events() ==
          "workflow_started timer_started timer_fired timer_started timer_fired "
          "workflow_completed");
    const auto count = hash_of("count", "0");
    CHECK(states(story) == std::vector<State>{{count}, {count}, {hash_of("gauge", "fine"), count}});
  }

  TEST_CASE("a long value is told in short, one that is no JSON by its size") {
    const std::string long_text(200, 'x');
    const std::string umlauts = [] {
      std::string text;
      for (int i = 0; i < 100; ++i) text += "ü";
      return text;
    }();
    replay::Watches watches;
    struct Body final : detail::WatchBody {
      Body(Encoding encoding, std::string bytes)
          : WatchBody("x"), encoding_(encoding), bytes_(std::move(bytes)) {}
      [[nodiscard]] Encoding encoding() const noexcept override { return encoding_; }
      [[nodiscard]] bool encode(std::string& out) const noexcept override {
        out += bytes_;
        return true;
      }
      Encoding encoding_;
      std::string bytes_;
    };
    const Body text(Encoding::json, '"' + long_text + '"');
    const Body cut(Encoding::json, '"' + umlauts + '"');
    const Body raw(Encoding::raw, "\x01\x02");
    for (const auto* body : {&text, &cut, &raw}) watches.open(*body);
    const auto now = watches.now(true);
    REQUIRE(now.size() == 3);
    CHECK(now[0].text == '"' + std::string(79, 'x') + "…");
    CHECK(now[1].text == '"' + umlauts.substr(0, 78) + "…");
    CHECK(now[2].text == "2 bytes");
    CHECK(watches.now(false)[0].text.empty());
    CHECK(watches.now(false)[0].hash == now[0].hash);
  }
}
