// payload-N: results of N bytes that nothing makes smaller.
#include <fmt/format.h>

#include <cstring>
#include <random>

#include "tools/benchmarks/limits.h"
#include "tools/benchmarks/loop.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/workload.h"

namespace reprise::bench {
namespace {

constexpr int steps = 10;
constexpr std::size_t in_flight = 16;

std::size_t result_size = 0;

Raw make_result(int seed) {
  static thread_local std::mt19937_64 random(static_cast<std::uint64_t>(seed));
  Raw result;
  result.bytes.resize(result_size);
  for (std::size_t at = 0; at + 8 <= result_size; at += 8) {
    const std::uint64_t word = random();
    std::memcpy(result.bytes.data() + at, &word, 8);
  }
  return result;
}

Workflow<int> makes_results(Context ctx, int number) {
  std::size_t all = 0;
  for (int i = 0; i < steps; ++i) {
    auto result = co_await ctx.step("make", make_result, number);
    all += result.bytes.size();
  }
  co_return static_cast<int>(all / 1024);
}

Sample run(const Settings& settings, std::size_t size) {
  result_size = size;
  Registry workflows;
  workflows.add("makes_results", makes_results);
  Sample sample;
  {
    const Engine engine = open_engine(store_in(settings.folder), workflows);
    Loop loop(engine, makes_results, 1);
    const Cost before = cost_so_far();
    loop.run(in_flight, settings.seconds);
    const Cost spent = cost_so_far() - before;
    const double bytes = static_cast<double>(loop.ended()) * steps * static_cast<double>(size);
    sample.value = bytes / spent.seconds / 1e6;
    sample.figures["written_per_byte"] = static_cast<double>(spent.bytes) / bytes;
    sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  }
  const std::size_t group = size * in_flight;
  sample.limit = synced_writes(settings.folder, settings.seconds / 2, group) *
                 static_cast<double>(group) / 1e6;
  return sample;
}

}  // namespace

std::vector<Workload> payload_workloads() {
  std::vector<Workload> all;
  for (const std::size_t kib : {std::size_t{1}, std::size_t{64}, std::size_t{1024}}) {
    Workload workload;
    workload.name = fmt::format("payload-{}k", kib);
    workload.unit = "MB/s";
    workload.what = fmt::format("results of {} KiB, {} in flight", kib, in_flight);
    workload.run = [kib](const Settings& settings) { return run(settings, kib * 1024); };
    all.push_back(std::move(workload));
  }
  return all;
}

}  // namespace reprise::bench
