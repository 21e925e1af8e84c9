// One workflow with operations of every kind, whose outcome depends on no race, and the world its
// bodies see.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <reprise/reprise.h>

namespace reprise::test {

inline constexpr std::uint16_t shard_counts[] = {1, 2, 8};

/// Outside of all engines. One thread.
struct World {
  const Clock* clock = nullptr;
  std::multiset<std::string> bodies;  ///< "run-op" of each body run, since cleared.
  std::set<std::pair<std::string, std::uint32_t>> begun;  ///< Theirs and attempts, of all lives,
  std::string twice;  ///< and one that was begun twice; not of pure steps.
};
inline World world;

inline void note_pure(const StepContext& ctx) { world.bodies.insert(ctx.idempotency_key()); }
/// Its attempt was recorded before it began: no other process begins it again.
inline void note(const StepContext& ctx) {
  note_pure(ctx);
  const auto& key = ctx.idempotency_key();
  if (!world.begun.emplace(key, ctx.attempt()).second) {
    world.twice = fmt::format("{} attempt {}", key, ctx.attempt());
  }
}

inline int add(StepContext& ctx, int a, int b) {
  note(ctx);
  return a + b;
}
inline int add_purely(StepContext& ctx, int a, int b) {
  note_pure(ctx);
  return a + b;
}
inline constexpr std::string_view pure_step = "shard";  ///< The only one of `twenty`.
inline int square(int a) { return a * a; }
inline int until(StepContext& ctx, Nanos time) {
  note(ctx);
  if (world.clock->wall() < time) throw std::runtime_error("not yet");
  return 1;
}
inline int broken(StepContext& ctx) {
  note(ctx);
  throw std::runtime_error("broken");
}
inline std::string keep(StepContext& ctx, std::uint64_t draw, std::string uuid) {
  note(ctx);
  return fmt::format("{} {}", draw, uuid).empty() ? "lost" : "kept";
}

/// Answers one ping to whoever started it.
inline Workflow<int> echo(Context ctx, std::string back) {
  auto value = co_await ctx.signal<int>("ping");
  co_await ctx.signal_to(back, "pong", value + 1);
  co_return value;
}

inline Workflow<int> kid(Context ctx, int value) {
  auto more = co_await ctx.step("kid", {.poison_after = 0}, add, value, 100);
  co_await ctx.sleep(std::chrono::seconds(1));
  co_return more;
}

inline Workflow<int> helper(Context ctx, int value) {
  auto first = co_await ctx.step("helped", {.poison_after = 0}, add, value, 1);
  co_return first * 2;
}

inline Workflow<std::string> twenty(Context ctx, int base) {
  using namespace std::chrono_literals;
  const std::string echo_id = "echo-" + ctx.id();
  const std::string kid_id = "kid-" + ctx.id();
  const auto begun = ctx.now();
  const Nanos later = (begun + 5s).time_since_epoch().count();
  auto pool = co_await ctx.step("pool", {.poison_after = 0}, add, base, 1);
  auto shard = co_await ctx.step(
      pure_step, {.poison_after = 0, .runs_on = RunsOn::shard, .pure = true}, add_purely, pool, 1);
  auto flaky = co_await ctx.step(
      "flaky",
      {.attempts = 0, .backoff = 2s, .backoff_factor = 1.0, .jitter = 0.0, .poison_after = 0},
      until, later);
  auto failed = co_await ctx.try_step("broken", {.attempts = 3, .poison_after = 0}, broken);
  co_await ctx.sleep(10s);
  co_await ctx.sleep_until(begun + 60s);
  auto go = co_await ctx.signal<int>("go");
  auto never = co_await ctx.signal<int>("never").within(30s);
  ctx.start_child(echo, echo_id, ctx.id());
  co_await ctx.signal_to(echo_id, "ping", go);
  auto pong = co_await ctx.signal<int>("pong");
  auto child = co_await ctx.child(kid, kid_id, base);
  auto left = ctx.step("left", {.poison_after = 0}, add, 1, 2);
  auto right = ctx.step("right", {.poison_after = 0}, add, 3, 4);
  auto both = co_await ctx.all(left, right);
  auto quick = ctx.step("quick", {.poison_after = 0}, add, 5, 6);
  auto slow = ctx.sleep(24h);
  auto first = co_await ctx.any(quick, slow);
  const std::vector<int> sides{1, 2, 3, 4, 5};
  auto squares =
      co_await ctx.map("square", {.concurrency = 2, .step = {.poison_after = 0}}, sides, square);
  const auto draw = ctx.random();
  auto kept = co_await ctx.step("keep", {.poison_after = 0}, keep, draw, ctx.uuid());
  const auto version = ctx.version("change", 1, 2);
  auto helped = co_await helper(ctx, base);
  std::string shielded;
  {
    const auto shield = ctx.shield();
    auto cleaned = co_await ctx.step("clean", {.poison_after = 0}, add, 7, 8);
    shielded = fmt::format("{}", cleaned);
  }
  auto lambda = co_await ctx.step("lambda", {.poison_after = 0}, [&] { return base + pong; });
  int sum = 0;
  for (const int value : squares) sum += value;
  co_return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", pool, shard, flaky,
                        failed ? "ok" : failed.error().message(), go, never.has_value(), pong,
                        child, std::get<0>(both), std::get<1>(both), first.index(), sum, kept,
                        version, helped, shielded, lambda);
}

inline Registry twenty_registry() {
  Registry workflows;
  workflows.add("twenty", twenty);
  workflows.add("echo", echo);
  workflows.add("kid", kid);
  return workflows;
}

/// What `twenty` gives for `base`, and a signal `go` of 41.
inline std::string twenty_result(int base) {
  return fmt::format("{} {} 1 broken 41 false 42 {} 3 7 0 55 kept 2 {} 15 {}", base + 1, base + 2,
                     base + 100, (base + 1) * 2, base + 42);
}

}  // namespace reprise::test
