// One shard: a turn drains the inbox, runs what became runnable, and ends in one record.
//
// A passive object: it does something only inside poll(), on one thread at a time. Its rooms hold
// the policy; this file only says in which order they are asked.
//
// Invariants:
// - Nothing leaves before the record that decided it is durable (EffectQueue). Bodies of pure steps
//   may begin before: they have no outside effect.
// - A REPRISE_ASSERT that fails inside poll() stops the engine object, not the process.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "runtime/arrivals.h"
#include "runtime/recovery.h"
#include "runtime/requests.h"
#include "runtime/snapshotter.h"
#include "runtime/views.h"

namespace reprise::runtime {

class Shard {
 public:
  /// `send` puts an item into another shard's inbox; `wake` makes this shard be polled soon.
  struct Links {
    std::function<void(ShardId, InboxItem)> send;
    std::function<void()> wake;
    std::function<void(const Error&)> fail;
  };
  Shard(const Seams& seams, ShardId shard, Links links);

  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Recovers the shard; call once, before the first poll.
  Result<void> open() { return recovery_.open(); }

  /// Any thread.
  void push(InboxItem item);
  /// Any thread: the committer wrote up to here.
  void on_durable(Position position, std::uint64_t ticket);

  /// One turn; true if there was something to do.
  bool poll();
  /// True if the inbox is empty, no start and no answer is held here, and no effect waits.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] bool inbox_empty() const { return inbox_.empty(); }
  /// Nothing to do before something is durable.
  [[nodiscard]] bool quiet() const {
    return inbox_.empty() && core_.owed_nothing.empty() && !activation_.any_done_here();
  }
  /// When the next timer is due, if any is known.
  [[nodiscard]] std::optional<Nanos> next_due() const {
    const auto near = core_.next_due();
    const auto far = recovery_.far_due();
    return near && far ? std::min(*near, *far) : (near ? near : far);
  }
  /// Answers everything that waits with `error`, for ever: the engine failed or shuts down.
  void abandon(const Error& error);
  void request_snapshot() { snapshotter_.request(); }
  [[nodiscard]] const ShardMetrics& metrics() const noexcept { return core_.metrics; }
  /// Bodies started here that have not returned. The shard's thread only.
  [[nodiscard]] std::size_t running_bodies() const;

 private:
  bool turn();
  bool release();
  bool take_inbox();
  void take_done_here();
  bool take_timers();
  bool take_due(TimerQueue& timers, Nanos now);
  void start(const StartBody& start);
  void take(InboxItem item);

  Core core_;
  Links links_;
  Inbox inbox_;
  Retention retention_;
  Activation activation_;
  Requests requests_;
  Arrivals arrivals_;
  Recovery recovery_;
  Snapshotter snapshotter_;
  Views views_;
};

}  // namespace reprise::runtime
