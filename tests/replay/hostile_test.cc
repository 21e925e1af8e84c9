// Histories that no engine writes, as a file from a stranger may hold them: coded, and no code runs
// on what they claim.
#include <doctest/doctest.h>

#include <array>

#include <cstddef>
#include <string>
#include <vector>

#include "support/story.h"

namespace {

using namespace reprise;
using namespace reprise::testing;
using replay::EventKind;

int times_run = 0;

Workflow<int> counts(Context ctx) {
  ++times_run;
  co_await ctx.sleep(std::chrono::nanoseconds(5));
  ++times_run;
  auto go = co_await ctx.signal<int>("go");
  co_return go;
}

std::string bytes_of(EventKind kind, OpId op) {
  replay::Event event;
  event.kind = kind;
  event.op = op;
  event.time = 2000;
  event.attempt = kind == EventKind::step_completed ? 1 : 0;
  std::string bytes;
  replay::encode(event, bytes);
  return bytes;
}

/// What a decider makes of `story` with `forged` as its next event, and of what comes after that.
void refused(const Story& story, const std::string& forged) {
  auto decider = story.fresh();
  const std::size_t size = story.history().size();
  auto events = story.slice(0, size);
  events.push_back({size + 1, forged});
  const std::string fired = bytes_of(EventKind::timer_fired, 1);
  events.push_back({size + 2, fired});
  times_run = 0;
  CHECK(decider->feed(events, story.names()).code() == Code::corrupt);
  CHECK(times_run == 1);  // As far as the history was one.
  CHECK(decider->take_commands().empty());
  // Nor does it go on later.
  CHECK(decider->feed(std::array{replay::HistoryEvent{size + 3, fired}}, story.names()).code() ==
        Code::corrupt);
  CHECK(times_run == 1);
}

}  // namespace

TEST_SUITE("replay/hostile") {
  TEST_CASE("an answer to an operation that was never opened is corrupt, and nothing runs on it") {
    Story story;
    story.start(counts);
    for (const OpId op : {0U, 2U, 4'000'000'000U}) {
      for (const auto kind : {EventKind::timer_fired, EventKind::step_completed,
                              EventKind::child_completed, EventKind::signal_delivered}) {
        CAPTURE(op);
        CAPTURE(name_of(kind));
        refused(story, bytes_of(kind, op));
      }
    }
  }

  TEST_CASE("a history that starts its run twice is corrupt, and the code is not begun again") {
    Story story;
    story.start(counts);
    refused(story, story.history().front());
  }
}
