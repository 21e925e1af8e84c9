// What the runs of the workloads came to: a table for people, JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/benchmarks/workload.h"

namespace reprise::bench {

struct Judged {
  Check check;
  double value = 0;
  bool met = false;
};

/// A workload after its runs. Of each figure the median counts.
struct Finding {
  std::string name;
  std::string unit;
  std::string what;
  double median = 0;
  double min = 0;
  double max = 0;
  std::optional<double> limit;
  std::optional<double> ratio;  ///< Median of the ratios of single runs.
  std::map<std::string, double> figures;
  std::vector<double> curve;  ///< Of the first run.
  std::vector<Judged> checks;
  bool met = true;
};

/// REQUIRES: samples are not empty. Throws when a check names a figure that no run gave.
Finding judge(const Workload& workload, const std::vector<Sample>& samples);

/// Lines of the table; the head names the columns.
std::string table_head();
std::string table_line(const Finding& finding);

/// The whole report. `commit` is of the source tree, "" if that is not known.
std::string to_json(const std::vector<Finding>& findings, const std::string& commit);
/// The machine in one line: processors, memory, kernel, file system of `folder`.
std::string machine(const std::string& folder);

}  // namespace reprise::bench
