// The engine object: wires the parts together and routes requests to their shards. The immovable
// core behind the public Engine handle.
//
// Invariants:
// - After fail() nothing is recorded or released any more; everybody who waits gets an error.
// - Bodies that run refer to the host's objects: the destructor waits for them.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include <reprise/options.h>
#include <reprise/registry.h>

#include "runtime/committer.h"
#include "runtime/executor.h"
#include "runtime/log.h"
#include "runtime/shard.h"

namespace reprise::runtime {

/// Seams to use instead of the real things; null members are made.
struct Parts {
  std::unique_ptr<journal::Store> store;
  std::unique_ptr<StepRunner> runner;
  std::unique_ptr<Executor> executor;
};

class EngineCore {
 public:
  /// Errors: duplicate_workflow, invalid_argument, and those of open_rocks_store and recovery.
  static Result<std::unique_ptr<EngineCore>> open(EngineOptions options, const Registry& workflows,
                                                  Parts parts = {});
  ~EngineCore();
  EngineCore(const EngineCore&) = delete;
  EngineCore& operator=(const EngineCore&) = delete;

  /// Hands a request to its shard; answers at once if it can't. Any thread.
  void submit(Request request);
  /// Waits for the answer. timed_out if none came in time: nothing is undone by that.
  Result<Reply> call(Request request, std::optional<std::chrono::nanoseconds> timeout);
  /// Asks every shard, and joins their answers (list).
  Result<Reply> call_all(const Request& request);

  /// Takes no more requests, waits for running bodies, makes everything durable, closes the store.
  /// Errors: steps_running if bodies still run at the deadline, no_space if the disk is full then:
  /// call again; invalid_argument on a thread of the engine. Any other thread, also several.
  Result<void> shutdown(std::chrono::nanoseconds deadline);
  /// For destructors: waits for bodies; a disk that stays full is given up (nothing acknowledged is
  /// lost by that).
  void end();

  /// A consistent copy while running; commits wait meanwhile.
  Result<void> backup(const std::string& path);
  /// Starts a snapshot of every shard; rows are written by the following turns.
  void request_snapshot();

  /// In Prometheus' text format. Any thread.
  [[nodiscard]] std::string metrics() const;

  [[nodiscard]] const Registry& workflows() const noexcept { return workflows_; }
  [[nodiscard]] const EngineOptions& options() const noexcept { return options_; }
  [[nodiscard]] Random& random() noexcept { return *options_.random; }
  [[nodiscard]] const journal::OpenReport& report() const noexcept { return store_->report(); }
  [[nodiscard]] journal::Store& store() noexcept { return *store_; }

 private:
  EngineCore(EngineOptions options, const Registry& workflows, Parts parts);
  Result<void> open_or_refuse();
  Result<void> open_shards();
  /// Has the executor drive it. Errors: io_error (no more threads); the store is closed then.
  Result<void> start();
  bool poll_shards();
  bool poll_shard(std::size_t index);
  void fail(const Error& error);

  /// Why no request is taken now.
  [[nodiscard]] std::optional<Error> closed_to_requests() const;
  Result<void> close();
  void log_opened() const;

  EngineOptions options_;
  Logger log_;
  Registry workflows_;
  std::unique_ptr<journal::Store> store_;
  std::uint64_t store_id_;  ///< In keys and tokens.
  std::unique_ptr<StepRunner> runner_;
  std::unique_ptr<Executor> executor_;
  std::unique_ptr<Committer> committer_;
  CodeWatch watch_;
  Counter blocked_;  ///< Reports of the watch.
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<bool> abandoned_;        ///< Shard thread only.
  std::atomic<bool> closing_{false};   ///< No request is taken any more.
  std::atomic<bool> draining_{false};  ///< And all that were are in an inbox.
  std::atomic<bool> snapshot_{false};
  std::atomic<bool> failed_{false};
  Waiting ending_seen_;             ///< Where a shutdown waits.
  std::atomic<bool> quiet_{false};  ///< Draining, and nothing is left to do.
  mutable std::mutex failure_mutex_;
  std::optional<Error> failure_;
  Nanos anchored_ = 0;              ///< Steady time of the last renewal. Shard thread only.
  std::shared_timed_mutex intake_;  ///< Shared: a request is let in. Exclusive: no more is.
  std::timed_mutex ending_;         ///< One shutdown at a time.
  bool closed_ = false;             ///< Under ending_.
};

}  // namespace reprise::runtime
