#include <reprise/testing/crash_matrix.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include <fmt/format.h>

#include "tools/testing/crash_case.h"
#include "tools/testing/trials.h"

namespace reprise::testing {
namespace {

/// A case, and how it came out.
struct Tried {
  CrashPath path;
  Ending ending;
};

/// Every point at which the last life of `tried` could have been killed.
std::vector<CrashPath> next_paths(const Tried& tried) {
  std::vector<CrashPath> paths;
  const auto add = [&](CrashPoint::Kind kind, std::uint64_t at) {
    paths.push_back(tried.path);
    paths.back().push_back({kind, at});
  };
  for (std::uint64_t at = 0; at < tried.ending.records; ++at) add(CrashPoint::Kind::record, at);
  for (std::uint64_t at = 1; at <= tried.ending.calls; ++at) {
    add(CrashPoint::Kind::before, at);
    add(CrashPoint::Kind::after, at);
  }
  return paths;
}

/// At most `count` of them, evenly spread.
std::vector<CrashPath> spread(std::vector<CrashPath> paths, std::size_t count) {
  if (paths.size() <= count) return paths;
  std::vector<CrashPath> some;
  some.reserve(count);
  for (std::size_t i = 0; i < count; ++i) some.push_back(paths[i * paths.size() / count]);
  return some;
}

std::vector<CrashPath> after_all(const std::vector<Tried>& tried, std::size_t count) {
  std::vector<CrashPath> paths;
  for (const auto& one : tried) {
    auto next = next_paths(one);
    paths.insert(paths.end(), std::make_move_iterator(next.begin()),
                 std::make_move_iterator(next.end()));
  }
  return spread(std::move(paths), count);
}

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
    Tried plain{{}, case_.run({})};
    plain_ = plain.ending;
    report_.records = plain_.records;
    report_.effects = plain_.calls;
    if (const auto found = case_.judge(plain_, plain_); !found.empty()) {
      violate(plain.path, found);  // Of what a crash does to it nothing can be said.
    } else {
      const auto singles = try_all(next_paths(plain));
      report_.singles = singles.size();
      const auto pairs = try_all(after_all(singles, options_.pairs_max));
      report_.pairs = pairs.size();
      report_.triples = try_all(after_all(pairs, options_.triples_max)).size();
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
    const auto ending = case_.run(path, [&](TestEngine& engine) {
      seen = engine.history(options_.id).text() + "effects\n";
      for (const auto& [name, detail] : engine.ledger().effects()) {
        seen += fmt::format("  {} {}\n", name, detail);
      }
    });
    fmt::print("{}, killed at {}\n{}result  {}\n", report_.workflow, to_text(path), seen,
               ending.result);
    if (const auto found = case_.judge(ending, plain_); !found.empty()) violate(path, found);
    report_.singles = 1;
    return std::move(report_);
  }

 private:
  std::vector<Tried> try_all(std::vector<CrashPath> paths) {
    std::vector<Tried> tried(paths.size());
    trials_.run(paths.size(), report_.violations.size(),
                [&](std::size_t i) { tried[i] = {paths[i], case_.run(paths[i])}; });
    for (const auto& [path, ending] : tried) {
      const auto found = case_.judge(ending, plain_);
      if (!found.empty() && !told_already(path)) violate(path, found);
    }
    return tried;
  }

  /// Of a crash before or after a crash that is enough for a violation nothing new is told.
  [[nodiscard]] bool told_already(const CrashPath& path) const {
    for (auto begin = path.begin(); begin != path.end(); ++begin) {
      for (auto end = begin + 1; end <= path.end(); ++end) {
        if (violated_.contains(to_text({begin, end}))) return true;
      }
    }
    return false;
  }

  void violate(const CrashPath& path, std::vector<std::string> found) {
    Violation violation{to_text(path), std::move(found), {}, {}};
    violated_.insert(violation.path);
    if (keeps_journals_ && report_.violations.size() < journals_max)
      violation.journal = journal_of(path);
    if (!path.empty()) {
      violation.again = fmt::format(
          "REPRISE_CRASH={} {}", quoted(report_.workflow + ":" + violation.path), this_command());
    }
    report_.violations.push_back(std::move(violation));
  }

  /// Of a case, which is lived once more.
  std::string journal_of(const CrashPath& path) {
    std::string file;
    (void)case_.run(path, [&](TestEngine& engine) {
      file = journals_.write(engine, report_.workflow, to_text(path));
    });
    return file;
  }

  /// Of more violations than this the path is enough.
  static constexpr std::size_t journals_max = 20;

  const MatrixOptions& options_;
  CrashCase case_;
  CrashReport report_;
  Ending plain_;
  std::set<std::string> violated_;
  bool keeps_journals_ = true;
  Trials trials_;
  Journals journals_;
};

/// The case that the environment asks for, if it is of this workflow.
std::optional<CrashPath> asked_for(const std::string& workflow) {
  const auto asked = asked_of("REPRISE_CRASH", workflow);
  if (!asked) return std::nullopt;
  auto path = parse_path(*asked);
  if (!path) {
    throw Error(Code::invalid_argument,
                fmt::format("REPRISE_CRASH={}:{}: give WORKFLOW:PATH, a path as \"record7/after1\"",
                            workflow, *asked));
  }
  return path;
}

}  // namespace

CrashReport run_crash_matrix(const Registry& workflows, const MatrixOptions& options,
                             const void* workflow, const Live& live) {
  const auto* entry = workflows.find(workflow);
  if (entry == nullptr) {
    throw Error(Code::unregistered, "the workflow is not in the Registry; add it");
  }
  Matrix matrix(workflows, options, entry->name, live);
  if (const auto path = asked_for(entry->name)) return matrix.again(*path);
  return matrix.run();
}

std::ostream& operator<<(std::ostream& out, const CrashReport& report) {
  constexpr std::size_t told_max = 5;
  const double seconds = std::chrono::duration<double>(report.time).count();
  const std::size_t cases = report.singles + report.pairs + report.triples;
  out << fmt::format(
      "{}: {} crash points ({} single, {} pairs, {} triples) over {} records and {} effects in "
      "{:.1f} s; {} violations\n",
      report.workflow, cases, report.singles, report.pairs, report.triples, report.records,
      report.effects, seconds, report.violations.size());
  for (std::size_t i = 0; i < std::min(told_max, report.violations.size()); ++i) {
    const auto& violation = report.violations[i];
    out << "  " << violation.path << '\n';
    for (const auto& found : violation.found) out << "    " << found << '\n';
    if (!violation.journal.empty()) out << "    journal  " << violation.journal << '\n';
    if (!violation.again.empty()) out << "    again    " << violation.again << '\n';
  }
  if (report.violations.size() > told_max) {
    out << fmt::format("  and {} more\n", report.violations.size() - told_max);
  }
  return out;
}

}  // namespace reprise::testing
