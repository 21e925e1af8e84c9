// Bodies that refer to their workflow's frame and outlive what history says of their step.
#include <doctest/doctest.h>

#include <chrono>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

/// A local of a workflow; tells whether it is there.
struct Local {
  explicit Local(int& count) : count_(count) { ++count_; }
  ~Local() { --count_; }
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;
  int& count_;
};
int locals = 0;
int seen = -1;

Workflow<int> late(Context ctx) {
  const Local local(locals);
  auto value =
      co_await ctx.try_step("b", {.timeout = 5s, .attempts = 3, .backoff = 1s, .jitter = 0.0}, [&] {
        seen = local.count_;
        return 1;
      });
  co_return value ? *value : -1;
}
Workflow<int> total(Context ctx) {
  const Local local(locals);
  auto value = co_await ctx.try_step(
      "b", {.timeout = 5s, .total_timeout = 20s, .attempts = 3, .backoff = 1s, .jitter = 0.0}, [&] {
        seen = local.count_;
        return 1;
      });
  co_return value ? *value : -1;
}
Registry registry() {
  Registry workflows;
  workflows.add("late", late);
  workflows.add("total", total);
  return workflows;
}

/// Starts `workflow`, whose body is still at work when its first attempt has timed out.
struct Outlived {
  Machine machine;
  HeldBodies& bodies = machine.hold_bodies();
  Engine engine;
  Run<int> run;

  explicit Outlived(Workflow<int> (*workflow)(Context))
      : engine(opened()), run(engine.start(workflow, "a").value()) {
    pass(run, 5500ms);
    REQUIRE(bodies.size() == 1);
    seen = -1;
  }
  Engine opened() {
    machine.options().verify_replay_every = 0;  // Its second frames would count as well.
    return machine.open(registry()).value();
  }
};

}  // namespace

TEST_SUITE("runtime/borrowing") {
  TEST_CASE("a cancel does not unwind the frames of a body that is past its timeout") {
    Outlived it(late);
    REQUIRE(it.engine.cancel("a").ok());
    pass(it.run, 1s);
    it.bodies.release();
    CHECK(seen > 0);
    CHECK(it.run.result(1min).value() == -1);
    CHECK(locals == 0);
  }

  TEST_CASE("nor does the total timeout, when the wall clock jumps to it") {
    Outlived it(total);
    it.machine.clock().jump(3'600'000'000'000);
    CHECK(it.run.result(1s).value() == -1);
    it.bodies.release();
    CHECK(seen > 0);
    CHECK(it.run.result(1s).value() == -1);
    CHECK(locals == 0);
  }
}
