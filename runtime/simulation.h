// All seams simulated: the whole engine on the caller's thread, from a seed.
//
// The same seed, the same calls and the same code give the same journal, byte for byte.
//
// Threads: everything on the one thread that calls the engine.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <reprise/clock.h>
#include <reprise/random.h>

#include "runtime/executor.h"
#include "runtime/step_runner.h"

namespace reprise::runtime {

/// A clock that moves only when told.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(Nanos start = 1'700'000'000'000'000'000) : wall_(start) {}
  [[nodiscard]] Nanos wall() const noexcept override { return wall_; }
  [[nodiscard]] Nanos steady() const noexcept override { return steady_; }
  /// Both clocks, forward.
  void advance(Nanos by) noexcept {
    wall_ += by;
    steady_ += by;
  }
  /// The wall clock alone, either way: what an operator or NTP does.
  void jump(Nanos by) noexcept { wall_ += by; }

 private:
  Nanos wall_;
  Nanos steady_ = 0;
};

/// SplitMix64 from a seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t draw() noexcept override;
  /// Uniform in [0, bound). REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return draw() % bound; }

 private:
  std::uint64_t state_;
};

/// Runs bodies one at a time when polled, in an order drawn from the seed.
class SimulatedRunner final : public StepRunner {
 public:
  explicit SimulatedRunner(std::uint64_t seed) : random_(seed) {}
  void start(StepRun step) override { waiting_.push_back(std::move(step)); }
  bool poll() override;
  [[nodiscard]] std::size_t busy() const override { return waiting_.size(); }
  void drain() override {
    while (poll()) {
    }
  }

 private:
  SeededRandom random_;
  std::vector<StepRun> waiting_;
};

/// Polls on the waiter's thread; when nothing has work, moves the clock to the next timer.
class SimulatedExecutor : public Executor {
 public:
  SimulatedExecutor(SimulatedClock& clock, std::uint64_t seed) : clock_(clock), random_(seed) {}

  void start(Driven driven) override { driven_ = std::move(driven); }
  void wake() override {}
  /// Also ends, with false, when nothing is left that could make `done` true.
  bool wait(Waiting& at, const std::function<bool()>& done, std::optional<Nanos> deadline) override;
  void notify(Waiting& /*at*/) override {}
  [[nodiscard]] bool on_shard_thread() const noexcept override { return polling_; }
  void stop() override { stopped_ = true; }

  /// One poll of something; false if nothing had work. Does not move the clock.
  bool step();
  /// As the threaded executor does after a burst.
  void rest() { driven_.rest(); }

 protected:
  /// Asked when nothing can go on before `next_due`, the engine's next timer: the wall time at
  /// which something happens outside of it. And what; nothing here. What they throw ends wait().
  [[nodiscard]] virtual std::optional<Nanos> next_outside(std::optional<Nanos> /*next_due*/) {
    return std::nullopt;
  }
  virtual void happen() {}

 private:
  SimulatedClock& clock_;
  SeededRandom random_;
  Driven driven_;
  bool polling_ = false;
  bool stopped_ = false;
};

}  // namespace reprise::runtime
