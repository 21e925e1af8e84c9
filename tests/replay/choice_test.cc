// The same five as in command_test.cc, for the commands that open no operation: versions and ends.
#include <doctest/doctest.h>

#include <stdexcept>

#include "support/story.h"

using namespace reprise;
using namespace reprise::testing;
using namespace std::chrono_literals;

namespace {

Workflow<int> ends(Context, int) { co_return 1; }
Workflow<int> ends_otherwise(Context, int) { co_return 2; }
Workflow<int> throws(Context, int) {
  throw std::runtime_error("broke");
  co_return 1;
}
Workflow<int> throws_otherwise(Context, int) {
  throw std::runtime_error("broke too");
  co_return 1;
}
Workflow<int> goes_on(Context ctx, int) {
  co_await ctx.sleep(1ns);
  co_return 1;
}
Workflow<int> waits_in_vain(Context ctx, int) {
  try {
    co_await ctx.sleep(1ns);
  } catch (const Cancelled&) {
    co_return 0;
  }
  co_return 1;
}

Workflow<int> gate(Context ctx) {
  const auto version = ctx.version("fix", 1, 2);
  co_await ctx.sleep(1ns);
  const auto again = ctx.version("fix", 1, 2);
  co_return version * 10 + again;
}
Workflow<int> no_gate(Context ctx) {
  co_await ctx.sleep(1ns);
  co_return 0;
}
Workflow<int> gate_at_the_end(Context ctx) {
  auto slept = co_await ctx.try_sleep(1ns);
  const auto version = ctx.version("fix", 1, 2);
  co_return slept ? 0 : version;
}
Workflow<int> later_gate(Context ctx) {
  const auto version = ctx.version("fix", 2, 3);
  co_await ctx.sleep(1ns);
  co_return version;
}
Workflow<int> narrow_gate(Context ctx) {
  const auto version = ctx.version("fix", 3, 4);
  co_await ctx.sleep(1ns);
  co_return version;
}

}  // namespace

TEST_SUITE("replay/version") {
  TEST_CASE("first run: the newest version is chosen and recorded, and stays") {
    Story story;
    story.start(gate);
    CHECK(story.issued() == "version fix=2, timer +1 #1");
    story.fired(1);
    CHECK(story.issued() == "complete 22");
  }
  TEST_CASE("a run older than the gate follows the lowest version, at each replay") {
    Story story;
    story.start(no_gate).new_code(gate).fired(1);
    CHECK(story.issued() == "complete 11");
    CHECK(!story.replay_with(gate));
  }
  TEST_CASE("a recorded version stays while the gate knows it, as its lowest one too") {
    Story story;
    story.start(gate).new_code(later_gate).fired(1);
    CHECK(story.issued() == "complete 2");
    CHECK(!story.replay_with(later_gate));
  }
  TEST_CASE("suspends: never; the gate after a cancel still answers and is recorded") {
    Story story;
    story.start(gate_at_the_end).cancel();
    CHECK(story.issued() == "cancel #1, version fix=2, complete 2");
    CHECK(!story.replay_with(gate_at_the_end));
  }
  TEST_CASE("mismatches: the gate was removed, or knows the version no more") {
    Story story;
    story.start(gate).fired(1);
    CHECK(story.replay_with(no_gate)->field == "kind");
    CHECK(story.replay_with(narrow_gate)->field == "version");
  }
}

TEST_SUITE("replay/end") {
  TEST_CASE("first run: what the code returns or throws ends the run") {
    Story story;
    story.start(ends, 0);
    CHECK(story.issued() == "complete 1");
    CHECK(story.state().status == replay::Status::completed);
    Story failed;
    failed.start(throws, 0);
    CHECK(failed.issued() == "fail broke");
    CHECK(failed.state().status == replay::Status::failed);
  }
  TEST_CASE("suspends: a run that waits has not ended") {
    Story story;
    story.start(goes_on, 0);
    CHECK(story.state().status == replay::Status::open);
  }
  TEST_CASE("mismatches: how it ends is compared, what it says is not") {
    Story story;
    story.start(ends, 0);
    CHECK(!story.replay_with(ends));
    CHECK(!story.replay_with(ends_otherwise));
    CHECK(story.replay_with(throws)->field == "kind");
    CHECK(story.replay_with(goes_on)->expected == "workflow_completed");
    Story failed;
    failed.start(throws, 0);
    CHECK(!failed.replay_with(throws));
    CHECK(!failed.replay_with(throws_otherwise));
    CHECK(failed.replay_with(ends)->field == "kind");
  }
  TEST_CASE("cancelled: ends as cancelled where Cancelled leaves the code, else as it says") {
    Story story;
    story.start(goes_on, 0).cancel();
    CHECK(story.issued() == "cancel #1, cancelled");
    CHECK(!story.replay_with(goes_on));
    CHECK(story.replay_with(waits_in_vain)->field == "kind");
    Story caught;
    caught.start(waits_in_vain, 0).cancel();
    CHECK(caught.issued() == "cancel #1, complete 0");
    CHECK(caught.state().status == replay::Status::completed);
  }
}
