// The processes that live one after the other on a simulated machine, and what outlives them: its
// disk, its clock, the world outside.
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/testing/test_engine.h>

#include "runtime/engine_core.h"
#include "runtime/simulation.h"
#include "tools/testing/crash_point.h"
#include "tools/testing/crashing_store.h"
#include "tools/testing/director.h"
#include "tools/testing/guard.h"
#include "tools/testing/noting_store.h"
#include "tools/testing/patience.h"

namespace reprise::testing {

class Lives;

/// What runner and executor of one process hold: a Run may keep them beyond its life.
struct Life {
  Lives* lives = nullptr;  ///< Null once it is over.
};

class Lives {
 public:
  Lives(Registry workflows, TestOptions options);
  ~Lives();
  Lives(const Lives&) = delete;
  Lives& operator=(const Lives&) = delete;

  /// Begins a life, which ends at `crash` if there is one. The one before must be over. Errors:
  /// those of Engine::open.
  Result<void> begin(std::optional<CrashPoint> crash = std::nullopt);
  /// Ends it as by kill -9, or in order.
  void kill();
  void shut_down();

  [[nodiscard]] bool dead() const noexcept {
    return dead_ || store_ == nullptr || store_->crashed();
  }
  /// Both throw Error{engine_failed} when the last life could not begin.
  [[nodiscard]] Engine& engine();
  [[nodiscard]] runtime::SimulatedExecutor& executor();

  [[nodiscard]] Mocks& mocks() noexcept { return mocks_; }
  [[nodiscard]] Ledger& ledger() noexcept { return ledger_; }
  /// Hears what workflow code does in all lives.
  [[nodiscard]] Guard& guard() noexcept { return guard_; }
  [[nodiscard]] runtime::SimulatedClock& clock() noexcept { return *clock_; }
  /// Without an end, unless another one is put in its place.
  [[nodiscard]] Patience& patience() noexcept { return patience_; }
  [[nodiscard]] std::uint64_t bodies(std::string_view step) const;

  void at(Nanos due, std::function<void(Engine&)> event) { script_.emplace(due, std::move(event)); }
  /// These two may throw EnoughTime: the caller's wait ends with that.
  [[nodiscard]] std::optional<Nanos> next_outside(std::optional<Nanos> next_due);
  void worked();
  void happen();
  /// Asked from now on, instead of the seed. Null: the seed again.
  void directed_by(Director* director) noexcept { director_ = director; }
  [[nodiscard]] Director* director() const noexcept { return director_; }
  /// True within the engine: in a step's body, an observer, the callback of an answer.
  [[nodiscard]] bool within() const noexcept {
    return executor_ != nullptr && executor_->on_shard_thread();
  }
  [[nodiscard]] bool in_event() const noexcept { return in_event_; }

  /// Of the life that was begun last: records it wrote, and calls of the ledger.
  [[nodiscard]] std::uint64_t records() const noexcept {
    return disk_->records() - records_before_;
  }
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  /// What all lives have written.
  [[nodiscard]] const NotingStore& disk() const noexcept { return *disk_; }
  /// Steps whose bodies ran although their completion was on disk when the life began.
  [[nodiscard]] const std::vector<std::string>& run_again() const noexcept { return run_again_; }

  /// Runs a body, as far as that end asks for it. REQUIRES: the process lives.
  [[nodiscard]] detail::Outcome outcome_of(runtime::StepRun& step, BodyEnd end);
  /// Tells the engine how it ended, and runs it before; nothing, once the process is dead.
  void tell(const runtime::StepRun& step, detail::Outcome outcome) const;
  void run(runtime::StepRun& step);

 private:
  void call(bool took_place);
  /// Nothing more is written, no body runs, and every call answers engine_failed.
  void die();

  Registry workflows_;
  TestOptions options_;
  std::shared_ptr<runtime::SimulatedClock> clock_;
  std::shared_ptr<runtime::SeededRandom> random_;
  std::shared_ptr<NotingStore> disk_;
  Mocks mocks_;
  Ledger ledger_;
  Guard guard_;
  Patience patience_;
  Director* director_ = nullptr;
  std::multimap<Nanos, std::function<void(Engine&)>> script_;
  std::map<std::string, std::uint64_t, std::less<>> bodies_;

  std::uint64_t count_ = 0;
  std::optional<CrashPoint> crash_;
  std::shared_ptr<Life> life_;
  bool dead_ = false;
  bool in_event_ = false;
  bool in_body_ = false;
  std::uint64_t calls_ = 0;
  std::uint64_t records_before_ = 0;
  std::vector<std::string> run_again_;
  CrashingStore* store_ = nullptr;
  runtime::SimulatedExecutor* executor_ = nullptr;
  std::optional<Engine> engine_;
};

}  // namespace reprise::testing
