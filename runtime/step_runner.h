// The seam that runs step bodies.
//
// A body is started only after its step_scheduled is durable (pure ones excepted); its answer goes
// to the shard's inbox, or, of one that ran on the shard's thread, to the shard itself. The runner
// never touches shard state.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <reprise/detail/command.h>
#include <reprise/result.h>

namespace reprise::runtime {

/// One body to run. `done` is called exactly once, from any thread, unless the runner is destroyed
/// before the body started.
struct StepRun {
  RunId run;
  OpId op = 0;
  std::uint32_t attempt = 0;
  std::string name;
  std::uint64_t store = 0;  ///< Its id, for the key.
  std::stop_token stop;
  RunsOn runs_on = RunsOn::pool;
  std::shared_ptr<detail::StepBody> body;
  std::function<void(const StepRun&, detail::Outcome)> done;  ///< Gets this.

  /// The body's, and its token as well (token.h).
  [[nodiscard]] std::string idempotency_key() const;
};

/// Runs the body here and now; run_step() also reports. Shared by all runners.
[[nodiscard]] detail::Outcome run_body(StepRun& step);
inline void run_step(StepRun& step) { step.done(step, run_body(step)); }

class StepRunner {
 public:
  virtual ~StepRunner() = default;
  /// Takes a body to run. Called on a shard's thread; must not block.
  virtual void start(StepRun step) = 0;
  /// Runs a body to its end on the calling thread, a shard's; one put off has to run, and report,
  /// on that thread too.
  virtual void run_here(StepRun step) { run_step(step); }
  /// Does waiting work on the calling thread; true if there was some. A pool has none to do.
  virtual bool poll() = 0;
  /// Bodies that run or wait. Less by one before `done` is called.
  [[nodiscard]] virtual std::size_t busy() const = 0;
  /// Waits until no body runs, none waits, and all answers have been told of.
  virtual void drain() = 0;
};

/// A fixed number of threads over one queue, ≥ 1. Its destructor waits for running bodies. Errors:
/// io_error (the system gives no more threads).
Result<std::unique_ptr<StepRunner>> make_step_pool(unsigned threads);

}  // namespace reprise::runtime
