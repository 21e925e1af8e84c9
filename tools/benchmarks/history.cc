// long and replay: histories of many events, taken up where they were and replayed whole.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "journal/store.h"
#include "tools/benchmarks/isolated.h"
#include "tools/benchmarks/limits.h"
#include "tools/benchmarks/loop.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/workload.h"

namespace reprise::bench {
namespace {

/// After so many bodies the process is killed; 0 = never.
std::atomic<std::uint64_t> bodies_until_kill{0};
std::atomic<std::uint64_t> bodies{0};
std::atomic<double> first_body{0};

int count_body(int number) {
  if (bodies.fetch_add(1) == 0) first_body = now();
  if (bodies == bodies_until_kill) ::raise(SIGKILL);
  return number + 1;
}

Workflow<int> many_steps(Context ctx, int steps) {
  int number = 0;
  const auto told = ctx.query("number", [&] { return number; });
  for (int i = 0; i < steps; ++i) {
    number = co_await ctx.step("count", {.poison_after = 0, .runs_on = RunsOn::shard}, count_body,
                               number);
  }
  co_return number;
}

/// The same, as fast as histories can be made: nothing waits for the disk. One that `waits` does so
/// at its end: the row of a run that has ended is written at once.
Workflow<int> many_pure(Context ctx, int steps, bool waits) {
  int number = 0;
  const auto told = ctx.query("number", [&] { return number; });
  for (int i = 0; i < steps; ++i) {
    number =
        co_await ctx.step("count", {.runs_on = RunsOn::shard, .pure = true}, count_body, number);
  }
  if (waits) number = co_await ctx.signal<int>("go on");
  co_return number;
}

Registry registry() {
  Registry workflows;
  workflows.add("many_steps", many_steps);
  workflows.add("many_pure", many_pure);
  return workflows;
}

void prepare_long(const Settings& settings, int steps) {
  killed([&] {
    bodies_until_kill = static_cast<std::uint64_t>(steps) * 9 / 10;
    const Engine engine = open_engine(store_in(settings.folder), registry());
    (void)engine.start(many_steps, "long", steps).value().result();
  });
}

Sample run_long(const Settings& settings) {
  const std::string store = copy_of_library(settings);
  Sample sample;
  sample.limit = read_seconds(store) * 1e3;
  const double start = now();
  const Engine engine = open_engine(store, registry());
  const double opened = now();
  const auto run = engine.find<int>("long").value();
  while (first_body == 0) std::this_thread::sleep_for(std::chrono::microseconds(20));
  sample.value = (first_body - start) * 1e3;
  sample.figures["open_ms"] = (opened - start) * 1e3;
  sample.figures["resume_ms"] = std::max(0.0, first_body - opened) * 1e3;
  const double went_on = now();
  (void)run.result().value();
  sample.figures["steps_per_s_then"] = static_cast<double>(bodies.load()) / (now() - went_on);
  sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  return sample;
}

Workload long_workload(int steps, std::vector<Check> checks) {
  Workload workload;
  workload.name = fmt::format("long-{}", steps);
  workload.unit = "ms";
  workload.what =
      fmt::format("killed at 90 % of {} steps: from open to the next step's body", steps);
  workload.checks = std::move(checks);
  workload.prepare = [steps](const Settings& settings) { prepare_long(settings, steps); };
  workload.run = run_long;
  workload.large = steps > 10'000;
  return workload;
}

/// Histories of `events` each: of instances that have finished, or that wait after as many.
struct Histories {
  int events = 0;
  int instances = 0;
  bool snapshot = false;  ///< In rows and chunks; else in the journal alone.
};

EngineOptions options_of(const std::string& store, const Histories& histories) {
  EngineOptions options;
  options.path = store;
  options.log.level = LogLevel::error;
  options.snapshot_every = histories.snapshot ? 1000 : ~std::uint64_t{0} >> 1;
  return options;
}

std::string id_of(int instance) { return "run-" + std::to_string(instance); }

void prepare_replay(const Settings& settings, const Histories& histories) {
  const int steps = (histories.events - 2) / 2;
  const Engine engine =
      Engine::open(options_of(store_in(settings.library), histories), registry()).value();
  for (int i = 0; i < histories.instances; ++i) {
    engine.on_started<int>(many_pure, id_of(i), [](const auto&) {}, steps, !histories.snapshot);
  }
  for (int i = 0; i < histories.instances; ++i) {
    if (histories.snapshot) {
      (void)engine.find<int>(id_of(i)).value().result().value();
      continue;
    }
    const auto waits = [&] {
      const auto told = engine.describe(id_of(i));
      return told.ok() && !told->waits.empty() && told->waits.front().kind == "signal";
    };
    while (!waits()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// Events of the journal a second, read and verified.
double scan_rate(const std::string& path, double events) {
  journal::OpenOptions options;
  options.path = path;
  options.read_only = true;
  const auto store = journal::open_rocks_store(options).value();
  const double start = now();
  std::uint64_t bytes = 0;
  for (ShardId shard = 0; shard < store->header().shards; ++shard) {
    const auto ends = store->ends(shard);
    if (ends.last < ends.first) continue;
    store
        ->read(shard, ends.first,
               [&](Position, Epoch, std::string_view body) {
                 bytes += body.size();
                 return true;
               })
        .value();
  }
  store
      ->scan(journal::Table::chunks, "", "",
             [&](std::string_view key, std::string_view value) {
               bytes += hash64(value) == 0 ? key.size() : value.size();
               return true;
             })
      .value();
  return events / (now() - start);
}

Sample run_replay(const Settings& settings, const Histories& histories) {
  Sample sample;
  const double events = static_cast<double>(histories.events) * histories.instances;
  // A copy, so that each run finds what the first one found; nothing of it is in memory.
  const std::string store = copy_of_library(settings);
  sample.limit = scan_rate(store, events);
  const Engine engine = Engine::open(options_of(store, histories), registry()).value();
  std::mutex mutex;
  std::condition_variable changed;
  int left = histories.instances;
  std::string failure;
  const double start = now();
  const Cost before = cost_so_far();
  for (int i = 0; i < histories.instances; ++i) {
    engine.on_answer<int>(id_of(i), "number", [&](Result<int> number) {
      std::lock_guard lock(mutex);
      if (!number) failure = number.error().message();
      --left;
      changed.notify_all();
    });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return left == 0; });
  if (!failure.empty()) throw std::runtime_error(failure);
  const Cost spent = cost_so_far() - before;
  sample.value = events / (now() - start);
  sample.figures["cpu_ns_per_event"] = spent.cpu_seconds * 1e9 / events;
  sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  return sample;
}

Workload replay_workload(int events, bool snapshot) {
  Workload workload;
  workload.name = fmt::format("replay-{}-{}", events, snapshot ? "snapshot" : "journal");
  workload.unit = "events/s";
  workload.what = fmt::format("histories of {} events, read from the {} and replayed", events,
                              snapshot ? "snapshot" : "journal");
  workload.checks = {{"value", ">=", 2e6}};
  const auto of = [events, snapshot](const Settings& settings) {
    const int all = settings.quick ? 100'000 : 400'000;
    return Histories{events, std::max(1, all / events), snapshot};
  };
  workload.prepare = [of](const Settings& settings) { prepare_replay(settings, of(settings)); };
  workload.run = [of](const Settings& settings) { return run_replay(settings, of(settings)); };
  return workload;
}

}  // namespace

std::vector<Workload> history_workloads() {
  std::vector<Workload> all;
  all.push_back(long_workload(1'000, {}));
  all.push_back(long_workload(10'000, {{"value", "<=", 20}}));
  all.push_back(long_workload(100'000, {{"value", "<=", 150}}));
  for (const int events : {10, 1'000, 100'000}) {
    all.push_back(replay_workload(events, false));
    all.push_back(replay_workload(events, true));
  }
  return all;
}

}  // namespace reprise::bench
