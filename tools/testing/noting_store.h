// A store that notes what is written through it: which steps have completed, and when timers are
// due that something open waits for. A trim forgets nothing of that.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <reprise/clock.h>

#include "replay/event.h"
#include "tools/testing/forwarding_store.h"

namespace reprise::testing {

class NotingStore final : public ForwardingStore {
 public:
  /// `inner` is empty, and leaves what it is given to append as it is.
  explicit NotingStore(std::shared_ptr<journal::Store> inner) : ForwardingStore(std::move(inner)) {}

  Result<void> append(std::span<journal::ShardAppend> group, bool sync) override;

  /// Records ever written, and events in them.
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
  /// How many there were with the one that completed the step.
  [[nodiscard]] std::optional<std::uint64_t> completed_at(RunId run, OpId op) const;
  /// When the first timer behind `now` is due that something open waits for: a sleep, a deadline,
  /// a retry, the time of a step over all its attempts. What the engine itself plans, as a
  /// deletion, is none.
  [[nodiscard]] std::optional<Nanos> open_due(Nanos now) const;

 private:
  /// A run's, and in it of an operation.
  using Key = std::pair<std::uint64_t, OpId>;
  using Dues = std::map<Key, Nanos>;

  void note(RunId run, const replay::Event& event);

  std::uint64_t records_ = 0;
  std::uint64_t events_ = 0;
  std::map<Key, std::uint64_t> completed_;
  Dues open_;    ///< Of operations as they are now.
  Dues totals_;  ///< Of steps, over all attempts: it runs on while the process is down.
};

}  // namespace reprise::testing
