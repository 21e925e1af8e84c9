// What a benchmark is: its name, how one run of it goes, and what its figures have to meet.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace reprise::bench {

/// How large a run is. Sizes of workloads that do a fixed amount of work follow from these.
struct Settings {
  double seconds = 2;   ///< How long a run measures, where its work has no fixed size.
  bool quick = false;   ///< A tenth of the work or less: to see that all runs.
  bool full = false;    ///< The largest sizes too.
  std::string folder;   ///< On the disk to be measured. Of this run alone, empty at its start.
  std::string library;  ///< What prepare() left, for every run; "" if the workload has none.
};

/// What one run found.
struct Sample {
  double value = 0;  ///< In the workload's unit.
  double limit = 0;  ///< In the same unit, of the same minute; 0 = there is none.
  std::map<std::string, double> figures;
  /// The value in each of so many equal parts of a run that was long enough; else none.
  std::vector<double> curve{};
};

/// A bound on a figure, or on "ratio" or "value".
struct Check {
  std::string figure;
  std::string op;  ///< "<=" or ">=".
  double target = 0;
};

struct Workload {
  std::string name;
  std::string unit;
  std::string what;  ///< One line, for --help and the table.
  std::vector<Check> checks;
  /// One run, in a process of its own. Throws what went wrong.
  std::function<Sample(const Settings&)> run;
  /// Makes `library` once, before all runs, in a process of its own.
  std::function<void(const Settings&)> prepare{};
  bool large = false;  ///< Only with --full or by name.
};

/// The workloads, in the order of the table.
std::vector<Workload> steps_workloads();
std::vector<Workload> history_workloads();
std::vector<Workload> waiting_workloads();
std::vector<Workload> message_workloads();
std::vector<Workload> payload_workloads();
std::vector<Workload> debugging_workloads();
std::vector<Workload> looking_workloads();

}  // namespace reprise::bench
