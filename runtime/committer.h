// Merges the shards' sealed records into one synced write while the next ones gather.
//
// Invariants:
// - Records of a shard are written in the order submitted; one key per shard per commit.
// - `on_durable` is called only after the store confirmed; after a failure it is never called
//   again and `on_failure` is called once.
// - A full disk is no failure: nothing was written, the group is kept and tried again, intake
// stops.
//
// Threads: submit from any shard's thread, poll from any thread (one commits at a time).
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <reprise/clock.h>

#include "journal/store.h"
#include "runtime/log.h"
#include "runtime/metrics.h"

namespace reprise::runtime {

/// Bytes above which the disk does not keep up: intake answers `overloaded`, timers wait.
inline constexpr std::size_t undurable_max = std::size_t{64} << 20;

class Committer {
 public:
  using OnDurable = std::function<void(ShardId, Position, std::uint64_t ticket)>;
  using OnFailure = std::function<void(const Error&)>;

  Committer(journal::Store& store, const Clock& clock, const Logger& log, OnDurable on_durable,
            OnFailure on_failure)
      : store_(store),
        clock_(clock),
        log_(log),
        on_durable_(std::move(on_durable)),
        on_failure_(std::move(on_failure)) {}

  /// Adds a shard's sealed records, and puts, to the group that gathers. `ticket` rises with each
  /// submission of a shard; on_durable tells the highest one written (puts have no position).
  void submit(journal::ShardAppend append, std::uint64_t ticket);

  /// Commits what has gathered, or the oldest 16 MiB of it (a single submission may be larger);
  /// false if nothing had, or if another thread is committing.
  bool poll();

  /// Forgets a shard's records below `keep_from`, at the next poll: the store takes one writer.
  void trim(ShardId shard, Position keep_from);

  /// Renews the anchor unless a group is being written (then the next rest does it).
  void renew_anchor();

  /// Calls `work` while nothing is being written, and lets nothing be written meanwhile. The caller
  /// makes the committer be polled again afterwards. Errors: engine_failed, and those of `work`.
  Result<void> exclusively(const std::function<Result<void>()>& work);

  /// The disk is full: the last group was refused unwritten. Any thread.
  [[nodiscard]] bool full() const noexcept { return full_; }
  /// Steady time of the next try, while it is full.
  [[nodiscard]] std::optional<Nanos> retry_at() const;

  /// So much waits for the disk that nothing should be recorded that can wait: neither requests
  /// nor timers.
  [[nodiscard]] bool behind() const { return full_ || undurable() > undurable_max; }

  /// True if nothing is being written, and nothing gathers that will be.
  [[nodiscard]] bool idle() const;
  /// Bytes submitted and not yet durable.
  [[nodiscard]] std::size_t undurable() const;
  [[nodiscard]] const CommitMetrics& metrics() const noexcept { return metrics_; }

 private:
  struct Group {
    std::vector<journal::ShardAppend> appends;
    std::vector<std::uint64_t> tickets;
    std::size_t bytes = 0;
  };
  struct Submission {
    journal::ShardAppend append;
    std::uint64_t ticket = 0;
    std::size_t size = 0;   ///< All it puts.
    std::size_t bytes = 0;  ///< Of them, what counts as undurable.
  };
  /// What is to be written next: a group as it is, or submissions to make one of.
  [[nodiscard]] bool take(std::vector<Submission>& taken, Group& group,
                          std::map<ShardId, Position>& trims);
  static void gather(std::vector<Submission>& taken, Group& group);
  Result<void> write(Group& group);
  Result<void> trim(const std::map<ShardId, Position>& trims);
  void written(const Group& group);
  /// After work beside the groups: a failed check in it ends the engine, as one in a group does.
  void rest(const Result<void>& done);
  void count(std::span<const journal::ShardAppend> group, std::size_t bytes, Nanos took);

  journal::Store& store_;
  const Clock& clock_;
  const Logger& log_;
  CommitMetrics metrics_;
  OnDurable on_durable_;
  OnFailure on_failure_;
  mutable std::mutex mutex_;
  std::deque<Submission> gathering_;
  std::map<ShardId, Position> trims_;
  Group kept_;                      ///< Refused by a full disk; goes before what gathers.
  Nanos retry_at_ = 0;              ///< Steady time of its next try.
  std::condition_variable rested_;  ///< writing_ became false.
  std::atomic<bool> full_{false};
  std::size_t undurable_ = 0;
  bool writing_ = false;
  bool failed_ = false;
};

}  // namespace reprise::runtime
