// signal and fan-out: what instances are told, by callers and by each other.
#include <fmt/format.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tools/benchmarks/limits.h"
#include "tools/benchmarks/loop.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/workload.h"

namespace reprise::bench {
namespace {

Workflow<int> waits(Context ctx, int number) {
  const int told = co_await ctx.signal<int>("go");
  co_return told + number;
}

/// Signals one instance after the other and waits for its end; how long each took.
std::vector<double> signal_all(const Engine& engine, const std::string& name, double seconds) {
  std::vector<double> took;
  const double start = now();
  for (int i = 0; now() - start < seconds; ++i) {
    const std::string id = name + std::to_string(i);
    const auto run = engine.start(waits, id, i).value();
    const double before = now();
    (void)engine.signal(id, "go", 1).value();
    (void)run.result().value();
    took.push_back(now() - before);
  }
  return took;
}

Sample run_signal(const Settings& settings, std::size_t clients) {
  Registry workflows;
  workflows.add("waits", waits);
  std::vector<double> took;
  Sample sample;
  double written = 0;
  {
    const Engine engine = open_engine(store_in(settings.folder), workflows);
    std::mutex mutex;
    std::vector<std::jthread> threads;
    for (std::size_t client = 0; client < clients; ++client) {
      threads.emplace_back([&, client] {
        auto mine = signal_all(engine, fmt::format("client-{}-", client), settings.seconds);
        std::lock_guard lock(mutex);
        took.insert(took.end(), mine.begin(), mine.end());
      });
    }
    threads.clear();
    written = metric(engine.metrics(), "reprise_written_bytes_total");
  }
  // Of an instance from its start to its end: a little more than the signal and the end alone.
  const double bytes = written / static_cast<double>(took.size());
  sample.figures["p99_ms"] = percentile(took, 0.99) * 1e3;
  sample.figures["per_s"] = static_cast<double>(took.size()) / settings.seconds;
  sample.value = percentile(took, 0.5) * 1e3;
  const auto puts = synced_puts(settings.folder, settings.seconds / 2,
                                static_cast<std::size_t>(bytes * static_cast<double>(clients)),
                                clients == 1 ? 1 : 8);
  sample.limit = puts.p50_seconds * 1e3;
  return sample;
}

Workflow<int> leaf(Context, int number) { co_return number; }

Workflow<int> parent(Context ctx, int children) {
  std::vector<Operation<int>> all;
  all.reserve(static_cast<std::size_t>(children));
  for (int i = 0; i < children; ++i) {
    all.push_back(ctx.child(leaf, fmt::format("{}-{}", ctx.id(), i), i));
  }
  const auto numbers = co_await ctx.all(all);
  co_return static_cast<int>(numbers.size());
}

int one_more(int number) { return number + 1; }

Workflow<int> wide(Context ctx, int steps) {
  std::vector<Operation<int>> all;
  all.reserve(static_cast<std::size_t>(steps));
  for (int i = 0; i < steps; ++i) {
    all.push_back(ctx.step("one", {.runs_on = RunsOn::shard}, one_more, i));
  }
  const auto numbers = co_await ctx.all(all);
  co_return static_cast<int>(numbers.size());
}

Sample run_fan_out(const Settings& settings, Loop::Flow flow, int width) {
  Registry workflows;
  workflows.add("leaf", leaf);
  workflows.add("fans_out", flow);
  std::vector<double> took;
  Sample sample;
  {
    const Engine engine = open_engine(store_in(settings.folder), workflows);
    const double start = now();
    for (int i = 0; took.empty() || now() - start < settings.seconds; ++i) {
      const double before = now();
      (void)engine.start(flow, "parent-" + std::to_string(i), width).value().result().value();
      took.push_back(now() - before);
    }
  }
  sample.value = percentile(took, 0.5) * 1e3;
  sample.figures["us_each"] = sample.value * 1e3 / width;
  sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  return sample;
}

Workload fan_out(const char* kind, Loop::Flow flow, int width, std::vector<Check> checks) {
  Workload workload;
  workload.name = fmt::format("fan-out-{}-{}", width, kind);
  workload.unit = "ms";
  workload.what = fmt::format("one instance starts {} {} and joins them", width, kind);
  workload.checks = std::move(checks);
  workload.run = [flow, width](const Settings& settings) {
    return run_fan_out(settings, flow, width);
  };
  return workload;
}

}  // namespace

std::vector<Workload> message_workloads() {
  std::vector<Workload> all;
  for (const std::size_t clients : {std::size_t{1}, std::size_t{256}}) {
    Workload workload;
    workload.name = fmt::format("signal-{}", clients);
    workload.unit = "ms";
    workload.what = fmt::format("from a signal to the answered end, {} at a time, p50", clients);
    if (clients == 1) workload.checks = {{"ratio", "<=", 1.5}};
    workload.run = [clients](const Settings& settings) { return run_signal(settings, clients); };
    all.push_back(std::move(workload));
  }
  all.push_back(fan_out("children", parent, 1'000, {{"value", "<=", 10}}));
  all.push_back(fan_out("children", parent, 10'000, {}));
  all.push_back(fan_out("steps", wide, 1'000, {}));
  all.push_back(fan_out("steps", wide, 10'000, {}));
  return all;
}

}  // namespace reprise::bench
