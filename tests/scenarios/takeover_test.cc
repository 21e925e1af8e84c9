// A second owner that comes at any moment of the first one's work. Both are driven by hand, a poll
// at a time.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <reprise/reprise.h>

#include "support/driven_engine.h"
#include "support/journals.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using runtime::RequestKind;

int bodies_run = 0;
int work(StepContext& step, int number) {
  ++bodies_run;
  return 100 * static_cast<int>(step.attempt()) + number;
}
Workflow<int> order(Context ctx) {
  int sum = 0;
  for (int i = 1; i <= 3; ++i) {
    auto done = co_await ctx.step("work", {.runs_on = RunsOn::shard}, work, i);
    sum += done;
  }
  co_return sum;
}

/// A process that takes a disk for its own.
struct Owner : Driven {
  Owner(std::shared_ptr<journal::Store> on, std::uint64_t seed)
      : Driven(workflows(), seed, {}, std::move(on)) {}
  static Registry workflows() {
    Registry workflows;
    workflows.add("order", order);
    return workflows;
  }
};

/// Steps that are recorded as begun and not as answered.
int open_steps(const journal::Store& disk) {
  int open = 0;
  (void)disk.read(0, 1, [&](Position, Epoch, std::string_view body) {
    for (journal::EventCursor at(body); at.next();) {
      const auto event = replay::decode(at.bytes()).value();
      if (event.kind == replay::EventKind::step_scheduled && event.number == 0) ++open;
      if (event.kind == replay::EventKind::step_completed) --open;
    }
    return true;
  });
  return open;
}

/// What the journal says that the one run has ended with.
std::string recorded_result(const journal::Store& disk) {
  std::string result;
  (void)disk.read(0, 1, [&](Position, Epoch, std::string_view body) {
    for (journal::EventCursor at(body); at.next();) {
      const auto event = replay::decode(at.bytes()).value();
      if (event.kind == replay::EventKind::workflow_completed) result += event.payload;
    }
    return true;
  });
  return result;
}

/// Epochs never fall along the journal.
bool in_order(const journal::Store& disk) {
  Epoch last = 0;
  bool ordered = true;
  (void)disk.read(0, 1, [&](Position, Epoch epoch, std::string_view) {
    ordered = ordered && epoch >= last;
    last = epoch;
    return true;
  });
  return ordered;
}

}  // namespace

TEST_SUITE("scenarios/takeover") {
  TEST_CASE("a takeover at any moment leaves one journal and one result (restate #524)") {
    int begun_late = 0;
    int taken_in_the_middle = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      for (int polls = 0; polls < 24; ++polls) {
        CAPTURE(seed);
        CAPTURE(polls);
        const auto disk = std::shared_ptr<journal::Store>(journal::make_memory_store(1));
        const Owner older(disk, seed);
        older.ask(RequestKind::start, "a", "order", "[]");
        for (int i = 0; i < polls; ++i) older.executor->step();
        const auto before = records_of(*disk);
        const int open = open_steps(*disk);
        const Owner newer(disk, seed + 100);
        REQUIRE(newer.call(RequestKind::start, "a", "order", "[]").ok());
        const auto taken = records_of(*disk);
        CHECK(extends(before, taken));
        const int bodies = bodies_run;
        older.settle();
        // The older one can't know yet that it has lost what it recorded before that. It begins
        // this step, and no further one.
        CHECK(bodies_run - bodies <= open);
        begun_late += bodies_run - bodies;
        taken_in_the_middle += open;
        CHECK(records_of(*disk) == taken);
        const auto result = newer.call(RequestKind::result, "a");
        REQUIRE(result.ok());
        CHECK(result->payload.bytes == recorded_result(*disk));
        // The older one has the same answer, or none.
        const auto late = older.call(RequestKind::result, "a");
        if (late) CHECK(late->payload.bytes == result->payload.bytes);
        newer.settle();
        CHECK(extends(taken, records_of(*disk)));
        CHECK(in_order(*disk));
        CHECK(completed_steps(*disk).size() == 3);
      }
    }
    CHECK(begun_late > 0);
    CHECK(taken_in_the_middle > 0);
  }
}
