#include "tools/benchmarks/report.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tools/benchmarks/meter.h"

namespace reprise::bench {
namespace {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Four digits that matter, as a person writes them.
std::string short_number(double number) {
  const double size = std::abs(number);
  if (size >= 10'000'000) return fmt::format("{:.1f} M", number / 1e6);
  if (size >= 10'000) return fmt::format("{:.1f} k", number / 1e3);
  if (size >= 100) return fmt::format("{:.0f}", number);
  if (size >= 1) return fmt::format("{:.2f}", number);
  return fmt::format("{:.4f}", number);
}

std::string processor() {
  std::ifstream lines("/proc/cpuinfo");
  std::string line;
  while (std::getline(lines, line)) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "processor of unknown name";
}

}  // namespace

Finding judge(const Workload& workload, const std::vector<Sample>& samples) {
  Finding found;
  found.name = workload.name;
  found.unit = workload.unit;
  found.what = workload.what;
  std::vector<double> values;
  std::vector<double> limits;
  std::vector<double> ratios;
  std::map<std::string, std::vector<double>> figures;
  for (const Sample& sample : samples) {
    values.push_back(sample.value);
    if (sample.limit != 0) {
      limits.push_back(sample.limit);
      ratios.push_back(sample.value / sample.limit);
    }
    for (const auto& [name, value] : sample.figures) figures[name].push_back(value);
  }
  found.median = median(values);
  found.min = *std::min_element(values.begin(), values.end());
  found.max = *std::max_element(values.begin(), values.end());
  if (!limits.empty()) found.limit = median(limits);
  if (!ratios.empty()) found.ratio = median(ratios);
  for (const auto& [name, all] : figures) found.figures[name] = median(all);
  found.curve = samples.front().curve;
  if (!found.curve.empty()) {
    const auto [least, most] = std::minmax_element(found.curve.begin(), found.curve.end());
    found.figures["slowest_part"] = *least;
    found.figures["fastest_part"] = *most;
  }
  auto named = found.figures;
  named["value"] = found.median;
  if (found.ratio) named["ratio"] = *found.ratio;
  for (const Check& check : workload.checks) {
    const auto figure = named.find(check.figure);
    if (figure == named.end()) {
      throw std::runtime_error(workload.name + " gave no figure " + check.figure);
    }
    const bool met =
        check.op == "<=" ? figure->second <= check.target : figure->second >= check.target;
    found.checks.push_back({check, figure->second, met});
    found.met = found.met && met;
  }
  return found;
}

std::string table_head() {
  return fmt::format("{:<18} {:>10} {:>10} {:>10} {:<9} {:>10} {:>7}  {}\n", "workload", "median",
                     "min", "max", "unit", "limit", "ratio", "figures");
}

std::string table_line(const Finding& found) {
  std::string line =
      fmt::format("{:<18} {:>10} {:>10} {:>10} {:<9} {:>10} {:>7}  ", found.name,
                  short_number(found.median), short_number(found.min), short_number(found.max),
                  found.unit, found.limit ? short_number(*found.limit) : "-",
                  found.ratio ? fmt::format("{:.3f}", *found.ratio) : "-");
  const char* comma = "";
  for (const auto& [name, value] : found.figures) {
    line += fmt::format("{}{} {}", comma, name, short_number(value));
    comma = ", ";
  }
  line += '\n';
  for (const Judged& judged : found.checks) {
    line += fmt::format("{:<18} {} {}: {} {} {}\n", "", judged.met ? "met   " : "MISSED",
                        judged.check.figure, short_number(judged.value), judged.check.op,
                        short_number(judged.check.target));
  }
  return line;
}

std::string to_json(const std::vector<Finding>& findings, const std::string& commit) {
  nlohmann::ordered_json report;
  report["machine"] = machine(".");
  report["commit"] = commit;
  report["workloads"] = nlohmann::ordered_json::array();
  for (const Finding& found : findings) {
    nlohmann::ordered_json one;
    one["name"] = found.name;
    one["unit"] = found.unit;
    one["median"] = found.median;
    one["min"] = found.min;
    one["max"] = found.max;
    one["limit"] = found.limit ? nlohmann::ordered_json(*found.limit) : nullptr;
    one["ratio"] = found.ratio ? nlohmann::ordered_json(*found.ratio) : nullptr;
    one["checks"] = nlohmann::ordered_json::array();
    for (const Judged& judged : found.checks) {
      one["checks"].push_back({{"name", judged.check.figure},
                               {"value", judged.value},
                               {"op", judged.check.op},
                               {"target", judged.check.target},
                               {"met", judged.met}});
    }
    one["met"] = found.met;
    one["figures"] = found.figures;
    if (!found.curve.empty()) one["curve"] = found.curve;
    report["workloads"].push_back(std::move(one));
  }
  return report.dump(2) + "\n";
}

std::string machine(const std::string& folder) {
  utsname system{};
  struct statfs files{};
  ::uname(&system);
  ::statfs(folder.c_str(), &files);
  const auto pages = static_cast<double>(::sysconf(_SC_PHYS_PAGES));
  const auto page = static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  return fmt::format("{} x {}, {:.0f} GiB, {} {}, file system {:#x}",
                     ::sysconf(_SC_NPROCESSORS_ONLN), processor(),
                     pages * page / 1024 / 1024 / 1024, system.sysname, system.release,
                     static_cast<unsigned long>(files.f_type));
}

}  // namespace reprise::bench
