#include <reprise/testing/crash_matrix.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tools/testing/crash_case.h"
#include "tools/testing/trials.h"

namespace reprise::testing {
namespace {

constexpr const char* variable = "REPRISE_CRASH";

/// A case, and what is left of it when it was judged: the points at which its last life could have
/// been killed, and what is wrong.
struct Tried {
  CrashPath path;
  std::uint64_t records = 0;
  std::uint64_t calls = 0;
  std::vector<std::string> found;

  /// Cases with one crash more.
  [[nodiscard]] std::size_t next_count() const { return records + 2 * calls; }
  /// REQUIRES: i < next_count().
  [[nodiscard]] CrashPath next(std::size_t i) const {
    CrashPath longer = path;
    if (i < records) {
      longer.push_back({CrashPoint::Kind::record, i});
    } else {
      i -= records;
      longer.push_back(
          {i % 2 == 0 ? CrashPoint::Kind::before : CrashPoint::Kind::after, 1 + i / 2});
    }
    return longer;
  }
};

class Matrix {
 public:
  Matrix(const Registry& workflows, const MatrixOptions& options, std::string workflow,
         const Live& live)
      : options_(options),
        case_(workflows, options, live),
        trials_(workflow, "crash points", options.threads, options.progress),
        journals_(options.folder, "crash") {
    report_.workflow = std::move(workflow);
  }

  CrashReport run() {
    const auto begun = std::chrono::steady_clock::now();
    plain_ = case_.run({});
    report_.records = plain_.records;
    report_.effects = plain_.calls;
    const Tried plain{{}, plain_.records, plain_.calls, case_.judge(plain_, plain_)};
    if (!plain.found.empty()) {
      violate(plain);  // Of what a crash does to it nothing can be said.
    } else {
      const auto singles = one_more({plain}, plain.next_count());
      report_.singles = singles.size();
      const auto pairs = one_more(singles, options_.pairs_max);
      report_.pairs = pairs.size();
      report_.triples = one_more(pairs, options_.triples_max).size();
    }
    report_.time = std::chrono::steady_clock::now() - begun;
    return std::move(report_);
  }

  /// Only this one, with all there is to see.
  CrashReport again(const CrashPath& path) {
    keeps_journals_ = false;
    plain_ = case_.run({});
    report_.records = plain_.records;
    report_.effects = plain_.calls;
    std::string seen;
    const auto ending =
        case_.run(path, [&](TestEngine& engine) { seen = shown(engine, options_.id); });
    fmt::print("{}, killed at {}\n{}result  {}\n", report_.workflow, to_text(path), seen,
               ending.result);
    const Tried tried{path, ending.records, ending.calls, case_.judge(ending, plain_)};
    if (!tried.found.empty()) violate(tried);
    report_.singles = 1;
    return std::move(report_);
  }

 private:
  /// At most `most` that have one crash more than one of `before`.
  std::vector<Tried> one_more(const std::vector<Tried>& before, std::size_t most) {
    std::vector<std::size_t> counts;
    counts.reserve(before.size());
    for (const auto& one : before) counts.push_back(one.next_count());
    const Spread some(counts, most);
    std::vector<Tried> tried(some.size());
    trials_.run(some.size(), report_.violations.size(), [&](std::size_t i) {
      const auto [of, at] = some[i];
      auto path = before[of].next(at);
      const auto ending = case_.run(path);
      tried[i] = {std::move(path), ending.records, ending.calls, case_.judge(ending, plain_)};
    });
    for (const auto& one : tried) {
      if (!one.found.empty() && !told_already(one)) violate(one);
    }
    return tried;
  }

  /// Of a crash behind crashes that are enough for all that is wrong nothing new is told. Points
  /// are numbered by their life: without the crashes before it one is another point.
  [[nodiscard]] bool told_already(const Tried& tried) const {
    const std::set<std::string> here(tried.found.begin(), tried.found.end());
    CrashPath start;
    for (const CrashPoint& point : tried.path) {
      start.push_back(point);
      const auto told = told_.find(to_text(start));
      if (told != told_.end() && std::ranges::includes(told->second, here)) return true;
    }
    return false;
  }

  void violate(const Tried& tried) {
    const auto& [path, records, calls, found] = tried;
    Violation violation{to_text(path), found, {}, {}};
    told_[violation.path].insert(found.begin(), found.end());
    if (keeps_journals_ && report_.violations.size() < Journals::most) {
      (void)case_.run(path, [&](TestEngine& engine) {
        violation.journal = journals_.write(engine, report_.workflow, violation.path);
      });
    }
    if (!path.empty()) {
      violation.again = testing::again(variable, report_.workflow, violation.path);
    }
    report_.violations.push_back(std::move(violation));
  }

  const MatrixOptions& options_;
  CrashCase case_;
  CrashReport report_;
  Ending plain_;
  std::map<std::string, std::set<std::string>> told_;  ///< What was found, by path.
  bool keeps_journals_ = true;
  Trials trials_;
  Journals journals_;
};

}  // namespace

CrashReport run_crash_matrix(const Registry& workflows, const MatrixOptions& options,
                             const void* workflow, const Live& live) {
  const auto name = name_in(workflows, workflow);
  Matrix matrix(workflows, options, name, live);
  const auto path = asked_for(variable, workflows, name, parse_path, "record7/after1");
  return path ? matrix.again(*path) : matrix.run();
}

std::ostream& operator<<(std::ostream& out, const CrashReport& report) {
  const double seconds = std::chrono::duration<double>(report.time).count();
  const std::size_t cases = report.singles + report.pairs + report.triples;
  out << fmt::format(
      "{}: {} crash points ({} single, {} pairs, {} triples) over {} records and {} effects in "
      "{:.1f} s; {} violations\n",
      report.workflow, cases, report.singles, report.pairs, report.triples, report.records,
      report.effects, seconds, report.violations.size());
  print(out, report.violations, report.violations.size(), [&](const Violation& violation) {
    for (const auto& found : violation.found) out << "    " << found << '\n';
  });
  return out;
}

}  // namespace reprise::testing
