// sleepers, timers, recover, footprint: many instances that wait, and what they cost meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tools/benchmarks/isolated.h"
#include "tools/benchmarks/limits.h"
#include "tools/benchmarks/loop.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/workload.h"

namespace reprise::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t starts_in_flight = 4096;

/// Waits until `count` is at least `wanted`.
void wait_for(const std::atomic<std::uint64_t>& count, std::uint64_t wanted) {
  while (count < wanted) std::this_thread::sleep_for(100us);
}

/// Starts `count` instances named `name`-0, -1, …; `told` counts those whose start is durable.
template <class Flow, class A>
void start_all(const Engine& engine, Flow flow, const std::string& name, std::uint64_t count,
               const A& argument) {
  std::atomic<std::uint64_t> told{0};
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i >= told + starts_in_flight) wait_for(told, i + 1 - starts_in_flight / 2);
    engine.on_started(flow, name + std::to_string(i),
                      std::function<void(Result<Run<int>>)>([&](const auto& run) {
                        (void)run.value();
                        ++told;
                      }),
                      argument);
  }
  wait_for(told, count);
}

// sleepers

Workflow<int> sleeper(Context ctx, int number) {
  auto woken = co_await ctx.signal<int>("wake").within(24h);
  co_return woken ? *woken + number : 0;
}

Registry sleepers() {
  Registry workflows;
  workflows.add("sleeper", sleeper);
  return workflows;
}

std::uint64_t sleeper_count(const Settings& settings, std::uint64_t count) {
  return settings.quick ? count / 100 : count;
}

void prepare_sleepers(const Settings& settings, std::uint64_t count) {
  killed([&] {
    const Engine engine = open_engine(store_in(settings.folder), sleepers());
    start_all(engine, sleeper, "sleeper-", count, 1);
    ::raise(SIGKILL);
  });
}

/// RocksDB drops what was trimmed when it next merges files, which it does by itself.
void await_rest(const std::string& store) {
  std::uint64_t before = 0;
  for (double changed = now(); now() - changed < 2;) {
    const std::uint64_t bytes = disk_bytes(store);
    if (bytes != before) changed = now();
    before = bytes;
    std::this_thread::sleep_for(100ms);
  }
}

Sample run_sleepers(const Settings& settings, std::uint64_t count) {
  const std::string store = copy_of_library(settings);
  Sample sample;
  sample.limit = read_seconds(store);
  const auto all = static_cast<double>(count);
  double start = now();
  {
    Engine engine = open_engine(store, sleepers());
    sample.value = now() - start;
    sample.figures["memory_after_kill_each"] = static_cast<double>(resident_bytes()) / all;
    // What an unclean stop has left is kept aside until the engine is closed in order.
    sample.figures["disk_each_with_kept"] = static_cast<double>(disk_bytes(store)) / all;
    await_rest(store);
    engine.shutdown(1min).value();
  }
  sample.figures["disk_each"] = static_cast<double>(disk_bytes(store)) / all;
  start = now();
  const Engine engine = open_engine(store, sleepers());
  sample.figures["open_after_close_s"] = now() - start;
  const std::uint64_t woken = std::max<std::uint64_t>(1, count / 100);
  std::atomic<std::uint64_t> ended{0};
  start = now();
  for (std::uint64_t i = 0; i < woken; ++i) {
    const std::string id = "sleeper-" + std::to_string(i * 100 % count);
    // It is there already: to start it once more only gives it back, and nobody waits for that
    // here.
    engine.on_started<int>(
        sleeper, id,
        [&](const Result<Run<int>>& run) {
          run.value().on_result([&](const auto& result) {
            (void)result.value();
            ++ended;
          });
        },
        1);
    engine.on_signalled(id, "wake", 1, [](const auto& sent) { (void)sent.value(); });
  }
  wait_for(ended, woken);
  sample.figures["wake_1_percent_s"] = now() - start;
  sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  return sample;
}

Workload sleepers_workload(std::uint64_t count, double open_seconds) {
  Workload workload;
  workload.name = fmt::format("sleepers-{}", count);
  workload.unit = "s";
  workload.what = fmt::format("{} instances that wait: from a kill to an open engine", count);
  workload.checks = {{"value", "<=", open_seconds}, {"disk_each", "<=", 300}};
  workload.prepare = [count](const Settings& settings) {
    prepare_sleepers(settings, sleeper_count(settings, count));
  };
  workload.run = [count](const Settings& settings) {
    return run_sleepers(settings, sleeper_count(settings, count));
  };
  workload.large = count > 1'000'000;
  return workload;
}

// timers

std::vector<double> lateness;

Nanos wall() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Looks at the machine's clock, which workflow code may not: to measure is what it is for.
Workflow<int> timed(Context ctx, std::int64_t due) {
  co_await ctx.sleep_until(Time(std::chrono::nanoseconds(due)));
  lateness.push_back(static_cast<double>(wall() - due) / 1e6);
  co_return 0;
}

Sample run_timers(const Settings& settings) {
  const std::uint64_t count = settings.quick ? 5'000 : 100'000;
  Registry workflows;
  workflows.add("timed", timed);
  const Engine engine = open_engine(store_in(settings.folder), workflows);
  lateness.reserve(count);
  const Nanos first = wall() + (settings.quick ? 2'000'000'000 : 15'000'000'000);
  std::atomic<std::uint64_t> told{0};
  std::atomic<std::uint64_t> ended{0};
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i >= told + starts_in_flight) wait_for(told, i + 1 - starts_in_flight / 2);
    const Nanos due = first + static_cast<Nanos>(1'000'000'000 / count * i);
    engine.on_started<int>(
        timed, "timer-" + std::to_string(i),
        [&](const Result<Run<int>>& run) {
          ++told;
          run.value().on_result([&](const auto&) { ++ended; });
        },
        due);
  }
  wait_for(told, count);
  const double ready = static_cast<double>(first - wall()) / 1e9;
  wait_for(ended, count);
  Sample sample;
  sample.figures["ready_before_s"] = ready;
  sample.figures["p50_ms"] = percentile(lateness, 0.5);
  sample.figures["p999_ms"] = percentile(lateness, 0.999);
  sample.value = percentile(lateness, 0.99);
  return sample;
}

// recover

std::atomic<std::uint64_t> begun{0};
std::atomic<double> first_begun{0};
std::atomic<std::uint64_t> kill_at{0};

int work(int number) {
  if (begun.fetch_add(1) == 0) first_begun = now();
  if (begun == kill_at) ::raise(SIGKILL);
  return number + 1;
}

Workflow<int> works(Context ctx, int steps) {
  int number = 0;
  for (int i = 0; i < steps; ++i) {
    number = co_await ctx.step("work", {.poison_after = 0, .runs_on = RunsOn::shard}, work, number);
  }
  co_return number;
}

Registry workers() {
  Registry workflows;
  workflows.add("works", works);
  return workflows;
}

constexpr int steps_each = 5;

std::uint64_t crowd(const Settings& settings) { return settings.quick ? 5'000 : 100'000; }

void prepare_recover(const Settings& settings) {
  killed([&] {
    const std::uint64_t count = crowd(settings);
    const Engine engine = open_engine(store_in(settings.folder), workers());
    // All are started before any ends, and most have a step open when the process goes.
    kill_at = count * (steps_each - 1);
    start_all(engine, works, "work-", count, 1'000'000);
    std::this_thread::sleep_for(10min);
  });
}

Sample run_recover(const Settings& settings) {
  const std::string store = copy_of_library(settings);
  Sample sample;
  sample.limit = read_seconds(store);
  const double start = now();
  const Engine engine = open_engine(store, workers());
  const double opened = now();
  wait_for(begun, 1);
  sample.value = first_begun - start;
  sample.figures["open_s"] = opened - start;
  wait_for(begun, crowd(settings));
  sample.figures["all_went_on_s"] = now() - start;
  sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  return sample;
}

// footprint

Sample run_footprint(const Settings&) {
  const std::uint64_t before = resident_bytes();
  Registry workflows;
  workflows.add("sleeper", sleeper);
  EngineOptions options;
  options.shards = 1;
  const Engine engine = Engine::open(std::move(options), workflows).value();
  (void)engine.start(sleeper, "one", 1).value();
  Sample sample;
  sample.value = static_cast<double>(resident_bytes() - before) / 1e6;
  return sample;
}

}  // namespace

std::vector<Workload> waiting_workloads() {
  std::vector<Workload> all;
  all.push_back(sleepers_workload(1'000'000, 1));
  all.push_back(sleepers_workload(10'000'000, 3));
  const auto add = [&all](std::string name, std::string unit, std::string what, double most,
                          std::function<Sample(const Settings&)> run) -> Workload& {
    return all.emplace_back(Workload{std::move(name),
                                     std::move(unit),
                                     std::move(what),
                                     {{"value", "<=", most}},
                                     std::move(run)});
  };
  add("timers", "ms late", "100,000 timers due within a second: how late code goes on, p99", 10,
      run_timers);
  add("recover", "s", "killed with 100,000 in flight: from open to the first step's body", 1,
      run_recover)
      .prepare = prepare_recover;
  add("footprint", "MB", "resident memory of the smallest engine, one instance in memory", 5,
      run_footprint);
  return all;
}

}  // namespace reprise::bench
