#include "replay/flags.h"

#include <doctest/doctest.h>

#include <reprise/reprise.h>
#include <array>

#include "replay/decider.h"
#include "replay/rules.h"

using namespace reprise;
using namespace reprise::replay;

namespace {

Workflow<int> one(Context) { co_return 1; }

/// Feeds the start of a run that was recorded with these flags.
Result<void> feed_start(std::uint64_t flags) {
  Registry workflows;
  workflows.add("one", one);
  const auto decider = make_coroutine_decider(workflows, *workflows.find("one"), RunId::make(0, 1));
  Event start;
  start.kind = EventKind::workflow_started;
  start.id = "a";
  start.encoding = Encoding::json;
  start.payload = "[]";
  start.number = flags;
  std::string bytes;
  encode(start, bytes);
  const Names names;
  auto fed = decider->feed(std::array{HistoryEvent{1, bytes}}, names);
  const bool ran = !decider->take_commands().empty();
  CHECK(ran == fed.ok());
  return fed;
}

}  // namespace

TEST_SUITE("replay/flags") {
  TEST_CASE("a run with behaviour this build does not know is refused, and its code not run") {
    CHECK(feed_start(known_flags).ok());
    CHECK(feed_start(0).ok());
    for (int bit = 0; bit < 64; ++bit) {
      const std::uint64_t flag = std::uint64_t{1} << bit;
      CHECK(feed_start(flag).ok() == ((known_flags & flag) != 0));
      if ((known_flags & flag) == 0) CHECK(feed_start(flag).code() == Code::newer_format);
    }
  }
  TEST_CASE("a child is started with all behaviour this build knows") {
    Message start;
    start.kind = MessageKind::start_child;
    start.name = "one";
    start.key = {"", "child"};
    CHECK(receive(start, nullptr).event.number == known_flags);
  }
}
