// Small programs drawn from a seed, run by the engine under random crashes and by a plain
// interpreter: both give the same.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "sim/twenty_operations.h"
#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;
using namespace std::chrono_literals;

enum Kind {
  step,
  shard_step,
  failing,
  sleep,
  signal,
  expired,
  child,
  detached,
  all,
  any,
  map,
  kinds
};

struct Op {
  int kind = 0;
  int value = 0;
  std::vector<Op> inner;  ///< The child's program.
};
void to_json(nlohmann::json& json, const Op& op) { json = {op.kind, op.value, op.inner}; }
void from_json(const nlohmann::json& json, Op& op) {
  json.at(0).get_to(op.kind);
  json.at(1).get_to(op.value);
  json.at(2).get_to(op.inner);
}
using Program = std::vector<Op>;

Program draw(runtime::SeededRandom& random, int depth) {
  Program program(1 + random.below(6));
  for (Op& op : program) {
    op.kind = static_cast<int>(random.below(kinds));
    op.value = static_cast<int>(random.below(100));
    if (op.kind != child && op.kind != detached) continue;
    if (depth == 2)
      op.kind = step;
    else
      op.inner = draw(random, depth + 1);
  }
  return program;
}

/// Signals that runs of `program` will wait for, with the id of each run.
void signals_of(const Program& program, const std::string& id, std::vector<std::string>& targets) {
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i].kind == signal) targets.push_back(id);
    signals_of(program[i].inner, id + "." + std::to_string(i), targets);
  }
}

/// The value of a program without an engine; each signal carries 5.
int plain(const Program& program) {
  int sum = 1;
  for (const Op& op : program) {
    switch (op.kind) {
      case step:
      case shard_step: sum += op.value; break;
      case failing: sum += 3; break;
      case signal: sum = sum * 3 + 5; break;
      case child: sum += plain(op.inner); break;
      case all: sum += 2 * op.value + 3; break;
      case any: sum = sum * 2 + op.value; break;
      case map: sum += op.value * op.value + 5; break;
      default: sum *= 2; break;  // sleep, expired, detached.
    }
    sum %= 10'007;
  }
  return sum;
}

const StepOptions safe{.poison_after = 0};
const StepOptions pure{.poison_after = 0, .pure = true};
const StepOptions inlined{.poison_after = 0, .runs_on = RunsOn::shard};
const StepOptions twice{.attempts = 2, .poison_after = 0};

/// Operations that wait for one thing, on top of `sum`.
Workflow<int> run_single(Context ctx, Op op, int sum) {
  switch (op.kind) {
    case step: {
      const StepOptions& options = op.value % 2 == 0 ? pure : safe;
      auto next = co_await ctx.step("step", options, add, sum, op.value);
      co_return next;
    }
    case shard_step: {
      auto next = co_await ctx.step("shard", inlined, add, sum, op.value);
      co_return next;
    }
    case failing: {
      auto failed = co_await ctx.try_step("failing", twice, broken);
      co_return sum + (failed ? 0 : 3);
    }
    case signal: {
      auto value = co_await ctx.signal<int>("go");
      co_return sum * 3 + value;
    }
    case expired: {
      auto none = co_await ctx.signal<int>("never").within(1s);
      co_return sum*(none ? 1 : 2);
    }
    default: {
      co_await ctx.sleep(1s);
      co_return sum * 2;
    }
  }
}

Workflow<int> run_program(Context ctx, Program program) {
  const MapOptions window{.concurrency = 2, .step = safe};
  int sum = 1;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const Op& op = program[i];
    const std::string inner_id = ctx.id() + "." + std::to_string(i);
    switch (op.kind) {
      case child: {
        auto value = co_await ctx.child(run_program, inner_id, op.inner);
        sum += value;
        break;
      }
      case detached: {
        ctx.start_child(run_program, inner_id, op.inner);
        sum *= 2;
        break;
      }
      case all: {
        auto a = ctx.step("a", safe, add, op.value, 1);
        auto b = ctx.step("b", safe, add, op.value, 2);
        auto both = co_await ctx.all(a, b);
        sum += std::get<0>(both) + std::get<1>(both);
        break;
      }
      case any: {
        auto a = ctx.step("a", safe, add, op.value, 0);
        auto b = ctx.sleep(1h);
        auto first = co_await ctx.any(a, b);
        sum = sum * 2 + std::get<0>(first);
        break;
      }
      case map: {
        const std::vector<int> sides{1, 2, op.value};
        auto squares = co_await ctx.map("square", window, sides, square);
        for (const int value : squares) sum += value;
        break;
      }
      default: {
        auto next = co_await run_single(ctx, op, sum);
        sum = next;
        break;
      }
    }
    sum %= 10'007;
  }
  co_return sum;
}

/// What the host does in each life: start, signal each run that exists, wait.
Result<int> live(const Engine& engine, const Program& program) {
  auto run = engine.start(run_program, "p", program);
  if (!run) return std::move(run).error();
  std::vector<std::string> targets;
  signals_of(program, "p", targets);
  for (int round = 0; round < 200; ++round) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const std::string signal_id = std::to_string(i);
      (void)engine.signal(targets[i], "go", 5, {.id = signal_id});
    }
    auto result = run->result(10s);
    if (result || result.code() != Code::timed_out) return result;
  }
  return run->result();
}

void check_program(std::uint64_t seed) {
  CAPTURE(seed);
  runtime::SeededRandom random(seed);
  const Program program = draw(random, 0);
  Registry workflows;
  workflows.add("run_program", run_program);
  Machine machine(seed, shard_counts[random.below(3)]);
  machine.options().snapshot_every = 1 + random.below(60);
  machine.options().memory_budget = random.below(2) == 0 ? 1 : 256u << 20;
  for (std::uint64_t crashes = random.below(5); crashes != 0; --crashes) {
    auto engine = machine.open(workflows, random.below(40));
    if (engine) (void)live(*engine, program);
  }
  auto engine = machine.open(workflows).value();
  auto result = live(engine, program);
  REQUIRE(result.ok());
  CHECK(*result == plain(program));
}

}  // namespace

TEST_SUITE("sim/random_programs") {
  TEST_CASE("programs drawn from a seed give what a plain interpreter gives, whatever crashes") {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) check_program(seed);
  }
}
