// replay-file and debug-back: a recorded run from a file of its own, replayed by the tool and
// walked through backwards.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/benchmarks/isolated.h"
#include "tools/benchmarks/limits.h"
#include "tools/benchmarks/loop.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/workload.h"
#include "tools/cli/tool.h"
#include "tools/debug/loaded_run.h"
#include "tools/debug/timeline.h"

namespace reprise::bench {
namespace {

constexpr int backs = 40;

int add_one(int number) { return number + 1; }

Workflow<int> counting(Context ctx, int steps) {
  int number = 0;
  for (int i = 0; i < steps; ++i) {
    number = co_await ctx.step("count", {.runs_on = RunsOn::shard, .pure = true}, add_one, number);
  }
  co_return number;
}

Registry registry() {
  Registry workflows;
  workflows.add("counting", counting);
  return workflows;
}

int events_of(const Settings& settings) { return settings.quick ? 10'000 : 100'000; }
std::string folder_of_file(const Settings& settings) { return settings.library + "/file"; }
std::string file_of(const Settings& settings) {
  return folder_of_file(settings) + "/counting.journal";
}

void call_tool(const std::vector<std::string>& words) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = cli::run(words, {out, err}, registry());
  if (code != 0) throw std::runtime_error(out.str() + err.str());
}

/// Two events for each step, one for the start and one for the end.
void prepare(const Settings& settings) {
  const auto store = store_in(settings.library);
  {
    Engine engine = open_engine(store, registry());
    (void)engine.start(counting, "long", (events_of(settings) - 2) / 2).value().result().value();
    engine.shutdown(std::chrono::seconds(60)).value();
  }
  std::filesystem::create_directories(folder_of_file(settings));
  call_tool({"export", store, "long", "--to", file_of(settings)});
}

Sample run_replay_file(const Settings& settings) {
  Sample sample;
  sample.limit = read_seconds(folder_of_file(settings)) * 1e3;
  const double start = now();
  call_tool({"replay", file_of(settings), "--check"});
  sample.value = (now() - start) * 1e3;
  sample.figures["file_mb"] =
      static_cast<double>(std::filesystem::file_size(file_of(settings))) / 1e6;
  sample.figures["peak_mb"] = static_cast<double>(peak_bytes()) / 1e6;
  return sample;
}

Sample run_debug_back(const Settings& settings) {
  const auto workflows = registry();
  const auto loaded = debug::LoadedRun::load(file_of(settings), "", "").value();
  const auto& recorded = loaded.recorded();
  const auto events = recorded.history();
  const replay::Recording recording{recorded.info.run, recorded.info.workflow, events,
                                    recorded.names, recorded.unpack};
  debug::Timeline timeline({workflows, recording}, events.size(), {});
  Sample sample;
  const double start = now();
  Seq at = events.size() + 1;
  (void)timeline.go(at).value();
  sample.figures["to_the_end_ms"] = (now() - start) * 1e3;
  // One event back, from places all over the history, and once over all of it.
  std::vector<double> times;
  for (int i = 1; i <= backs; ++i) {
    at = events.size() * static_cast<Seq>(i) / backs;
    (void)timeline.go(at).value();
    const double before = now();
    if (timeline.go(at - 1).value().next != at - 1) throw std::runtime_error("it did not go back");
    times.push_back((now() - before) * 1e3);
  }
  std::sort(times.begin(), times.end());
  sample.value = times[times.size() / 2];
  sample.figures["worst_ms"] = times.back();
  const double before = now();
  (void)timeline.go(2).value();
  sample.figures["to_the_start_ms"] = (now() - before) * 1e3;
  return sample;
}

Workload workload(const std::string& name, const std::string& what, std::vector<Check> checks,
                  Sample (*run)(const Settings&)) {
  Workload workload;
  workload.name = name;
  workload.unit = "ms";
  workload.what = what;
  workload.checks = std::move(checks);
  workload.prepare = prepare;
  workload.run = run;
  return workload;
}

}  // namespace

std::vector<Workload> debugging_workloads() {
  return {workload("replay-file-100000",
                   "a journal file of 100,000 events: opened, verified and replayed by the tool",
                   {{"value", "<=", 150}}, run_replay_file),
          workload("debug-back-100000",
                   "one event back in a history of 100,000, from all over it: median, and worst",
                   {{"worst_ms", "<=", 50}}, run_debug_back)};
}

}  // namespace reprise::bench
