#include "replay/rules.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/story.h"

namespace {

using namespace reprise;
using namespace std::chrono_literals;

int one() { return 1; }

Workflow<int> wide(Context ctx) {
  auto a = ctx.step("a", one);
  auto b = ctx.step("b", one);
  auto c = ctx.step("c", one);
  auto all = co_await ctx.all(a, b, c);
  co_return std::get<0>(all);
}

replay::InstanceState with(Seq seq, std::size_t open) {
  replay::InstanceState state;
  state.seq = seq;
  for (OpId op = 1; op <= open; ++op) state.open[op] = {};
  return state;
}

replay::Event event(replay::EventKind kind) {
  replay::Event made;
  made.kind = kind;
  return made;
}

}  // namespace

TEST_SUITE("replay/limits") {
  TEST_CASE("a run that a limit ended replays to its end, whatever its code went on to issue") {
    testing::Story story;
    story.start(wide);
    CHECK(story.issued() == "step a #1, step b #2, step c #3");
    for (std::size_t recorded = 0; recorded <= 3; ++recorded) {
      CAPTURE(recorded);
      std::vector<std::string> history(
          story.history().begin(),
          story.history().begin() + 1 + static_cast<std::ptrdiff_t>(recorded));
      const Failure failure{static_cast<std::uint16_t>(Code::too_many_operations), "", "full",
                            false};
      replay::Event end = replay::failed_by_limit(story.state(), failure);
      end.time = 5000;
      replay::encode(end, history.emplace_back());
      std::vector<replay::HistoryEvent> events;
      for (const auto& bytes : history) events.push_back({events.size() + 1, bytes});
      auto decider = story.fresh();
      REQUIRE(decider->feed(std::move(events), story.names()).ok());
      CHECK_FALSE(decider->mismatch().has_value());
      CHECK(decider->take_commands().empty());
      CHECK(decider->fed() == history.size());
    }
  }

  TEST_CASE("the last event of a full history may only close the run") {
    const Limits limits{.history_events_max = 10};
    const auto timer = event(replay::EventKind::timer_started);
    CHECK_FALSE(refused(with(8, 0), timer, limits).has_value());
    CHECK(refused(with(9, 0), timer, limits).has_value());
    CHECK_FALSE(
        refused(with(9, 0), event(replay::EventKind::workflow_completed), limits).has_value());
    CHECK_FALSE(refused(with(8, 0), limits).has_value());
    CHECK(refused(with(9, 0), limits)->code == static_cast<std::uint16_t>(Code::history_too_long));
  }

  TEST_CASE("only what opens an operation counts against the operations' limit") {
    const Limits limits{.open_operations_max = 3};
    CHECK_FALSE(refused(with(5, 2), event(replay::EventKind::signal_awaited), limits).has_value());
    CHECK(refused(with(5, 3), event(replay::EventKind::signal_awaited), limits)->code ==
          static_cast<std::uint16_t>(Code::too_many_operations));
    CHECK_FALSE(
        refused(with(5, 3), event(replay::EventKind::operation_cancelled), limits).has_value());
    CHECK_FALSE(refused(with(5, 3), event(replay::EventKind::version_chosen), limits).has_value());
  }

  TEST_CASE("a child whose input is too large owes its answer to the run itself") {
    const Limits limits{.payload_size_max = 10};
    replay::ShardState shard;
    const std::string large(11, 'x');
    for (const auto kind : {replay::EventKind::child_scheduled, replay::EventKind::signal_sent}) {
      replay::Event sends = event(kind);
      sends.op = 7;
      sends.id = "target";
      sends.payload = large;
      cut_payload(sends, limits);
      CHECK(sends.payload.empty());
      std::vector<replay::Message> messages;
      messages_of(shard, RunId::make(0, 3), sends, messages);
      REQUIRE(messages.size() == 1);
      CHECK(messages[0].to == RunId::make(0, 3));
      CHECK(messages[0].to_op == 7);
      CHECK(messages[0].failure.code == static_cast<std::uint16_t>(Code::payload_too_large));
    }
    replay::Event fits = event(replay::EventKind::signal_sent);
    fits.payload = std::string_view(large).substr(1);
    cut_payload(fits, limits);
    CHECK(fits.payload.size() == 10);
    CHECK_FALSE(fits.failed);
  }
}
