// A second owner that comes at any moment of the first one's work. Both are driven by hand, a poll
// at a time.
#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <reprise/reprise.h>

#include "runtime/engine_core.h"
#include "runtime/simulation.h"
#include "support/journals.h"
#include "support/store_check.h"
#include "tools/testing/crashing_store.h"

namespace {

using namespace reprise;
using namespace reprise::test;

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

/// A process that takes `disk` for its own.
struct Owner {
  std::shared_ptr<runtime::SimulatedClock> clock = std::make_shared<runtime::SimulatedClock>();
  runtime::SimulatedExecutor* executor = nullptr;
  std::unique_ptr<runtime::EngineCore> core;

  Owner(const std::shared_ptr<journal::Store>& disk, std::uint64_t seed) {
    Registry workflows;
    workflows.add("order", order);
    EngineOptions options;
    options.clock = clock;
    options.random = std::make_shared<runtime::SeededRandom>(seed);
    options.log.level.reset();
    runtime::Parts parts;
    parts.store = std::make_unique<testing::CrashingStore>(disk);
    parts.runner = std::make_unique<runtime::SimulatedRunner>(seed);
    auto simulated = std::make_unique<runtime::SimulatedExecutor>(*clock, seed);
    executor = simulated.get();
    parts.executor = std::move(simulated);
    core = runtime::EngineCore::open(std::move(options), workflows, std::move(parts)).value();
  }
  static runtime::Request request(runtime::RequestKind kind) {
    runtime::Request request;
    request.kind = kind;
    request.key = {"", "a"};
    request.name = "order";
    request.payload = {Encoding::json, "[]"};
    request.hash = detail::hash_of(request.payload);
    return request;
  }
  void settle() const {
    while (executor->step()) {
    }
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
        older.core->submit(Owner::request(runtime::RequestKind::start));
        for (int i = 0; i < polls; ++i) older.executor->step();
        const auto before = records_of(*disk);
        const int open = open_steps(*disk);
        const Owner newer(disk, seed + 100);
        const auto started =
            newer.core->call(Owner::request(runtime::RequestKind::start), std::nullopt);
        REQUIRE(started.ok());
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
        const auto result =
            newer.core->call(Owner::request(runtime::RequestKind::result), std::nullopt);
        REQUIRE(result.ok());
        CHECK(result->payload.bytes == recorded_result(*disk));
        // The older one has the same answer, or none.
        const auto late =
            older.core->call(Owner::request(runtime::RequestKind::result), std::nullopt);
        if (late) CHECK(late->payload.bytes == result->payload.bytes);
        newer.settle();
        CHECK(extends(taken, records_of(*disk)));
        CHECK(in_order(*disk));
        CHECK(completed_steps(*disk).size() == 3);
        CHECK(findings_of(*disk) == "");
      }
    }
    CHECK(begun_late > 0);
    CHECK(taken_in_the_middle > 0);
  }
}
