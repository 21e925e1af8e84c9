// When held signals go to who awaits them, as rows tell it: once the code has answered.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "support/story.h"

namespace {

using namespace reprise;
using namespace reprise::testing;
using namespace std::chrono_literals;

int add(int a, int b) { return a + b; }

/// Cancels its await of "n" and awaits it anew, then goes on for a while.
Workflow<int> raced_and_goes_on(Context ctx) {
  auto timer = ctx.sleep(1us);
  auto first = ctx.signal<int>("n");
  auto early = co_await ctx.any(timer, first);
  int number = 0;
  if (early.index() == 0) number = co_await ctx.signal<int>("n");
  co_await ctx.sleep(1us);
  co_return number;
}

/// Its first activation ends in dropping what it began with.
Workflow<int> drops(Context ctx) {
  {
    auto dropped = ctx.signal<int>("n");
    auto other = ctx.step("a", add, 1, 1);
  }
  const int number = co_await ctx.signal<int>("n");
  co_await ctx.sleep(1us);
  co_return number;
}

/// What its row says: operations it awaits, and names of signals nobody has read.
std::string row_of(const Story& story) {
  const auto state = replay::decode_instance_state(replay::encode(story.state())).value();
  std::string text;
  for (const auto& [op, open] : state.open) text += fmt::format("#{} ", op);
  for (const auto& unread : state.signals.unread()) text += story.names().text(unread.name);
  return text;
}

}  // namespace

TEST_SUITE("replay/settled") {
  TEST_CASE("code that could not run at a resume may still cancel what a held signal would end") {
    Story story;
    story.start(raced_and_goes_on).pause().fired(1).signalled("n", 7).code_is_gone().resume();
    story.signalled("other", 1);
    CHECK(row_of(story) == "#2 nother");
    story.code_is_back();
    CHECK(story.issued() == "cancel #2, signal n #3, timer +1000 #4");
    story.signalled("other", 2);
    CHECK(row_of(story) == "#4 otherother");
  }

  TEST_CASE("a cut behind half an answer settles nothing") {
    Story story;
    story.cut_off_after(1).start(drops).signalled("n", 7);
    CHECK(row_of(story) == "#1 n");
    story.code_is_back();
    CHECK(story.issued() == "step a #2, cancel #2, cancel #1, signal n #3, timer +1000 #4");
    story.fired(4);
    CHECK(story.issued() == "complete 7");
  }

  TEST_CASE("a cut behind a whole answer finds what was held settled") {
    Story story;
    story.start(raced_and_goes_on).pause().fired(1).signalled("n", 7).resume();
    CHECK(story.issued() == "cancel #2, signal n #3, timer +1000 #4");
    story.code_is_gone().signalled("other", 1);
    CHECK(row_of(story) == "#4 other");
  }
}
