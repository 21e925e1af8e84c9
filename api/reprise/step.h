// What a step is told (options) and what its body gets (StepContext).
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>

#include <reprise/ids.h>

namespace reprise {

/// Where a step's body runs. Numbers are on disk.
enum class RunsOn : std::uint8_t {
  pool = 0,   ///< A thread of the step pool (default).
  shard = 1,  ///< Inline on the shard's thread: for bodies that take microseconds. What the body
              ///< itself asks of the engine (a signal, a cancel) may come after its answer.
  token = 2,  ///< The body only starts the work; `Engine::complete` with its token ends it. Once
              ///< it has returned it is not run again; what it throws fails the attempt.
};

/// How a step is run and retried. Recorded with the step; a difference at replay is a note only.
/// A trivially destructible aggregate, so it can be written inside an await expression.
struct StepOptions {
  std::chrono::nanoseconds timeout{0};        ///< Per attempt; 0 = none.
  std::chrono::nanoseconds total_timeout{0};  ///< Of all attempts; cuts a running one. 0 = none.
  std::uint32_t attempts = 1;                 ///< Most attempts that may fail; 0 = no limit.
  std::chrono::nanoseconds backoff{std::chrono::milliseconds(100)};  ///< Wait before attempt 2.
  double backoff_factor = 2.0;                                       ///< ≥ 1, each further wait.
  std::chrono::nanoseconds backoff_max{std::chrono::minutes(1)};
  double jitter = 0.1;             ///< 0…1: share of the wait that is random. Drawn once.
  std::uint32_t poison_after = 3;  ///< Crashes in a row of this body before a pause; 0 = never.
  RunsOn runs_on = RunsOn::pool;
  bool pure = false;  ///< No outside effect: may run again, and before its start is durable.
};
static_assert(std::is_trivially_destructible_v<StepOptions>);

/// Handed to a body that asks for it as first parameter. Not an argument and not hashed.
/// Lives as long as the body runs; use from the body's thread(s) only.
class StepContext {
 public:
  StepContext(RunId run, OpId op, std::uint32_t attempt, std::string key, std::stop_token stop)
      : run_(run), op_(op), attempt_(attempt), key_(std::move(key)), stop_(std::move(stop)) {}

  [[nodiscard]] RunId run() const noexcept { return run_; }
  [[nodiscard]] OpId op() const noexcept { return op_; }
  /// From 1; counts every start of the body, those cut off by a crash too.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return attempt_; }
  /// The same text for every attempt of this step, different for every other step of any store:
  /// for the outside system, so that a repeated body has one effect. A copy of a store repeats it.
  [[nodiscard]] const std::string& idempotency_key() const noexcept { return key_; }
  /// What `Engine::complete` and `Engine::fail` take to end a step that runs on a token: the same
  /// text for every attempt, so that work begun before a crash still counts.
  [[nodiscard]] const std::string& token() const noexcept { return key_; }
  /// Set on timeout, on cancellation, and when its run has ended; not on shutdown.
  [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_; }

 private:
  RunId run_;
  OpId op_;
  std::uint32_t attempt_;
  std::string key_;
  std::stop_token stop_;
};

/// Throw it (or derive from it) in a body to fail the step at once, whatever `attempts` says.
class NonRetryable : public std::exception {
 public:
  explicit NonRetryable(std::string message) : message_(std::move(message)) {}
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

}  // namespace reprise
