#include <doctest/doctest.h>

#include <stdexcept>

#include "support/story.h"

using namespace reprise;
using namespace reprise::testing;
using namespace std::chrono_literals;

namespace {

int add(int a, int b) { return a + b; }

Workflow<int> counting(Context ctx) {
  int sum = 0;
  const auto total = ctx.query("sum", [&] { return sum; });
  const auto plus =
      ctx.query("plus", [&](int a, const std::string& b) { return std::to_string(sum + a) + b; });
  for (int i = 1; i <= 3; ++i) {
    auto value = co_await ctx.signal<int>("add");
    sum += value;
  }
  sum *= 10;
  co_return sum;
}
Workflow<int> shadowing(Context ctx) {
  std::string state = "outer";
  const auto outer = ctx.query("state", [&] { return state; });
  {
    const auto inner = ctx.query("state", [] { return std::string("inner"); });
    co_await ctx.sleep(1ns);
  }
  co_await ctx.sleep(1ns);
  state = "left";
  co_return 0;
}
Workflow<int> throwing(Context ctx) {
  int steps = 0;
  const auto bad = ctx.query("bad", [&]() -> int { throw std::runtime_error("no such page"); });
  const auto acts = ctx.query("acts", [&] {
    (void)ctx.sleep(1ns);
    return 0;
  });
  const auto draws = ctx.query("draws", [&] { return ctx.random(); });
  const auto count = ctx.query("count", [&] { return steps; });
  for (; steps < 2; ++steps) co_await ctx.step("add", add, 1, 2);
  if (steps == 2) throw std::runtime_error("broke");
  co_return 0;
}
Workflow<int> helper(Context ctx, int value) {
  const auto depth = ctx.query("helper", [&] { return value; });
  co_await ctx.sleep(1ns);
  co_return value;
}
Workflow<int> nesting(Context ctx) {
  auto first = co_await helper(ctx, 1);
  auto second = co_await helper(ctx, 2);
  co_return first + second;
}

template <class... A>
Result<Payload> ask(replay::Decider& decider, std::string name, const A&... args) {
  decider.ask({std::move(name), detail::encode_args(args...).value()});
  return decider.answer();
}
/// The answer as JSON, or the name of the error.
template <class... A>
std::string told(replay::Decider& decider, std::string name, const A&... args) {
  auto answer = ask(decider, std::move(name), args...);
  return answer ? answer->bytes : std::string(reprise::name(answer.code()));
}
/// What a closed run answers: asked before its history is fed.
std::string told_after(const Story& story, std::string name) {
  auto decider = story.fresh();
  decider->ask({std::move(name), detail::encode_args().value()});
  REQUIRE(decider->feed(story.slice(0, story.history().size()), story.names()).ok());
  auto answer = decider->answer();
  return answer ? answer->bytes : std::string(reprise::name(answer.code()));
}

}  // namespace

TEST_SUITE("replay/query") {
  TEST_CASE("a query is answered by what the code knows while it waits, and decides nothing") {
    Story story;
    story.start(counting);
    CHECK(told(story.decider(), "sum") == "0");
    story.signalled("add", 4);
    CHECK(told(story.decider(), "sum") == "4");
    CHECK(told(story.decider(), "plus", 1, std::string("x")) == "\"5x\"");
    CHECK(story.decider().take_commands().empty());
    story.signalled("add", 5).signalled("add", 6);
    CHECK(story.issued() == "complete 150");
  }
  TEST_CASE("arguments that are not the handler's are undecodable") {
    Story story;
    story.start(counting);
    CHECK(told(story.decider(), "plus", 1) == "undecodable");
    CHECK(told(story.decider(), "plus", std::string("a"), std::string("b")) == "undecodable");
  }
  TEST_CASE("a query of another name is unknown, and is told which there are") {
    Story story;
    story.start(counting);
    const auto answer = ask(story.decider(), "total");
    CHECK(answer.code() == Code::unknown_query);
    CHECK(answer.error().message().find("\"plus\" \"sum\"") != std::string::npos);
    Story none;
    none.start(helper, 1).fired(1);
    CHECK(told(none.decider(), "helper") == "unknown_query");
  }
  TEST_CASE("an inner scope's handler answers until its scope ends") {
    Story story;
    story.start(shadowing);
    CHECK(told(story.decider(), "state") == "\"inner\"");
    story.fired(1);
    CHECK(told(story.decider(), "state") == "\"outer\"");
  }
  TEST_CASE("a helper's handler answers while the helper runs") {
    Story story;
    story.start(nesting);
    CHECK(told(story.decider(), "helper") == "1");
    story.fired(1);
    CHECK(told(story.decider(), "helper") == "2");
  }
  TEST_CASE("what a handler throws is the answer; the instance is unharmed") {
    Story story;
    story.start(throwing);
    const auto bad = ask(story.decider(), "bad");
    CHECK(bad.code() == Code::query_failed);
    CHECK(bad.error().message() == "no such page");
    CHECK(told(story.decider(), "count") == "0");
    story.step_done(1, 3);
    CHECK(story.issued() == "step add #2");
  }
  TEST_CASE("a handler can neither issue a command nor draw") {
    Story story;
    story.start(throwing);
    for (const std::string name : {"acts", "draws"}) {
      const auto answer = ask(story.decider(), name);
      CHECK(answer.code() == Code::query_failed);
      CHECK(answer.error().message().find("this Context") != std::string::npos);
    }
    CHECK(story.decider().take_commands().empty());
    story.step_done(1, 3);
    CHECK(story.issued() == "step add #2");
  }
  TEST_CASE("a completed run answers as of the end of the handler's scope") {
    Story story;
    story.start(counting).signalled("add", 4).signalled("add", 5).signalled("add", 6);
    CHECK(story.issued() == "complete 150");
    CHECK(told_after(story, "sum") == "150");
    CHECK(told_after(story, "other") == "unknown_query");
    Story inner;
    inner.start(shadowing).fired(1).fired(2);
    CHECK(told_after(inner, "state") == "\"left\"");
  }
  TEST_CASE("a failed run answers as of the exception that left the handler's scope") {
    Story story;
    story.start(throwing).step_done(1, 3).step_done(2, 3);
    CHECK(story.issued() == "fail broke");
    CHECK(told_after(story, "count") == "2");
  }
  TEST_CASE("a run that was cancelled or terminated while it waited answers as it stood") {
    Story cancelled;
    cancelled.start(counting).signalled("add", 4).cancel();
    CHECK(told_after(cancelled, "sum") == "4");
    Story terminated;
    terminated.start(counting).signalled("add", 4).terminate();
    CHECK(told_after(terminated, "sum") == "4");
  }
  TEST_CASE("a handler whose scope ended before the last activation is unknown to a finished run") {
    Story story;
    story.start(nesting).fired(1);
    CHECK(told_after(story, "helper") == "2");
    story.fired(2);
    CHECK(told_after(story, "helper") == "2");
    Story other;
    other.start(throwing);
    CHECK(told_after(other, "helper") == "unknown_query");
  }
}
