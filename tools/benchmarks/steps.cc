// steps-N and relaxed: instances of ten small steps one after another, N at a time.
#include <fmt/format.h>

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tools/benchmarks/limits.h"
#include "tools/benchmarks/loop.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/workload.h"

namespace reprise::bench {
namespace {

constexpr int small_steps = 10;
constexpr double warm_up = 0.2;  // Share of a run's time that is not measured.
/// Runs of a minute and more are told in so many parts: does it stay as fast as it begins?
constexpr std::size_t parts_of_a_long_run = 60;

/// When bodies began, if only one instance runs at a time.
std::vector<double>* began = nullptr;

int small(int number) {
  if (began != nullptr) began->push_back(now());
  return number + 1;
}

Workflow<int> run_inline(Context ctx, int steps) {
  int number = 0;
  for (int i = 0; i < steps; ++i) {
    number = co_await ctx.step("small", {.runs_on = RunsOn::shard}, small, number);
  }
  co_return number;
}

Workflow<int> run_pool(Context ctx, int steps) {
  int number = 0;
  for (int i = 0; i < steps; ++i) number = co_await ctx.step("small", small, number);
  co_return number;
}

Workflow<int> run_pure(Context ctx, int steps) {
  int number = 0;
  for (int i = 0; i < steps; ++i) {
    number = co_await ctx.step("small", {.runs_on = RunsOn::shard, .pure = true}, small, number);
  }
  co_return number;
}

/// Bytes of the two events of a step: what ten more of them add to a history.
double encoded(const Engine& engine, Loop::Flow flow) {
  const auto bytes = [&](int steps) {
    const std::string id = "steps-" + std::to_string(steps);
    (void)engine.start(flow, id, steps).value().result().value();
    return static_cast<double>(engine.describe(id).value().history_bytes);
  };
  return (bytes(2 * small_steps) - bytes(small_steps)) / small_steps;
}

/// Seconds between a body and the next of the same instance.
double step_p50(const std::vector<double>& times) {
  std::vector<double> between;
  for (std::size_t i = 1; i < times.size(); ++i) {
    if (i % small_steps != 0) between.push_back(times[i] - times[i - 1]);
  }
  return percentile(between, 0.5);
}

Sample run(const Settings& settings, Loop::Flow flow, std::size_t in_flight) {
  Registry workflows;
  workflows.add("ten_steps", flow);
  const std::string store = store_in(settings.folder);
  std::vector<double> times;
  Sample sample;
  double bytes = 0;
  double keys = 0;
  {
    Engine engine = open_engine(store, workflows);
    Loop loop(engine, flow, small_steps);
    loop.run(in_flight, settings.seconds * warm_up);
    times.reserve(1u << 20);
    began = in_flight == 1 ? &times : nullptr;
    const std::string page_before = engine.metrics();
    const std::uint64_t ended_before = loop.ended();
    const Cost before = cost_so_far();
    const bool is_long = settings.seconds >= static_cast<double>(parts_of_a_long_run);
    auto curve = loop.run(in_flight, settings.seconds, is_long ? parts_of_a_long_run : 1);
    const Cost spent = cost_so_far() - before;
    const std::string page = engine.metrics();
    began = nullptr;
    const auto rose = [&](const std::string& name) {
      return metric(page, name) - metric(page_before, name);
    };
    const double done = static_cast<double>(loop.ended() - ended_before) * small_steps;
    if (done == 0) throw std::runtime_error("no instance ended in the time given");
    bytes = rose("reprise_written_bytes_total") / done;
    const double commits = rose("reprise_commits_total");
    keys = rose("reprise_keys_written_total") / commits;
    sample.value = done / spent.seconds;
    if (is_long) {
      for (double& rate : curve) rate *= small_steps;
      sample.curve = std::move(curve);
    }
    sample.figures["cpu_us_per_step"] = spent.cpu_seconds * 1e6 / done;
    sample.figures["written_per_step"] = static_cast<double>(spent.bytes) / done;
    sample.figures["encoded_per_step"] = encoded(engine, flow);
    sample.figures["journal_syncs_per_step"] = commits / done;
    sample.figures["syncs_per_step"] = static_cast<double>(spent.syncs) / done;
    sample.figures["write_amplification"] =
        static_cast<double>(spent.bytes) / rose("reprise_event_bytes_total");
    sample.figures["keys_per_commit"] = keys;
    sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  }
  const double seconds = settings.seconds / 2;
  const auto group = static_cast<std::size_t>(bytes * static_cast<double>(in_flight));
  const auto most = static_cast<std::size_t>(keys + 0.5);
  const auto puts = synced_puts(settings.folder, seconds, group, std::max<std::size_t>(1, most));
  sample.limit = puts.per_second * static_cast<double>(in_flight);
  if (in_flight == 1) {
    sample.figures["p50_ratio"] = step_p50(times) / puts.p50_seconds;
    sample.figures["p50_us"] = step_p50(times) * 1e6;
  }
  return sample;
}

std::vector<Check> checks(std::size_t in_flight, bool pool) {
  if (in_flight == 1) {
    return {{"p50_ratio", "<=", pool ? 1.8 : 1.2}, {"journal_syncs_per_step", "<=", 1.15}};
  }
  if (in_flight < 256) return {};
  std::vector<Check> all = {{"encoded_per_step", "<=", 120}, {"write_amplification", "<=", 4}};
  if (pool) return all;
  all.push_back({"ratio", ">=", in_flight == 256 ? 0.5 : 0.4});
  all.push_back({"cpu_us_per_step", "<=", 2});
  if (in_flight == 4096) all.push_back({"journal_syncs_per_step", "<=", 0.01});
  return all;
}

Workload workload(std::string name, std::string what, Loop::Flow flow, std::size_t in_flight,
                  std::vector<Check> to_meet) {
  return {std::move(name), "steps/s", std::move(what), std::move(to_meet),
          [flow, in_flight](const Settings& settings) { return run(settings, flow, in_flight); }};
}

}  // namespace

std::vector<Workload> steps_workloads() {
  std::vector<Workload> all;
  for (const std::size_t n :
       {std::size_t{1}, std::size_t{16}, std::size_t{256}, std::size_t{4096}}) {
    all.push_back(workload(fmt::format("steps-{}-inline", n),
                           fmt::format("small steps on the shard's thread, {} in flight", n),
                           run_inline, n, checks(n, false)));
    all.push_back(workload(fmt::format("steps-{}-pool", n),
                           fmt::format("small steps on the step pool, {} in flight", n), run_pool,
                           n, checks(n, true)));
  }
  for (const std::size_t n : {std::size_t{1}, std::size_t{256}}) {
    all.push_back(workload(fmt::format("relaxed-{}", n),
                           fmt::format("small pure steps, {} in flight", n), run_pure, n, {}));
  }
  return all;
}

}  // namespace reprise::bench
