// Runs an instance's code after an arrival and records what it decided.
//
// Invariants:
// - The events of one activation's commands are contiguous in the run's history. When a record
//   grows over its limit inside an activation, its last event carries `more` and the activation
//   goes on in the next record; nothing else of the run is recorded in between.
// - Code runs only for an open run that is neither paused nor marked.
#pragma once

#include <deque>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/core.h"
#include "runtime/retention.h"
#include "runtime/verification.h"

namespace reprise::runtime {

/// A record is cut above this many bytes, also inside an activation.
inline constexpr std::size_t record_size_soft = 1u << 20;

class Activation {
 public:
  Activation(Core& core, Retention& retention) : core_(core), retention_(retention) {}

  /// Records an arrival (`name` is interned into it) and runs the code that can run. `event` is as
  /// Core::record leaves it then.
  void arrive(Resident& resident, replay::Event& event, std::string_view name = {});

  /// Records the first event of a run and a signal behind it, in one record whatever the code then
  /// does, and runs the code.
  void begin(Resident& resident, replay::Event& started, replay::Event& signal,
             std::string_view name);

  /// Runs the code if anything recorded has not been fed to it. Also what resumes an instance.
  void run(Resident& resident, const replay::Event* last = nullptr);

  /// Compares the code with its replay (verification.h). If they disagree it is dropped, and an
  /// open run is marked; what is recorded stands.
  void verify(Resident& resident, Verify when);

  /// Drops the code; it is rebuilt from history when next needed. Frames a running body borrows are
  /// kept aside until that body returns.
  void drop_code(Resident& resident);

  /// Records what is left of an activation that a kill cut off, if its code can run here: what
  /// arrives is judged by the run's state, so this comes first.
  void finish(Resident& resident);

  /// Starts the body of an attempt that release_body() has let go; ends the step instead where a
  /// cancel or its total timeout came first.
  void start_body(Resident& resident, OpId op, std::uint32_t attempt);

  /// A body returned. Runs the code if that completed its step; one that runs on a token has handed
  /// its work over.
  void body_returned(Resident& resident, OpId op, std::uint32_t attempt,
                     const detail::Outcome& outcome);

  /// A step's attempt has its answer: recorded, unless it comes too late. Runs the code.
  void answered(Resident& resident, OpId op, std::uint32_t attempt, const detail::Outcome& outcome);

  /// The instance was resumed, its mark lifted, or it was brought back after a restart: runs its
  /// code, and sees to every open step that no body runs for: another attempt for a body the last
  /// process left open (or a pause, if that happens too often), the start that was held back, the
  /// retry that is due.
  void wake(Resident& resident);

  /// Time for an operation: fires its timer, schedules its step's next attempt, or ends one handed
  /// over whose time is up.
  void due(Resident& resident, OpId op);
  /// The attempt's own time, or that of all of them, is up while its body runs: its failure is
  /// recorded and its stop token set. One handed over is left to due().
  void timed_out(Resident& resident, OpId op, std::uint32_t attempt, replay::Timeout which);
  /// A body that was asked to stop has not returned within the grace time: history goes on.
  void grace_over(Resident& resident, OpId op, std::uint32_t attempt);
  /// Cancellation: asks the running bodies of unshielded steps to stop, and ends at once the
  /// unshielded steps that no body runs for.
  void stop_steps(Resident& resident);

  /// Where bodies report; set once before the first turn.
  void set_report(std::function<void(StepDone)> report) { report_ = std::move(report); }
  /// The next answer of a body that ran here, on the shard's thread: those need no inbox.
  bool take_done_here(StepDone& done) {
    if (done_here_.empty()) return false;
    done = std::move(done_here_.front());
    done_here_.pop_front();
    return true;
  }
  [[nodiscard]] bool any_done_here() const noexcept { return !done_here_.empty(); }

 private:
  /// Makes the code if there is none, and feeds it all that is recorded.
  Result<void> feed_code(Resident& resident, const replay::Event* last);
  /// False if the run has ended on a limit instead.
  bool record_command(Resident& resident, const detail::Command& command, bool last);
  [[nodiscard]] bool can_run(const Resident& resident) const;
  void fail(Resident& resident, const Failure& failure);
  /// Tells replay that the code did not run on what came before.
  void cut(Resident& resident);
  void mark(Resident& resident, const Error& error);
  void close(Resident& resident);
  /// Lets a body start once its step_scheduled is durable; that of a pure step may start before.
  void release_body(const Resident& resident, OpId op, std::uint32_t attempt);
  /// Has the timeouts of an attempt looked at when they are over.
  void set_deadlines(const Resident& resident, OpId op, std::uint32_t attempt);
  /// A token's body returned after `ran` nanoseconds.
  void hand_over(Resident& resident, OpId op, std::uint32_t attempt, Nanos ran);
  /// Runs a body now, on this thread; its answer waits for take_done_here().
  void run_here(StepRun step);
  void stop_body(Resident& resident, OpId op);
  /// History goes on without `body`: the frames it may refer to are kept for it alone.
  void set_frames_aside(Resident& resident, const RunningBody& body);
  void cancel_step(Resident& resident, OpId op);
  /// A body that was asked to stop is looked at again after the grace time.
  void give_grace(const Resident& resident, OpId op, std::uint32_t attempt);
  void redrive(Resident& resident, OpId op);

  Core& core_;
  Retention& retention_;
  std::function<void(StepDone)> report_;
  std::deque<StepDone> done_here_;
  std::vector<detail::Command> commands_;  ///< Of the activation that is recorded; kept for memory.
  bool runs_here_ = false;                 ///< A body, on this thread.
};

/// The reply a finished run gives to those who wait for its result. REQUIRES: it is closed.
/// Errors: its failure; corrupt, io_error (the result is there and cannot be read).
Result<Reply> result_of(Core& core, const replay::InstanceState& state);

}  // namespace reprise::runtime
