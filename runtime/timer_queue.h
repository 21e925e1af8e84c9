// Times at which a shard has something to look at. Hints only: whoever pops one asks the instance
// whether it is still open. What nobody waits for any more is swept out now and then.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>
#include <vector>

#include <reprise/ids.h>

namespace reprise::runtime {

enum class TimerKind : std::uint8_t {
  // Of the wall clock: they outlive the process.
  operation,  ///< A timer, a step's next attempt, or the end of one handed over.
  retention,  ///< A finished run may be deleted.
  // Of the steady clock: a jump of the wall clock must neither end them early nor stretch them.
  attempt_timeout,  ///< A running attempt's time is up.
  total_timeout,    ///< That of all attempts of a step is, while one runs.
  body_grace,       ///< A stopped body's time is up.
  start_body,       ///< A scheduled attempt whose instance could not be read just now.
  wake,             ///< The same for a run on the ready list.
  messages,         ///< Messages whose instance or payload could not be read.
};

struct Timer {
  Nanos due = 0;  ///< By the clock of the queue it is in.
  RunId run{};
  OpId op = 0;
  std::uint32_t attempt = 0;
  TimerKind kind = TimerKind::operation;
};

/// Those of an attempt that runs: its run stays in memory meanwhile.
[[nodiscard]] constexpr bool of_a_body(TimerKind kind) noexcept {
  return kind == TimerKind::attempt_timeout || kind == TimerKind::total_timeout ||
         kind == TimerKind::body_grace;
}

/// When something is tried again that a read error has stopped.
inline constexpr Nanos read_again = 1'000'000'000;

class TimerQueue {
 public:
  void add(Timer timer) { heap_.push(timer); }

  [[nodiscard]] std::optional<Nanos> next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.top().due;
  }

  /// The earliest timer due at `now`, removed; ties in order of run and operation.
  std::optional<Timer> pop_due(Nanos now) {
    if (heap_.empty() || heap_.top().due > now) return std::nullopt;
    Timer timer = heap_.top();
    heap_.pop();
    kept_ = std::min(kept_, heap_.size());
    return timer;
  }

  [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

  /// True when it has grown to twice what keep_if() left, or what is left of that since: time to
  /// call it again.
  [[nodiscard]] bool overgrown() const noexcept { return heap_.size() > 2 * kept_ + small; }
  /// Forgets the timers that `wanted` refuses.
  template <class Wanted>
  void keep_if(const Wanted& wanted) {
    std::vector<Timer> timers = heap_.take();
    std::erase_if(timers, [&](const Timer& timer) { return !wanted(timer); });
    timers.shrink_to_fit();
    kept_ = timers.size();
    heap_ = Heap(std::move(timers));
  }

 private:
  struct Later {
    bool operator()(const Timer& a, const Timer& b) const noexcept {
      return std::tie(a.due, a.run, a.op, a.kind) > std::tie(b.due, b.run, b.op, b.kind);
    }
  };
  struct Heap : std::priority_queue<Timer, std::vector<Timer>, Later> {
    Heap() = default;
    explicit Heap(std::vector<Timer> timers) : priority_queue(Later{}, std::move(timers)) {}
    [[nodiscard]] std::vector<Timer> take() { return std::exchange(c, {}); }
  };
  static constexpr std::size_t small = 4096;
  Heap heap_;
  std::size_t kept_ = 0;
};

}  // namespace reprise::runtime
