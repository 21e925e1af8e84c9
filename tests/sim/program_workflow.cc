#include "tests/sim/program_workflow.h"

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tests/sim/outside.h"

namespace reprise::sim {
namespace {

using namespace std::chrono_literals;

/// Of a body whose step is not pure: its attempt was recorded before it began.
void note(const StepContext& ctx) {
  Outside& outside = *current_outside;
  const std::string& key = ctx.idempotency_key();
  if (outside.completed.contains(key)) {
    outside.broken = "a body ran again after its completion: " + key;
  }
  if (!outside.begun.emplace(key, ctx.attempt()).second) {
    outside.broken = fmt::format("a body began twice as attempt {}: {}", ctx.attempt(), key);
  }
}

int give(StepContext& ctx, int value) {
  note(ctx);
  return value;
}
int square(int value) { return value * value; }
int add(int a, int b) { return a + b; }
std::string write(StepContext& ctx, int value) {
  note(ctx);
  return big_text(value);
}
/// Of two attempts, and one more for each process that ended meanwhile.
int fail(StepContext& ctx) {
  note(ctx);
  if (ctx.attempt() > 1 + current_outside->lives) {
    current_outside->broken = "a step was tried more often than it may be";
  }
  throw std::runtime_error("broken");
}
int wait_until(StepContext& ctx, Nanos time) {
  note(ctx);
  if (current_outside->clock.wall() < time) throw std::runtime_error("not yet");
  return 1;
}
int hand_out(StepContext& ctx, int value) {
  note(ctx);
  current_outside->tokens[ctx.token()] = value;
  return 0;
}
int judge(StepContext& ctx, std::uint64_t dice, std::string uuid, Nanos passed) {
  note(ctx);
  if (dice < 1 || dice > 6) current_outside->broken = "a random number out of its range";
  if (uuid.size() != 36) current_outside->broken = "a uuid that is none: " + uuid;
  if (passed < 0) current_outside->broken = "workflow time went backwards";
  return 1;
}

constexpr StepOptions safe{.poison_after = 0};
constexpr StepOptions pure{.poison_after = 0, .pure = true};
constexpr StepOptions inlined{.poison_after = 0, .runs_on = RunsOn::shard};
constexpr StepOptions by_token{.poison_after = 0, .runs_on = RunsOn::token};
constexpr StepOptions twice{.attempts = 2, .poison_after = 0};
constexpr StepOptions patient{.attempts = 0, .backoff = 1s, .poison_after = 0};
constexpr StepOptions hasty{.timeout = 5s, .attempts = 0, .backoff = 1s, .poison_after = 0};

/// Answers one ping to whoever started it.
Workflow<int> echo(Context ctx, std::string back) {
  auto value = co_await ctx.signal<int>("ping");
  co_await ctx.signal_to(back, "pong", value + 1);
  co_return value;
}

/// Ends only when it is cancelled, and not before it has cleaned up.
Workflow<int> guarded(Context ctx, int value) {
  std::exception_ptr why;
  try {
    auto never = co_await ctx.signal<int>("never");
    value += never;
  } catch (const Cancelled&) {
    why = std::current_exception();
  }
  if (!why) co_return value;
  const auto shield = ctx.shield();
  co_await ctx.step("clean", safe, give, value);
  std::rethrow_exception(why);
}

/// Steps of one operation; gives what is added to the sum.
Workflow<int> run_step(Context ctx, Op op, int sum) {
  switch (op.kind) {
    case OpKind::pure: {
      auto value = co_await ctx.step("pure", pure, add, op.value, 0);
      co_return value;
    }
    case OpKind::inlined: {
      auto value = co_await ctx.step("inlined", inlined, give, op.value);
      co_return value;
    }
    case OpKind::lambda: {
      auto value = co_await ctx.step("lambda", safe, [&](StepContext& step) {
        note(step);
        return sum + op.value;
      });
      co_return value - sum;
    }
    case OpKind::big: {
      auto text = co_await ctx.step("big", safe, write, op.value);
      if (text != big_text(op.value)) current_outside->broken = "a blob came back as another one";
      co_return 17;
    }
    case OpKind::failing: {
      auto failed = co_await ctx.try_step("failing", twice, fail);
      co_return failed ? 0 : 3;
    }
    case OpKind::flaky: {
      const Nanos later = (ctx.now() + 3s).time_since_epoch().count();
      auto value = co_await ctx.step("flaky", patient, wait_until, later);
      co_return value;
    }
    case OpKind::slow: {
      auto value = co_await ctx.step("slow", hasty, give, op.value);
      co_return value;
    }
    case OpKind::token: {
      auto value = co_await ctx.step("token", by_token, hand_out, op.value);
      co_return value;
    }
    case OpKind::shielded: {
      const auto shield = ctx.shield();
      auto value = co_await ctx.step("shielded", safe, give, op.value);
      co_return value;
    }
    default: {
      auto value = co_await ctx.step("step", safe, give, op.value);
      co_return value;
    }
  }
}

/// Operations that bring other runs about.
Workflow<int> run_child(Context ctx, Op op, std::string id) {
  switch (op.kind) {
    case OpKind::detached: {
      ctx.start_child(run_program, id, op.inner);
      co_return 0;
    }
    case OpKind::cancelled: {
      auto kid = ctx.child(guarded, id, op.value);
      auto value = co_await std::move(kid).within(1s);
      co_return value ? 0 : 11;
    }
    case OpKind::pingpong: {
      ctx.start_child(echo, id, ctx.id());
      co_await ctx.signal_to(id, "ping", op.value);
      auto pong = co_await ctx.signal<int>("pong");
      co_return pong;
    }
    default: {
      auto value = co_await ctx.try_child(run_program, id, op.inner);
      co_return value ? *value : 7;
    }
  }
}

/// What takes time, or waits for somebody; gives the new sum.
Workflow<int> run_wait(Context ctx, Op op, int sum) {
  switch (op.kind) {
    case OpKind::signal: {
      auto value = co_await ctx.signal<int>("go");
      co_return sum * 3 + value;
    }
    case OpKind::expired: {
      auto none = co_await ctx.signal<int>("never").within(1s);
      const int factor = none ? 1 : 2;
      co_return sum* factor;
    }
    case OpKind::timer_until: {
      co_await ctx.sleep_until(ctx.now() + 2s);
      co_return sum * 2;
    }
    default: {
      co_await ctx.sleep(1s);
      co_return sum * 2;
    }
  }
}

/// Several at once, and what is no await of a single thing; gives the new sum.
Workflow<int> run_several(Context ctx, Op op, int sum) {
  switch (op.kind) {
    case OpKind::all: {
      auto a = ctx.step("a", safe, give, op.value + 1);
      auto b = ctx.step("b", safe, give, op.value + 2);
      auto both = co_await ctx.all(a, b);
      co_return sum + std::get<0>(both) + std::get<1>(both);
    }
    case OpKind::any: {
      auto a = ctx.step("a", safe, give, op.value);
      auto b = ctx.sleep(24h * 3650);
      auto first = co_await ctx.any(a, b);
      co_return sum * 2 + std::get<0>(first);
    }
    case OpKind::map: {
      const std::vector<int> sides{1, 2, op.value};
      auto squares = co_await ctx.map("square", {.concurrency = 2, .step = safe}, sides, square);
      for (const int value : squares) sum += value;
      co_return sum;
    }
    case OpKind::version: {
      co_return sum + ctx.version("change", 1, 2);
    }
    case OpKind::unheard: {
      auto sent = co_await ctx.try_signal_to("nobody", "go", op.value);
      co_return sum + (sent ? 0 : 13);
    }
    default: {
      const auto begun = ctx.now();
      const auto dice = ctx.random(1, 6);
      const Nanos passed = (ctx.now() - begun).count();
      auto one = co_await ctx.step("draws", safe, judge, dice, ctx.uuid(), passed);
      co_return sum + one;
    }
  }
}

}  // namespace

Workflow<int> run_program(Context ctx, Program program) {
  int sum = 1;
  auto last = ctx.now();
  const auto told = ctx.query("sum", [&] { return sum; });
  for (std::size_t i = 0; i < program.size(); ++i) {
    const Op& op = program[i];
    if (ctx.now() < last) current_outside->broken = "workflow time went backwards";
    last = ctx.now();
    switch (op.kind) {
      case OpKind::fails: throw std::runtime_error("as it should");
      case OpKind::child:
      case OpKind::detached:
      case OpKind::cancelled:
      case OpKind::pingpong: {
        auto more = co_await run_child(ctx, op, ctx.id() + "." + std::to_string(i));
        sum = op.kind == OpKind::detached ? sum * 2 : sum + more;
        break;
      }
      case OpKind::timer:
      case OpKind::timer_until:
      case OpKind::signal:
      case OpKind::expired: {
        auto next = co_await run_wait(ctx, op, sum);
        sum = next;
        break;
      }
      case OpKind::all:
      case OpKind::any:
      case OpKind::map:
      case OpKind::version:
      case OpKind::unheard:
      case OpKind::draws: {
        auto next = co_await run_several(ctx, op, sum);
        sum = next;
        break;
      }
      default: {
        auto more = co_await run_step(ctx, op, sum);
        sum += more;
        break;
      }
    }
    sum %= sum_bound;
  }
  co_return sum;
}

Registry program_registry(bool with_programs) {
  Registry workflows;
  if (with_programs) workflows.add("run_program", run_program);
  workflows.add("echo", echo);
  workflows.add("guarded", guarded);
  return workflows;
}

}  // namespace reprise::sim
