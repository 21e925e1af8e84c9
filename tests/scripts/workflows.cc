#include "tests/scripts/workflows.h"

#include <chrono>
#include <exception>

#include <fmt/format.h>

namespace reprise::scripts {
namespace {

using namespace std::chrono_literals;

thread_local World* world = nullptr;

enum class Kind { plain, shielded, of_child };

void note(const StepContext& ctx, Kind kind) {
  const std::string& key = ctx.idempotency_key();
  if (!world->bodies[key].insert(ctx.attempt()).second) {
    world->violations.push_back(
        fmt::format("a body began twice as attempt {}: {}", ctx.attempt(), key));
  }
  if (world->completed.contains(key)) {
    world->violations.push_back("the body of a step ran again after its completion: " + key);
  }
  if (kind == Kind::of_child || ctx.run().value != world->dropped_run) return;
  if (kind == Kind::plain || world->terminated) {
    world->violations.push_back("a body ran after its run's end was acknowledged: " + key);
  }
}

int measure(StepContext& ctx, int input) {
  note(ctx, Kind::plain);
  return input;
}
int weigh(StepContext& ctx, int input) {
  note(ctx, Kind::of_child);
  return input * 10;
}
int undo(StepContext& ctx, int input) {
  note(ctx, Kind::shielded);
  return input;
}

Workflow<int> kid(Context ctx, int input) {
  auto weight = co_await ctx.step("weigh", {.poison_after = 0}, weigh, input);
  co_await ctx.sleep(2s);
  co_return weight;
}

}  // namespace

Workflow<std::string> collect(Context ctx, int input) {
  std::string taken;
  const auto look = ctx.query("taken", [&] { return taken; });
  const std::string kid_id = ctx.id() + "/kid";
  std::exception_ptr why;
  try {
    auto measured = co_await ctx.step("measure", {.poison_after = 0}, measure, input);
    co_await ctx.sleep(10s);
    for (bool more = true; more;) {
      auto go = co_await ctx.signal<std::string>("go").within(30s);
      more = go.has_value();
      if (go) taken += *go;
    }
    auto weight = co_await ctx.child(kid, kid_id, measured);
    co_await ctx.signal<std::string>("end");
    for (bool more = true; more;) {
      auto go = co_await ctx.signal<std::string>("go").within(1s);
      more = go.has_value();
      if (go) taken += *go;
    }
    co_return fmt::format("{} weighs {}, took {}", measured, weight, taken);
  } catch (const OperationFailed&) {
    why = std::current_exception();
  }
  // A cancel keeps this from starting.
  auto refused = co_await ctx.try_step("miss", {.poison_after = 0}, measure, input);
  if (refused) co_return "not cancelled";
  const auto shield = ctx.shield();
  co_await ctx.step("undo", {.poison_after = 0}, undo, input);
  std::rethrow_exception(why);
}

std::string result_of(int input, const std::string& taken) {
  return fmt::format("{} weighs {}, took {}", input, input * 10, taken);
}

void set_world(World* told) { world = told; }

Registry workflows() {
  Registry all;
  all.add("collect", collect);
  all.add("kid", kid);
  return all;
}

}  // namespace reprise::scripts
