// look: what it takes to look into a store; the largest is about a gigabyte.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <reprise/reprise.h>

#include "journal/store.h"
#include "runtime/reader.h"
#include "tools/benchmarks/limits.h"
#include "tools/benchmarks/loop.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/workload.h"

namespace reprise::bench {
namespace {

constexpr int steps = 20;
constexpr std::size_t page = 50;

std::string text_of(int number) { return std::string(60, static_cast<char>('a' + number % 26)); }

/// Half of them end, half wait.
Workflow<int> told(Context ctx, bool waits) {
  for (int i = 0; i < steps; ++i) {
    co_await ctx.step("text", {.runs_on = RunsOn::shard, .pure = true}, text_of, i);
  }
  int number = 0;
  if (waits) number = co_await ctx.signal<int>("go on");
  co_return number;
}

Registry registry() {
  Registry workflows;
  workflows.add("told", told);
  return workflows;
}

std::string id_of(int instance) { return "told-" + std::to_string(instance); }

void prepare(const Settings& settings, int instances) {
  const std::string store = store_in(settings.library);
  Engine engine = open_engine(store, registry());
  std::atomic<int> flying = 0;
  for (int i = 0; i < instances; ++i) {
    while (flying >= 1000) std::this_thread::sleep_for(std::chrono::microseconds(100));
    ++flying;
    engine.on_started<int>(told, id_of(i), [&](const auto&) { --flying; }, i % 2 == 0);
  }
  while (flying > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (auto closed = engine.shutdown(std::chrono::seconds(60)); !closed) {
    throw std::runtime_error(closed.error().message());
  }
}

/// From the call to what it has told. The store's files are in the page cache, as for the limit.
double seconds_of(const std::string& store, bool beside, bool one) {
  const double start = now();
  const auto opened =
      journal::open_rocks_store({.path = store, .read_only = true, .live = beside}).value();
  runtime::Reader reader(*opened);
  std::vector<std::string> damaged;
  if (one) {
    (void)reader.describe({"", id_of(7)}).value();
  } else if (reader.list({.limit = page + 1}, damaged).value().size() != page + 1) {
    throw std::runtime_error("the page is not full");
  }
  return now() - start;
}

Sample run(const Settings& settings) {
  const std::string store = store_in(settings.library);
  Sample sample;
  (void)read_seconds(store);
  sample.limit = read_seconds(store) * 1e3;
  sample.value = seconds_of(store, false, false) * 1e3;
  sample.figures["show_ms"] = seconds_of(store, false, true) * 1e3;
  {  // Which has just opened it, and has its own work with that.
    const Engine engine = open_engine(store, registry());
    sample.figures["beside_an_engine_ms"] = seconds_of(store, true, false) * 1e3;
  }
  sample.figures["store_mb"] = static_cast<double>(disk_bytes(store)) / 1e6;
  sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  return sample;
}

Workload workload(int instances, bool large) {
  Workload workload;
  workload.name = fmt::format("look-{}", instances);
  workload.unit = "ms";
  workload.what =
      fmt::format("the first {} of {} instances in the files of a closed store", page, instances);
  workload.checks = {{"value", "<=", 200}, {"show_ms", "<=", 200}};
  workload.prepare = [instances](const Settings& settings) { prepare(settings, instances); };
  workload.run = run;
  workload.large = large;
  return workload;
}

}  // namespace

std::vector<Workload> looking_workloads() {
  return {workload(20'000, false), workload(720'000, true)};
}

}  // namespace reprise::bench
