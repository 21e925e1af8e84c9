// A simulated machine on which one process after the other runs an engine: one of them dies where
// it was told to. What outlives them is the disk, the clock and the World.
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <reprise/engine.h>

#include "runtime/engine_core.h"
#include "runtime/simulation.h"
#include "tests/scripts/model.h"
#include "tests/scripts/workflows.h"
#include "tests/support/journals.h"

namespace reprise::scripts {

class Machine {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  explicit Machine(std::uint64_t seed);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// The process dies when `records` records are on disk in all: at the attempt to write one more,
  /// or, if `at_once`, before it is told that the last one was written. REQUIRES: no process yet.
  void die_at(std::uint64_t records, bool at_once);
  /// The process dies just after its `write`-th write that holds no record: of rows, or a trim.
  void die_after(std::uint64_t write) { die_after_ = write; }
  /// The process dies now.
  void kill();
  [[nodiscard]] bool dead() const;
  /// It is dead, or ends.
  [[nodiscard]] bool ending() const { return ending_ || dead(); }
  /// One of its processes has died.
  [[nodiscard]] bool has_died() const { return died_ || dead(); }

  /// A new process; the one before has ended, or is dead and buried by this. What the death left is
  /// judged; false when it does not open again.
  bool open();
  /// Ends the process in order; that it dies of it is no error.
  Result<void> shut_down();
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  [[nodiscard]] bool running() const noexcept { return engine_.has_value(); }

  /// Lets time pass while the engine does what is due, until `wall` or its death.
  void pass_until(Nanos wall);
  /// The next blocking call is interrupted by `other` when it has looked `polls` times for its
  /// answer; it does not come to that if the answer is there before.
  void interrupt(unsigned polls, std::function<void()> other);
  /// False if `other` has not been called; it will not be any more.
  bool interrupted();

  [[nodiscard]] Nanos now() const noexcept { return clock_->wall(); }
  [[nodiscard]] std::uint64_t records() const;
  /// Writes without a record, of all processes.
  [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }
  [[nodiscard]] World& world() noexcept { return world_; }
  [[nodiscard]] static Times times() noexcept;
  /// Of the disk as it is.
  void judge_disk();

 private:
  class DyingStore;
  class Runner;
  class Caller;

  void bury();
  void plan_is_done();

  std::uint64_t seed_;
  std::shared_ptr<runtime::SimulatedClock> clock_;
  std::shared_ptr<runtime::SeededRandom> random_;
  std::shared_ptr<journal::Store> disk_;
  Registry workflows_;
  World world_;
  std::uint64_t lives_ = 0;
  std::uint64_t die_at_ = never;
  bool at_once_ = false;
  std::uint64_t die_after_ = never;
  std::uint64_t writes_ = 0;
  bool died_ = false;  ///< Of the processes that are gone.
  bool ending_ = false;
  std::set<std::string> trimmed_;  ///< Steps whose completion a process has trimmed.
  test::Records before_;
  DyingStore* store_ = nullptr;
  Caller* caller_ = nullptr;
  std::optional<Engine> engine_;
};

}  // namespace reprise::scripts
