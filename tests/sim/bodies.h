// Runner and executor of a simulated process: bodies take time, and things happen meanwhile.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/simulation.h"
#include "runtime/step_runner.h"

namespace reprise::sim {

/// Shared by runner and executor of one process, and by who plans what happens to it.
struct Process {
  Process(runtime::SimulatedClock& its_clock, std::uint64_t seed)
      : clock(its_clock), random(seed) {}

  runtime::SimulatedClock& clock;
  runtime::SeededRandom random;
  bool slow_bodies = false;
  std::function<bool()> dead;         ///< Of a dead one no body runs.
  std::function<void()> before_body;  ///< Called before each body; may not call the engine.
  /// What happens outside, by steady time; may call the engine.
  std::multimap<Nanos, std::function<void()>> happenings;
  std::vector<std::pair<Nanos, runtime::StepRun>> bodies;  ///< With the steady time of their end.
};

/// Runs bodies one at a time when their time has come, in an order drawn from the seed.
class TimedRunner final : public runtime::StepRunner {
 public:
  explicit TimedRunner(std::shared_ptr<Process> process) : process_(std::move(process)) {}

  void start(runtime::StepRun step) override {
    process_->bodies.emplace_back(process_->clock.steady() + duration(), std::move(step));
  }
  void run_here(runtime::StepRun step) override {
    process_->before_body();
    run_step(step);
  }
  bool poll() override {
    if (process_->dead()) process_->bodies.clear();
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < process_->bodies.size(); ++i) {
      if (process_->bodies[i].first <= process_->clock.steady()) ready.push_back(i);
    }
    if (ready.empty()) return false;
    run(ready[process_->random.below(ready.size())]);
    return true;
  }
  [[nodiscard]] std::size_t busy() const override {
    return process_->dead() ? 0 : process_->bodies.size();
  }
  void drain() override {
    while (busy() != 0) run(0);
  }

 private:
  Nanos duration() {
    if (!process_->slow_bodies || process_->random.below(3) != 0) return 0;
    return static_cast<Nanos>(process_->random.below(12'000'000'000));
  }
  void run(std::size_t i) {
    runtime::StepRun step = std::move(process_->bodies[i].second);
    process_->bodies.erase(process_->bodies.begin() + static_cast<std::ptrdiff_t>(i));
    process_->before_body();
    run_step(step);
  }

  std::shared_ptr<Process> process_;
};

class TimedExecutor final : public runtime::SimulatedExecutor {
 public:
  TimedExecutor(std::shared_ptr<Process> process, std::uint64_t seed)
      : SimulatedExecutor(process->clock, seed), process_(std::move(process)) {}

 protected:
  [[nodiscard]] std::optional<Nanos> next_outside(std::optional<Nanos> /*next_due*/) override {
    std::optional<Nanos> next;
    if (!process_->happenings.empty()) next = process_->happenings.begin()->first;
    for (const auto& [end, step] : process_->bodies) next = next ? std::min(*next, end) : end;
    if (!next) return std::nullopt;
    return process_->clock.wall() + std::max<Nanos>(0, *next - process_->clock.steady());
  }
  void happen() override {
    const auto first = process_->happenings.begin();
    if (first == process_->happenings.end() || first->first > process_->clock.steady()) return;
    const auto happening = std::move(first->second);
    process_->happenings.erase(first);
    happening();
  }

 private:
  std::shared_ptr<Process> process_;
};

}  // namespace reprise::sim
