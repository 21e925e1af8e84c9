#include <reprise/testing/explore.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tools/testing/explore_case.h"
#include "tools/testing/trials.h"

namespace reprise::testing {
namespace {

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
                  const auto events = engine->history(Id(options_.id));
                  seen = events ? History(*events).text() : events.error().message() + "\n";
                  seen += "effects\n";
                  for (const auto& [name, detail] : engine.ledger().effects()) {
                    seen += fmt::format("  {} {}\n", name, detail);
                  }
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
    std::vector<std::size_t> ends;  // Of the extensions of each.
    ends.reserve(before.size());
    for (const auto& one : before) {
      count.all += Extensions(one, options_.crashes).count();
      ends.push_back(count.all);
    }
    count.tried = std::min(count.all, most);
    std::vector<Tried> tried(count.tried);
    trials_.run(count.tried, report_.violations.size(), [&](std::size_t i) {
      // i * all / tried, without a product that is too large.
      const auto at = i * (count.all / count.tried) + i * (count.all % count.tried) / count.tried;
      const auto of =
          static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), at) - ends.begin());
      const Extensions extensions(before[of], options_.crashes);
      auto plan = extensions[at - (of == 0 ? 0 : ends[of - 1])];
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
    if (keeps_journals_ && report_.violations.size() < journals_max) {
      (void)case_.run({schedule, 0}, [&](TestEngine& engine) {
        violation.journal = journals_.write(engine, report_.workflow, violation.path);
      });
    }
    violation.again = fmt::format("REPRISE_EXPLORE={} {}",
                                  quoted(report_.workflow + ":" + violation.path), this_command());
    report_.violations.push_back(std::move(violation));
  }

  /// Of more violations than this the path is enough.
  static constexpr std::size_t journals_max = 20;
  static constexpr std::size_t violations_max = 1000;

  const ExploreOptions& options_;
  ExploreCase case_;
  ExploreReport report_;
  std::vector<Told> told_;
  bool keeps_journals_ = true;
  Trials trials_;
  Journals journals_;
};

/// The case that the environment asks for, if it is of this workflow.
std::optional<Schedule> asked_for(const std::string& workflow) {
  const auto asked = asked_of("REPRISE_EXPLORE", workflow);
  if (!asked) return std::nullopt;
  auto schedule = parse_schedule(*asked);
  if (!schedule) {
    throw Error(Code::invalid_argument,
                fmt::format("REPRISE_EXPLORE={}:{}: give WORKFLOW:PATH, a path as "
                            "\"3:lost/record7\"",
                            workflow, *asked));
  }
  return schedule;
}

}  // namespace

ExploreReport run_explore(const Registry& workflows, const ExploreOptions& options,
                          const void* workflow, const Live& live) {
  const auto* entry = workflows.find(workflow);
  if (entry == nullptr) {
    throw Error(Code::unregistered, "the workflow is not in the Registry; add it");
  }
  if (options.signals.size() > testing::signals_max) {
    throw Error(Code::invalid_argument, fmt::format("{} signals: give at most {}",
                                                    options.signals.size(), testing::signals_max));
  }
  Search search(workflows, options, entry->name, live);
  if (const auto schedule = asked_for(entry->name)) return search.again(*schedule);
  return search.run();
}

std::ostream& operator<<(std::ostream& out, const ExploreReport& report) {
  constexpr std::size_t told_max = 5;
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
  for (std::size_t i = 0; i < std::min(told_max, report.violations.size()); ++i) {
    const auto& violation = report.violations[i];
    out << "  " << violation.path << '\n';
    for (const auto& line : violation.story) out << "    " << line << '\n';
    for (const auto& found : violation.found) out << "    VIOLATION " << found << '\n';
    if (!violation.journal.empty()) out << "    journal  " << violation.journal << '\n';
    if (!violation.again.empty()) out << "    again    " << violation.again << '\n';
  }
  if (violations > told_max) out << fmt::format("  and {} more\n", violations - told_max);
  return out;
}

}  // namespace reprise::testing
