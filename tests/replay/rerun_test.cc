// A recorded run's code run again: what differs in what it watches, and what is worth a note.
#include "replay/rerun.h"

#include <doctest/doctest.h>

#include <list>
#include <string>
#include <vector>

#include "support/story.h"

using namespace reprise;
using namespace reprise::testing;

namespace {

int add(int a, int b) { return a + b; }

Workflow<int> buys(Context ctx, int price) {
  int total = 0;
  const auto sum = ctx.watch("total", total);
  const auto each = ctx.watch("price", price);
  total += price;
  co_await ctx.step("reserve", add, 1, 1);
  co_await ctx.step("charge", add, total, 0);
  co_return total;
}
Workflow<int> buys_dearer(Context ctx, int price) {
  int total = 0;
  const auto sum = ctx.watch("total", total);
  const auto each = ctx.watch("price", price);
  total += price + 1;
  co_await ctx.step("reserve", add, 1, 1);
  co_await ctx.step("charge", add, total, 0);
  co_return total;
}
Workflow<int> buys_otherwise(Context ctx, int price) {
  int total = 0;
  const auto sum = ctx.watch("total", total);
  total += price + 1;
  co_await ctx.step("book", add, 1, 1);
  co_return total;
}
Workflow<int> watches_nothing(Context ctx, int price) {
  co_await ctx.step("reserve", add, 1, 1);
  co_await ctx.step("charge", add, price, 0);
  co_return price;
}
Workflow<int> watches_other_values(Context ctx, int price) {
  const std::string currency = "EUR";
  const auto coin = ctx.watch("currency", currency);
  const auto each = ctx.watch("price", price);
  co_await ctx.step("reserve", add, 1, 1);
  co_await ctx.step("charge", add, price, 0);
  co_return price;
}

Story bought() {
  Story story;
  story.start(buys, 12).step_done(1, 2).step_done(2, 12);
  return story;
}

replay::Rerun run_again(const Story& story, Workflow<int> (*code)(Context, int)) {
  static std::list<Registry> outlive;
  auto& workflows = outlive.emplace_back();
  workflows.add("workflow", code);
  const auto events = story.slice(0, story.history().size());
  auto rerun = replay::Rerun::run(
      workflows, {RunId::make(0, 1), "workflow", events, &story.names(), {}}, events.size());
  return std::move(rerun).value();
}
std::vector<std::string> notes_of(const replay::Rerun& rerun) {
  std::vector<std::string> notes;
  for (const auto& note : rerun.notes()) notes.push_back(fmt::format("{} {}", note.seq, note.text));
  return notes;
}

}  // namespace

TEST_SUITE("replay/rerun") {
  TEST_CASE("the same code comes to the same values, and has nothing to note") {
    const auto rerun = run_again(bought(), buys);
    CHECK(!rerun.mismatch());
    CHECK(notes_of(rerun).empty());
    CHECK(rerun.at() == 6);
  }

  TEST_CASE("the first wrong state is what differs; a command that does behind it is a note") {
    const auto rerun = run_again(bought(), buys_dearer);
    REQUIRE(rerun.mismatch());
    CHECK(rerun.mismatch()->field == "state");
    CHECK(rerun.mismatch()->seq == 2);
    REQUIRE(rerun.mismatch()->watched.size() == 2);
    CHECK(rerun.mismatch()->watched[0].differs);
    CHECK(rerun.mismatch()->watched[0].text == "13");
    CHECK(!rerun.mismatch()->watched[1].differs);
    CHECK(rerun.mismatch()->watched[1].text == "12");
    CHECK(rerun.at() == 3);
    CHECK(notes_of(rerun) ==
          std::vector<std::string>{"4 its commands differ from here on: arguments, schedule_step "
                                   "\"charge\" (op 2) was issued"});
  }

  TEST_CASE("of a command that is another one, values say nothing") {
    const auto rerun = run_again(bought(), buys_otherwise);
    REQUIRE(rerun.mismatch());
    CHECK(rerun.mismatch()->field == "name");
    CHECK(rerun.mismatch()->watched.empty());
  }

  TEST_CASE("what is watched on one side only is no difference, and noted once") {
    const std::string gone =
        "2 what was watched when this was recorded is not now, or can't be encoded any more";
    const auto nothing = run_again(bought(), watches_nothing);
    CHECK(!nothing.mismatch());
    CHECK(notes_of(nothing) == std::vector<std::string>{gone});
    const auto others = run_again(bought(), watches_other_values);
    CHECK(!others.mismatch());
    CHECK(notes_of(others) ==
          std::vector<std::string>{
              "2 \"currency\" is watched now, and was not when this was recorded", gone});
  }
}
