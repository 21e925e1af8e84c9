#include "tools/testing/explore_case.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "tools/testing/explorer.h"

namespace reprise::testing {
namespace {

/// A workflow that was cancelled, or failed, has ended.
bool is_an_end(const Result<std::string>& result) {
  switch (result.code()) {
    case Code::ok:
    case Code::workflow_failed:
    case Code::workflow_cancelled:
    case Code::workflow_terminated: return true;
    default: return false;
  }
}

/// Retention has let it go before anybody could ask.
bool is_gone(Engine& engine, const ExploreOptions& options) {
  if (!options.test.engine.retention) return false;
  return engine.describe(Id(options.id)).code() == Code::not_found;
}

/// Not the instance alone: what it has begun goes on behind its end.
void add_paused(Engine& engine, std::vector<std::string>& found) {
  const auto paused = engine.list({.status = InstanceStatus::paused});
  if (!paused) return;
  for (const auto& info : *paused) {
    if (info.paused == "user") continue;
    found.push_back(
        fmt::format("\"{}\" is paused ({}): {}", info.key.id, info.paused, info.detail));
  }
}

}  // namespace

void ExploreCase::check(TestEngine& engine, std::vector<std::string>& found) const {
  for (const auto& one : options_.checks) {
    const Bounded bounded(*engine.lives_, patience());
    try {
      if (one.holds(engine, Id(options_.id))) continue;
      found.push_back(fmt::format("\"{}\" does not hold", one.name));
    } catch (const EnoughTime& enough) {
      found.push_back(fmt::format("\"{}\" waits for ever: {}", one.name, enough.why));
    } catch (const std::exception& error) {
      found.push_back(fmt::format("\"{}\" threw: {}", one.name, error.what()));
    } catch (...) {
      found.push_back(fmt::format("\"{}\" threw", one.name));
    }
  }
}

Explored ExploreCase::run(const Plan& plan, const std::function<void(TestEngine&)>& look) const {
  TestEngine engine(std::make_unique<Lives>(workflows_, options_.test));
  Lives& lives = *engine.lives_;
  if (options_.mocks) options_.mocks(engine.mocks());
  Explored explored;
  Explorer explorer(options_, plan.schedule, plan.past, lives);
  const auto ended = [&] {
    if (!lives.dead()) explorer.has_ended();
  };
  while (const auto crash = explorer.begin_life()) {
    const auto begun = lives.begin(crash);
    if (begun) explorer.begun();
    // How the host of a process that dies goes down is no matter.
    if (begun) (void)live_once(engine, lives, live_, patience(), options_.linger, ended);
    const bool as_planned = (!begun || lives.dead()) && explorer.died();
    lives.kill();
    if (as_planned) continue;
    // The rest of the plan would not come either.
    explored.found = explorer.found();
    explored.found.emplace_back("it never came to all that was to happen");
    explored.story = explorer.story();
    return explored;
  }
  explored.found = explorer.found();
  if (auto begun = lives.begin(); !begun) {
    explored.story = explorer.story();
    explored.found.push_back("it can't be started: " + begun.error().message());
    return explored;
  }
  explorer.begun();
  const auto end = live_once(engine, lives, live_, patience(), options_.linger, ended);
  explored.story = explorer.story();
  explored.found = explorer.found();
  if (!explorer.complete()) {
    explored.found.emplace_back("it never came to all that was to happen");
  }
  explored.choices = explorer.choices();
  explored.open = explorer.take_open();
  explored.records_from = explorer.records_before();
  explored.calls_from = explorer.calls_before();
  explorer.has_ended();
  explored.result = shown(end.result);
  const bool told_otherwise = end.threw || end.result.code() == Code::timed_out;
  const bool ended_before = is_forgotten(end.result, options_.test);
  if (!told_otherwise && !ended_before && !is_an_end(end.result)) {
    explored.found.push_back("it ended with " + explored.result);
  }
  const auto wrong = wrong_in_itself(engine, lives, end, options_.invariants);
  explored.found.insert(explored.found.end(), wrong.begin(), wrong.end());
  explored.records_to = std::max(explored.records_from, lives.records());
  explored.calls_to = std::max(explored.calls_from, lives.calls());
  if (!end.threw && !lives.dead()) {
    add_paused(*engine, explored.found);
    // They may wait for its end.
    const bool in_order = plan.schedule.empty();
    const bool asked = in_order || !is_gone(*engine, options_);
    if (asked && !end.endless) check(engine, explored.found);
  }
  if (look) look(engine);
  return explored;
}

}  // namespace reprise::testing
