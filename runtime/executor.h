// The seam that owns threads: drives passive objects by calling their poll().
//
// Shards and the committer do nothing by themselves. Under the threaded executor one thread runs
// the shards and another the committer; in simulation everything runs on the caller's thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <reprise/clock.h>
#include <reprise/ids.h>

namespace reprise::runtime {

/// What an executor drives. Set once by start(); outlives the executor's stop().
struct Driven {
  std::function<bool()> poll_shards;               ///< One turn of each; true if one had work.
  std::function<bool()> poll_commit;               ///< Commits what gathered; true if there was.
  std::function<bool()> shards_quiet;              ///< None has work that waits for no sync.
  std::function<std::optional<Nanos>()> next_due;  ///< Wall time of the next timer.
  std::function<void()> rest;                      ///< Once after a burst: the anchor's renewal.
  std::function<void()> look;                      ///< About once a second, beside the shards.
};

/// Where callers wait for the same: each answer wakes those alone whom it is for.
struct Waiting {
  std::mutex mutex;
  std::condition_variable changed;
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual void start(Driven driven) = 0;
  /// Something was pushed: poll soon. Any thread.
  virtual void wake() = 0;
  /// Returns when `done()` is true, or `deadline` (steady clock) has passed; false then. `done` is
  /// asked again after each notify() of the same place. Not from a thread of the executor.
  virtual bool wait(Waiting& at, const std::function<bool()>& done,
                    std::optional<Nanos> deadline) = 0;
  /// Something that who waits there may look at has changed. Any thread.
  virtual void notify(Waiting& at) = 0;
  /// True on the threads that run shards: waiting there would wait for itself.
  [[nodiscard]] virtual bool on_shard_thread() const noexcept = 0;
  /// Ends polling; nothing is polled after it returns. Idempotent.
  virtual void stop() = 0;
};

/// One thread for the shards, one for the committer. A quiet shard thread commits by itself: a
/// hand-over would cost half a sync again.
std::unique_ptr<Executor> make_threaded_executor(Clock& clock);

}  // namespace reprise::runtime
