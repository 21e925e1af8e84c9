// Step bodies that run when the test says so: for what happens while a body runs.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/step_runner.h"

namespace reprise::test {

/// Bodies that were started and have not returned. Outlives the engines that start them.
class HeldBodies {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return held_.size(); }
  [[nodiscard]] const runtime::StepRun& operator[](std::size_t i) const { return held_.at(i); }

  /// Lets one run to its end; its answer is on its way when this returns.
  void release(std::size_t i = 0) {
    runtime::StepRun step = std::move(held_.at(i));
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(i));
    runtime::run_step(step);
  }
  void release_all() {
    while (!held_.empty()) release();
  }
  void hold(runtime::StepRun step) { held_.push_back(std::move(step)); }
  /// The process died: its bodies never end.
  void forget() { held_.clear(); }

 private:
  std::vector<runtime::StepRun> held_;
};

class HeldRunner final : public runtime::StepRunner {
 public:
  explicit HeldRunner(std::shared_ptr<HeldBodies> bodies) : bodies_(std::move(bodies)) {}
  void start(runtime::StepRun step) override { bodies_->hold(std::move(step)); }
  bool poll() override { return false; }
  [[nodiscard]] std::size_t busy() const override { return bodies_->size(); }
  void drain() override { bodies_->release_all(); }

 private:
  std::shared_ptr<HeldBodies> bodies_;
};

}  // namespace reprise::test
