// The promises of a replay, one test each.
#include <doctest/doctest.h>

#include "support/long_history.h"
#include "support/story.h"

using namespace reprise;
using namespace reprise::testing;
using namespace std::chrono_literals;

namespace {

int add(int a, int b) { return a + b; }

Workflow<std::string> order(Context ctx) {
  auto a = ctx.step("reserve", add, 1, 1);
  auto b = ctx.step("charge", add, 2, 2);
  auto both = co_await ctx.all(a, b);
  auto shipped = co_await ctx.signal<std::string>("shipped").within(100ns);
  if (!shipped) {
    co_await ctx.step("refund", add, std::get<0>(both), 0);
    co_return "refunded";
  }
  auto code = ctx.random(1, 6);
  co_await ctx.step("notify", add, static_cast<int>(code), 0);
  co_return *shipped;
}

Workflow<std::string> dropper(Context ctx) {
  {
    auto forgotten = ctx.step("forgotten", add, 1, 1);
    auto timer = ctx.sleep(5ns);
  }
  co_await ctx.sleep(1ns);
  auto open_at_the_end = ctx.sleep(100ns);
  co_return "done";
}

Workflow<std::string> clocked(Context ctx) {
  const auto first = ctx.now().time_since_epoch().count();
  co_await ctx.sleep(1ns);
  const auto second = ctx.now().time_since_epoch().count();
  co_return fmt::format("{} {}", first, second);
}

Workflow<std::string> drawer(Context ctx) {
  const auto id = ctx.uuid();
  co_await ctx.step("use", add, 1, 1);
  co_return id;
}
Workflow<std::string> drawer_twice(Context ctx) {
  (void)ctx.random();
  const auto id = ctx.uuid();
  co_await ctx.step("use", add, 1, 1);
  co_return id;
}

Workflow<int> two_signals(Context ctx) {
  auto first = co_await ctx.signal<int>("n");
  auto second = co_await ctx.signal<int>("n");
  co_return first * 10 + second;
}
Workflow<int> raced_signal(Context ctx) {
  auto timer = ctx.sleep(5ns);
  auto signal = ctx.signal<int>("n");
  auto first = co_await ctx.any(timer, signal);
  auto second = co_await ctx.signal<int>("n");
  co_return static_cast<int>(first.index()) * 100 + second;
}

Workflow<std::string> cleanup(Context ctx) {
  bool cancelled = false;
  try {
    co_await ctx.sleep(1h);
  } catch (const Cancelled&) {
    cancelled = true;
  }
  auto refused = co_await ctx.try_step("unshielded", add, 1, 1);
  {
    const auto shield = ctx.shield();
    co_await ctx.step("undo", add, 2, 2);
  }
  auto late = co_await ctx.try_sleep(1ns);
  co_return fmt::format("{} {} {}", cancelled, name(refused.code()), name(late.code()));
}
Workflow<std::string> shielded(Context ctx) {
  {
    const auto shield = ctx.shield();
    co_await ctx.sleep(10ns);
  }
  auto after = co_await ctx.try_sleep(10ns);
  co_return std::string(name(after.code()));
}

Workflow<int> wide(Context ctx, int steps) {
  std::vector<Operation<int>> operations;
  for (int i = 0; i < steps; ++i) operations.push_back(ctx.step("add", add, i, 1));
  auto all = co_await ctx.all(operations);
  int sum = 0;
  for (const int value : all) sum += value;
  co_return sum;
}
Workflow<int> wide_gated(Context ctx) {
  auto a = ctx.step("a", add, 1, 1);
  auto b = ctx.step("b", add, 1, 1);
  const auto version = ctx.version("gate", 1, 2);
  auto c = ctx.step("c", add, version, 1);
  auto all = co_await ctx.all(a, b, c);
  co_return std::get<2>(all);
}

Workflow<std::string> unawaited(Context ctx) {
  auto stop = ctx.signal<int>("stop");
  for (int i = 0; i < 3; ++i) {
    (void)ctx.signal_to("other", "hello", i);
    co_await ctx.sleep(1ns);
  }
  auto value = co_await std::move(stop);
  co_return fmt::format("{}", value);
}

Workflow<int> wants_text(Context ctx) {
  auto text = co_await ctx.step("text", add, 1, 1);
  co_return text;
}

/// Feeds `story`'s history in the given pieces and says what was issued at the end.
std::string replayed(const Story& story, std::size_t piece, std::size_t upto) {
  auto decider = story.fresh();
  std::string issued;
  for (std::size_t at = 0; at < upto; at += piece) {
    REQUIRE(decider->feed(story.slice(at, std::min(at + piece, upto)), story.names()).ok());
    REQUIRE(!decider->mismatch());
  }
  return to_text(decider->take_commands());
}

Story shipped_order() {
  Story story;
  story.start(order).step_done(2, 4).step_done(1, 2).signalled("shipped", std::string("DHL"));
  return story;
}

}  // namespace

TEST_SUITE("replay/delivery") {
  TEST_CASE("events are delivered one at a time: the code runs until it blocks before the next") {
    Story story;
    story.start(order);
    CHECK(story.issued() == "step reserve #1, step charge #2");
    story.step_done(2, 4);
    CHECK(story.issued() == "");
    story.step_done(1, 2);
    CHECK(story.issued() == "signal shipped #3, timer +100 #4");
    story.signalled("shipped", std::string("DHL"));
    CHECK(story.issued() == "cancel #4, step notify #5");
    story.step_done(5, 1);
    CHECK(story.issued() == "complete \"DHL\"");
  }

  TEST_CASE("any prefix of a history replays, and issues the commands recorded next") {
    const Story story = [] {
      auto told = shipped_order();
      told.step_done(5, 1);
      return told;
    }();
    const auto size = story.history().size();
    for (std::size_t upto = 1; upto <= size; ++upto) {
      auto decider = story.fresh();
      REQUIRE(decider->feed(story.slice(0, upto), story.names()).ok());
      REQUIRE(!decider->mismatch());
      const auto commands = decider->take_commands();
      for (std::size_t i = 0; i < commands.size(); ++i) {
        const auto event = replay::decode(story.history()[upto + i]).value();
        CHECK(event.kind == replay::event_kind(commands[i].kind));
        CHECK(event.op == commands[i].op);
      }
      const auto next = upto + commands.size();
      if (next < size) CHECK(!is_command_event(replay::decode(story.history()[next]).value()));
    }
  }

  TEST_CASE("replay does not depend on how the history was cut into pieces") {
    const auto story = shipped_order();
    const auto size = story.history().size();
    for (std::size_t upto = 1; upto <= size; ++upto) {
      const auto whole = replayed(story, size, upto);
      for (std::size_t piece = 1; piece < size; ++piece) {
        CHECK(replayed(story, piece, upto) == whole);
      }
    }
  }

  TEST_CASE("a long replay neither suspends nor recurses") {
    constexpr int steps = 100'000;
    const LongHistory history(steps);
    auto decider = history.story.fresh();
    REQUIRE(decider->feed(history.events(), history.story.names()).ok());
    REQUIRE(!decider->mismatch());
    CHECK(to_text(decider->take_commands()) == fmt::format("complete {}", steps));
  }

  TEST_CASE("a gap in history is corrupt") {
    const auto story = shipped_order();
    auto decider = story.fresh();
    auto events = story.slice(0, 3);
    events.erase(events.begin() + 1);
    CHECK(decider->feed(events, story.names()).code() == Code::corrupt);
  }
}

TEST_SUITE("replay/commands") {
  TEST_CASE("the call allots the operation id and issues the command; await only waits") {
    Story story;
    story.start(order);
    CHECK(story.events() == "workflow_started step_scheduled step_scheduled");
  }

  TEST_CASE("an operation dropped while the workflow runs is recorded as cancelled") {
    Story story;
    story.start(dropper);
    CHECK(story.issued() == "step forgotten #1, timer +5 #2, cancel #2, cancel #1, timer +1 #3");
    story.step_done(1, 2);  // Late: stale, changes nothing.
    CHECK(story.issued() == "");
    story.fired(3);
    CHECK(story.issued() == "timer +100 #4, complete \"done\"");
  }

  TEST_CASE("an operation stays open while later ones come and go; a sent signal is let go") {
    Story story;
    story.start(unawaited);
    CHECK(story.issued() == "signal stop #1, send hello to other #2, timer +1 #3");
    story.fired(3).delivered(2).fired(5).signalled("stop", 9).fired(7);
    CHECK(story.issued() == "complete \"9\"");
  }

  TEST_CASE("leftovers are checked when the code blocks: the report names seq, both and lines") {
    auto story = shipped_order();
    const auto mismatch = story.replay_with(dropper);
    REQUIRE(mismatch);
    const auto text = replay::describe(*mismatch);
    CHECK(mismatch->seq == 2);
    CHECK(text.find("step_scheduled \"reserve\" (op 1) at ") != std::string::npos);
    CHECK(text.find("schedule_step \"forgotten\" (op 1) at ") != std::string::npos);
    CHECK(text.find("replay_test.cc:") != std::string::npos);
  }

  TEST_CASE("after a mismatch nothing is issued and later events are taken without effect") {
    auto story = shipped_order();
    story.new_code(dropper);
    REQUIRE(story.decider().mismatch());
    story.signalled("shipped", std::string("again"));
    CHECK(story.issued() == "");
    CHECK(story.decider().mismatch()->seq == 2);
  }

  TEST_CASE("a payload that is not what the code takes stops the run as undecodable") {
    Story story;
    story.start(wants_text).step_done(1, std::string("no number"));
    REQUIRE(story.error() != nullptr);
    CHECK(story.error()->code() == Code::undecodable);
    CHECK(story.issued() == "");
  }
}

TEST_SUITE("replay/held") {
  TEST_CASE("under a pause events are recorded and code does not run; at resume it gets them all") {
    Story story;
    story.start(order).pause().step_done(2, 4).step_done(1, 2);
    CHECK(story.issued() == "");
    story.resume();
    CHECK(story.issued() == "signal shipped #3, timer +100 #4");
    story.signalled("shipped", std::string("DHL"));
    CHECK(story.issued() == "cancel #4, step notify #5");
  }

  TEST_CASE("a run whose code was gone is tried again, though its inbox went on being recorded") {
    Story story;
    story.start(order).step_done(2, 4).code_is_gone();
    story.step_done(1, 2).signalled("shipped", std::string("DHL"));
    CHECK(story.events() ==
          "workflow_started step_scheduled step_scheduled step_completed activation_cut "
          "step_completed signal_received");
    story.code_is_back();
    CHECK(story.issued() == "signal shipped #3, timer +100 #4, cancel #4, step notify #5");
    story.step_done(5, 1);
    CHECK(story.issued() == "complete \"DHL\"");
  }

  TEST_CASE("a cut activation goes on where it was cut, and its commands follow the cut") {
    Story story;
    story.cut_off_after(2).start(wide, 4);
    CHECK(story.state().more);
    story.code_is_back();
    CHECK(story.issued() == "step add #3, step add #4");
  }

  TEST_CASE("what arrives after a cut is seen by the code only after the cut activation's end") {
    Story story;
    story.cut_off_after(2).start(wide, 4).step_done(1, 1).step_done(2, 2);
    CHECK(story.events() ==
          "workflow_started step_scheduled step_scheduled activation_cut "
          "step_completed step_completed");
    story.code_is_back();
    CHECK(story.issued() == "step add #3, step add #4");
    story.step_done(3, 3).step_done(4, 4);
    CHECK(story.issued() == "complete 10");
  }

  TEST_CASE("a gate in a cut activation is found behind the commands that wait") {
    Story story;
    story.cut_off_after(1).start(wide_gated).step_done(1, 2).code_is_back();
    CHECK(story.issued() == "step b #2, version gate=2, step c #3");
    story.step_done(2, 2).step_done(3, 3);
    CHECK(story.issued() == "complete 3");
  }

  TEST_CASE("a signal held while paused goes to who awaits it when the code has caught up") {
    Story story;
    story.start(raced_signal).pause().fired(1).signalled("n", 7).resume();
    CHECK(story.issued() == "cancel #2, signal n #3, complete 7");
    Story other;
    other.start(raced_signal).pause().fired(1).signalled("n", 7);
    CHECK(other.state().open.count(2) == 1);
    CHECK(other.state().signals.unread().size() == 1);
  }
}

TEST_SUITE("replay/determinism") {
  TEST_CASE("now() is the time of the event being delivered") {
    Story story;
    story.start(clocked).fired(1);
    CHECK(story.issued() == "complete \"1001 1002\"");
  }

  TEST_CASE("random() and uuid() come from the seed, and their draws are matched") {
    Story story;
    story.start(drawer).step_done(1, 2);
    const auto first = story.issued();
    Story again;
    again.start(drawer).step_done(1, 2);
    CHECK(again.issued() == first);
    CHECK(story.events() == "workflow_started step_scheduled step_completed workflow_completed");
    const auto mismatch = story.replay_with(drawer_twice);
    REQUIRE(mismatch);
    CHECK(mismatch->field == "draws");
  }

  TEST_CASE("signals: first awaited takes first received, before or after the await") {
    Story story;
    story.start(two_signals).signalled("n", 1).signalled("n", 2);
    CHECK(story.issued() == "complete 12");
    Story early;
    early.start(raced_signal).signalled("n", 1);
    CHECK(early.issued() == "cancel #1, signal n #3");
    early.signalled("n", 2);
    CHECK(early.issued() == "complete 102");
  }

  TEST_CASE("a cancelled await consumes nothing") {
    Story story;
    story.start(raced_signal).fired(1);
    CHECK(story.issued() == "cancel #2, signal n #3");
    story.signalled("n", 7);
    CHECK(story.issued() == "complete 7");
  }
}

TEST_SUITE("replay/cancellation") {
  TEST_CASE("after a cancel nothing unshielded begins, shielded clean-up runs") {
    Story story;
    story.start(cleanup).cancel();
    CHECK(story.issued() == "cancel #1, step undo #3");
    story.step_done(3, 4);
    CHECK(story.issued() == "complete \"true operation_cancelled operation_cancelled\"");
  }

  TEST_CASE("a shield holds a cancel off until the next await after it") {
    Story story;
    story.start(shielded).cancel();
    CHECK(story.issued() == "");
    story.fired(1);
    CHECK(story.issued() == "complete \"operation_cancelled\"");
  }

  TEST_CASE("a terminated run's code runs no more") {
    Story story;
    story.start(order).terminate();
    CHECK(story.issued() == "");
    CHECK(story.state().status == replay::Status::terminated);
  }
}
