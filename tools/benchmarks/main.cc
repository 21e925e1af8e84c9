// The benchmark program: runs the workloads, each run in a process of its own, and reports.
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/benchmarks/isolated.h"
#include "tools/benchmarks/meter.h"
#include "tools/benchmarks/report.h"
#include "tools/benchmarks/workload.h"

namespace reprise::bench {
namespace {

struct Arguments {
  std::vector<std::string> only;
  std::string json;
  std::string folder = "build/bench";
  std::string commit;
  double seconds = 2;
  int runs = 5;
  bool quick = false;
  bool full = false;
  bool list = false;
};

std::vector<Workload> all_workloads() {
  std::vector<Workload> all;
  for (auto group :
       {steps_workloads(), history_workloads(), waiting_workloads(), message_workloads(),
        payload_workloads(), debugging_workloads(), looking_workloads()}) {
    all.insert(all.end(), std::make_move_iterator(group.begin()),
               std::make_move_iterator(group.end()));
  }
  return all;
}

bool wanted(const Workload& workload, const Arguments& arguments) {
  if (arguments.only.empty()) return !workload.large || arguments.full;
  for (const std::string& name : arguments.only) {
    if (workload.name == name || workload.name.starts_with(name + "-")) return true;
  }
  return false;
}

std::string to_text(const Sample& sample) {
  return nlohmann::json{{"value", sample.value},
                        {"limit", sample.limit},
                        {"figures", sample.figures},
                        {"curve", sample.curve}}
      .dump();
}

Sample to_sample(const std::string& text) {
  const auto json = nlohmann::json::parse(text);
  return {json["value"], json["limit"], json["figures"], json["curve"]};
}

void progress(const std::string& line) {
  if (::isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
}

Finding run(const Workload& workload, const Arguments& arguments) {
  Settings settings;
  settings.seconds = arguments.seconds;
  settings.quick = arguments.quick;
  settings.full = arguments.full;
  const Scratch library(arguments.folder + "/library");
  if (workload.prepare) {
    progress(workload.name + ": preparing");
    settings.folder = settings.library = library.path();
    isolated([&] {
      workload.prepare(settings);
      return std::string("done");
    });
  }
  std::vector<Sample> samples;
  for (int i = 0; i < arguments.runs; ++i) {
    progress(fmt::format("{}: run {} of {}", workload.name, i + 1, arguments.runs));
    const Scratch scratch(arguments.folder + "/run");
    settings.folder = scratch.path();
    samples.push_back(to_sample(isolated([&] { return to_text(workload.run(settings)); })));
  }
  progress("");
  return judge(workload, samples);
}

int run_all(const Arguments& arguments) {
  std::vector<Finding> findings;
  std::filesystem::create_directories(arguments.folder);
  fmt::print("{}\n{}", machine(arguments.folder), table_head());
  bool failed = false;
  std::size_t missed = 0;
  for (const Workload& workload : all_workloads()) {
    if (!wanted(workload, arguments)) continue;
    try {
      findings.push_back(run(workload, arguments));
      missed += findings.back().met ? 0 : 1;
      fmt::print("{}", table_line(findings.back()));
      std::fflush(stdout);
    } catch (const std::exception& error) {
      progress("");
      fmt::print(stderr, "{}: {}\n", workload.name, error.what());
      failed = true;
    }
  }
  if (findings.empty() && !failed) {
    fmt::print(stderr, "no workload of that name; --list tells them\n");
    return 2;
  }
  fmt::print("{} workloads, {} do not meet what they have to\n", findings.size(), missed);
  if (!arguments.json.empty()) {
    std::ofstream file(arguments.json);
    file << to_json(findings, arguments.commit);
    if (!file.flush()) {
      fmt::print(stderr, "can't write {}\n", arguments.json);
      return 1;
    }
  }
  return failed ? 1 : 0;
}

int bench(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Measures the engine against what the disk and RocksDB give in the same minute.",
               "tools/bench");
  app.add_option("--only", arguments.only, "Workloads of this name, or whose name begins so");
  app.add_option("--seconds", arguments.seconds, "How long a run measures")
      ->check(CLI::Range(0.05, 3600.0));
  app.add_option("--runs", arguments.runs, "Runs of each workload; their median counts")
      ->check(CLI::Range(1, 1000));
  app.add_option("--json", arguments.json, "Writes the report to this file too");
  app.add_option("--folder", arguments.folder, "On the disk to measure; made if it is not there");
  app.add_option("--commit", arguments.commit, "What the report says was measured");
  app.add_flag("--quick", arguments.quick, "Less than a minute: one short, small run of each");
  app.add_flag("--full", arguments.full, "The largest sizes too");
  app.add_flag("--list", arguments.list, "Only tells the workloads");
  CLI11_PARSE(app, argc, argv);
  if (arguments.list) {
    for (const Workload& workload : all_workloads()) {
      fmt::print("{:<18} {}\n", workload.name, workload.what);
    }
    return 0;
  }
  if (arguments.quick) {
    arguments.runs = 1;
    arguments.seconds = std::min(arguments.seconds, 0.2);
  }
  return run_all(arguments);
}

}  // namespace
}  // namespace reprise::bench

int main(int argc, char** argv) {
  try {
    return reprise::bench::bench(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "tools/bench: {}\n", error.what());
    return 1;
  }
}
