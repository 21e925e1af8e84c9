#include <reprise/testing/explore.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tools/testing/explore_case.h"
#include "tools/testing/trials.h"

namespace reprise::testing {
namespace {

constexpr const char* variable = "REPRISE_EXPLORE";

/// A case, and how it came out.
struct Tried {
  Schedule schedule;
  Explored explored;
};

/// The cases that have one thing more than another one, behind all that is in it.
class Extensions {
 public:
  Extensions(const Tried& tried, bool crashes) : tried_(tried), crashes_(crashes) {}

  [[nodiscard]] std::size_t count() const {
    if (!tried_.explored.found.empty()) return 0;  // Nothing new would be said of it.
    std::size_t ways = 0;
    for (const auto& choice : tried_.explored.open) ways += choice.ways();
    return ways + records() + 2 * calls();
  }

  /// REQUIRES: i < count().
  [[nodiscard]] Plan operator[](std::size_t i) const {
    const Explored& explored = tried_.explored;
    Plan plan{tried_.schedule, 0};
    for (const auto& choice : explored.open) {
      if (i < choice.ways()) {
        plan.schedule.emplace_back(Chosen{choice.at, choice.way(i)});
        plan.past = choice.past;
        return plan;
      }
      i -= choice.ways();
    }
    if (i < records()) {
      plan.schedule.emplace_back(CrashPoint{CrashPoint::Kind::record, explored.records_from + i});
      return plan;
    }
    i -= records();
    const auto kind = i % 2 == 0 ? CrashPoint::Kind::before : CrashPoint::Kind::after;
    plan.schedule.emplace_back(CrashPoint{kind, explored.calls_from + 1 + i / 2});
    return plan;
  }

 private:
  [[nodiscard]] std::size_t records() const {
    return crashes_ ? tried_.explored.records_to - tried_.explored.records_from : 0;
  }
  [[nodiscard]] std::size_t calls() const {
    return crashes_ ? tried_.explored.calls_to - tried_.explored.calls_from : 0;
  }

  const Tried& tried_;
  bool crashes_;
};

/// What was told of a violation.
struct Told {
  explicit Told(const Explored& explored)
      : story(explored.story.begin(), explored.story.end()),
        found(explored.found.begin(), explored.found.end()) {}

  std::set<std::string> story;
  std::set<std::string> found;
};

class Search {
 public:
  Search(const Registry& workflows, const ExploreOptions& options, const std::string& workflow,
         const Live& live)
      : options_(options),
        case_(workflows, options, live),
        trials_(workflow, "cases", options.threads, options.progress),
        journals_(options.folder, "explore") {
    report_.workflow = workflow;
  }

  ExploreReport run() {
    const auto begun = std::chrono::steady_clock::now();
    std::vector<Tried> tried;
    tried.push_back({{}, case_.run({})});
    report_.choices = tried.front().explored.choices;
    if (!tried.front().explored.found.empty()) violate(tried.front());
    tried = one_more(std::move(tried), options_.singles_max, report_.singles, false);
    tried = one_more(std::move(tried), options_.pairs_max, report_.pairs, false);
    tried = one_more(std::move(tried), options_.triples_max, report_.triples, true);
    report_.time = std::chrono::steady_clock::now() - begun;
    return std::move(report_);
  }

  /// Only this one, with all there is to see.
  ExploreReport again(const Schedule& schedule) {
    keeps_journals_ = false;
    std::string seen;
    Tried tried{schedule, case_.run({schedule, 0}, [&](TestEngine& engine) {
                  seen = shown(engine, options_.id);
                })};
    fmt::print("{}, {}\n", report_.workflow, to_text(schedule));
    for (const auto& line : tried.explored.story) fmt::print("  {}\n", line);
    fmt::print("{}result  {}\n", seen, tried.explored.result);
    if (!tried.explored.found.empty()) violate(tried);
    report_.alone = true;
    return std::move(report_);
  }

 private:
  /// All, or at most `most`, evenly spread, that have one thing more than one of `before`. Counted
  /// first, and made when their turn comes. Of the last ones what else could be is not kept.
  std::vector<Tried> one_more(std::vector<Tried> before, std::size_t most, ExploreCount& count,
                              bool last) {
    std::vector<std::size_t> counts;
    counts.reserve(before.size());
    for (const auto& one : before) counts.push_back(Extensions(one, options_.crashes).count());
    const Spread some(counts, most);
    count = {some.size(), some.all()};
    std::vector<Tried> tried(some.size());
    trials_.run(some.size(), report_.violations.size(), [&](std::size_t i) {
      const auto [of, at] = some[i];
      auto plan = Extensions(before[of], options_.crashes)[at];
      tried[i].explored = case_.run(plan);
      tried[i].schedule = std::move(plan.schedule);
      if (last) tried[i].explored.open = {};
    });
    for (const auto& one : tried) {
      if (!one.explored.found.empty() && !told_already(one.explored)) violate(one);
    }
    return tried;
  }

  /// All that happened in one that was told happens here too, and nothing else is wrong.
  [[nodiscard]] bool told_already(const Explored& explored) const {
    const Told here(explored);
    return std::any_of(told_.begin(), told_.end(), [&](const Told& told) {
      return std::ranges::includes(here.story, told.story) &&
             std::ranges::includes(told.found, here.found);
    });
  }

  void violate(const Tried& tried) {
    if (report_.violations.size() == violations_max) {
      ++report_.more;
      return;
    }
    const auto& [schedule, explored] = tried;
    ExploreViolation violation{to_text(schedule), explored.story, explored.found, {}, {}};
    told_.emplace_back(explored);
    if (keeps_journals_ && report_.violations.size() < Journals::most) {
      (void)case_.run({schedule, 0}, [&](TestEngine& engine) {
        violation.journal = journals_.write(engine, report_.workflow, violation.path);
      });
    }
    violation.again = testing::again(variable, report_.workflow, violation.path);
    report_.violations.push_back(std::move(violation));
  }

  static constexpr std::size_t violations_max = 1000;

  const ExploreOptions& options_;
  ExploreCase case_;
  ExploreReport report_;
  std::vector<Told> told_;
  bool keeps_journals_ = true;
  Trials trials_;
  Journals journals_;
};

}  // namespace

ExploreReport run_explore(const Registry& workflows, const ExploreOptions& options,
                          const void* workflow, const Live& live) {
  const auto name = name_in(workflows, workflow);
  if (options.signals.size() > testing::signals_max) {
    throw Error(Code::invalid_argument, fmt::format("{} signals: give at most {}",
                                                    options.signals.size(), testing::signals_max));
  }
  Search search(workflows, options, name, live);
  const auto schedule = asked_for(variable, workflows, name, parse_schedule, "3:lost/record7");
  return schedule ? search.again(*schedule) : search.run();
}

std::ostream& operator<<(std::ostream& out, const ExploreReport& report) {
  const double seconds = std::chrono::duration<double>(report.time).count();
  const auto text = [](const ExploreCount& count) {
    if (count.tried == count.all) return fmt::format("{}", count.tried);
    return fmt::format("{} of {}", count.tried, count.all);
  };
  const std::size_t violations = report.violations.size() + report.more;
  if (report.alone) {
    out << fmt::format("{}: one case, {} violations\n", report.workflow, violations);
  } else {
    out << fmt::format(
        "{}: {} cases (in order, {} with one thing otherwise, {} with two, {} with three) in "
        "{:.1f} s; {} violations\n",
        report.workflow, 1 + report.singles.tried + report.pairs.tried + report.triples.tried,
        text(report.singles), text(report.pairs), text(report.triples), seconds, violations);
  }
  print(out, report.violations, violations, [&](const ExploreViolation& violation) {
    for (const auto& line : violation.story) out << "    " << line << '\n';
    for (const auto& found : violation.found) out << "    VIOLATION " << found << '\n';
  });
  return out;
}

}  // namespace reprise::testing
