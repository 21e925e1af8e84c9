// The parts of one shard, and the few verbs its rooms share: time, recording, loading, sealing.
//
// Holds no policy. Requests, Arrivals, Activation, Recovery, Snapshotter and Views each do one job
// over a Core; Shard calls them in order.
//
// Invariants:
// - Every change of `state` and of a resident's state goes through record_*(), which encodes the
//   event, adds it to the open record and applies both halves.
// - `position` is the last sealed record; an effect of the open record waits for position + 1.
//
// Threads: the shard's thread only, but for `durable` and `durable_ticket`.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <reprise/options.h>

#include "journal/record.h"
#include "journal/store.h"
#include "replay/rules.h"
#include "replay/shard_state.h"
#include "runtime/committer.h"
#include "runtime/deleted.h"
#include "runtime/effects.h"
#include "runtime/metrics.h"
#include "runtime/packing.h"
#include "runtime/record_cache.h"
#include "runtime/resident.h"
#include "runtime/rows.h"
#include "runtime/seams.h"
#include "runtime/sites.h"
#include "runtime/tail_index.h"
#include "runtime/timer_queue.h"
#include "runtime/waiters.h"

namespace reprise::runtime {

class Core {
 public:
  Core(const Seams& given, ShardId shard);

  Seams seams;
  replay::ShardState state;
  TailIndex tail;
  TimerQueue timers;     ///< By the wall clock.
  TimerQueue deadlines;  ///< By the steady clock.
  EffectQueue effects;
  std::vector<StartBody> owed_nothing;  ///< Starts that wait for no sync.
  std::deque<RunId> ended;              ///< Runs in memory that have ended, to be let go.
  Waiters waiters;
  Deleted deleted;
  Packing packing;
  ShardMetrics metrics;
  std::unordered_map<RunId, std::unique_ptr<Resident>> residents;
  Position position = 0;  ///< Last sealed record.
  std::uint64_t turn = 0;
  std::uint64_t events = 0;  ///< Recorded since open.
  std::atomic<Position> durable{0};
  std::atomic<std::uint64_t> durable_ticket{0};

  /// Fills in what the store knows: shard state, tail index, near timers, ends. Loads no instance,
  /// records nothing. Returns the snapshot position. Errors: corrupt, unknown_kind, io_error.
  Result<Position> restore();

  /// Wall time as it is. The time of an event is never before that of its run's last one; what is
  /// due later is reckoned from here, so a clock that was ahead for a while must not
  /// delay it.
  [[nodiscard]] Nanos now() const noexcept { return seams.clock.wall(); }

  /// Has `timer` looked at when `wait` has passed, if this process lives then: one of more than
  /// 50 years ends with it.
  void after(Nanos wait, Timer timer) {
    constexpr Nanos longest = Nanos{50} * 365 * 24 * 3600 * 1'000'000'000;
    timer.due = seams.clock.steady() + std::min(wait, longest);
    deadlines.add(timer);
  }
  /// Wall time at which the next timer or deadline is due, if any is known and can be taken then.
  [[nodiscard]] std::optional<Nanos> next_due() const;

  /// Interned id of `text`; records string_interned first if it is new. 0 for "".
  std::uint32_t intern(std::string_view text);

  /// The same of a source line, and of the name that was given there.
  Called intern(const detail::Site& site, std::string_view name);

  /// Records an event of the shard itself.
  void record_shard(replay::Event event);

  /// Records the run's next event: sets its time if it has none, packs, encodes, applies. Returns
  /// its seq; `event` is as it was recorded then, and its payload may point into `packing`.
  Seq record(Resident& resident, replay::Event& event);

  /// Position that must be durable for everything recorded so far.
  [[nodiscard]] Position recorded() const noexcept {
    return builder_.empty() && moved_.empty() ? position : position + 1;
  }
  /// Message `number` could not leave: it and those behind it go in a moment (send_owed).
  void send_again(ShardId target, std::uint64_t number) {
    sent_[target] = std::min(sent_[target], number - 1);
    after(read_again, {.kind = TimerKind::messages});
  }
  /// Makes effects of the outbox messages that are none yet.
  void send_owed();
  /// Holds `effect` until all recorded so far is durable.
  void after_durable(Effect effect) { effects.add(recorded(), std::move(effect)); }
  /// Releases it in the next turn, durable or not.
  void at_once(StartBody start) { owed_nothing.push_back(start); }
  void answer(Answer& callback, Result<Reply> reply);

  /// Chain head after `position`.
  [[nodiscard]] Hash128 chain() const noexcept { return chain_; }
  /// What records that are kept take.
  [[nodiscard]] std::size_t record_bytes() const noexcept { return records_.bytes(); }
  /// The snapshot position moved: rows have seen all at or before it.
  void forget(Position snapshot) {
    tail.forget_apart();
    records_.forget(snapshot);
  }

  /// Bytes in the open record; the turn ends, or the record is cut, above the limit.
  [[nodiscard]] std::size_t open_size() const noexcept { return builder_.size(); }

  /// Puts that ride with the next submission. Returns the ticket that tells when they are durable.
  std::uint64_t put(std::vector<journal::Put> puts);
  /// The ticket that tells when all put so far is durable.
  [[nodiscard]] std::uint64_t put_so_far() const noexcept {
    return sealed_.puts.empty() ? ticket_ - 1 : ticket_;
  }

  /// `source`'s messages up to `number` are dealt with in the open record: its mark goes in there
  /// too, whenever that record is sealed.
  void advance_mark(ShardId source, std::uint64_t number) { moved_[source] = number; }
  /// Highest message of `source` dealt with.
  [[nodiscard]] std::uint64_t mark(ShardId source) const;

  /// Ends the open record, if any, and moves it to the bytes to submit; new outbox messages become
  /// effects of it.
  void seal();
  /// Seals and hands all sealed records and puts to the committer; false if there was nothing.
  bool submit();

  /// The instance if it is held in memory or can be loaded; null if there is none. Errors: corrupt,
  /// io_error: that instance can't be used, the shard goes on.
  Result<Resident*> load(RunId run);
  /// One look-up tells both. Errors: corrupt (also: the index names a run that has no row),
  /// io_error.
  Result<Holder> holder(const InstanceKey& key);
  /// The newest run of the key.
  Result<Resident*> load(const InstanceKey& key) {
    auto found = holder(key);
    if (!found) return std::move(found).error();
    return found->resident;
  }
  /// Its whole history, as bytes.
  Result<HistoryBuffer> history(const Resident& resident) const;
  /// The plain payload of an event of `run`. Errors: corrupt, io_error.
  Result<std::string> unpack(RunId run, const replay::Event& event) {
    return packing.unpack(run, event.packed, event.payload);
  }
  /// Whether unpack() would do it. Errors: as unpack().
  Result<void> check_payload(RunId run, const replay::Event& event) {
    return packing.check(run, event.packed, event.payload);
  }
  /// A new run of `key`, in memory only until something is recorded.
  Resident& create(const InstanceKey& key);

 private:
  Result<void> scan_tail(Position snapshot);
  Result<void> find_lost_runs();
  void note_tail(RunId run, const replay::Event& event, Position at);
  /// Applies the events after the resident's row, and keeps their bytes.
  Result<void> apply_tail(Resident& resident);
  void record_marks();

  std::uint64_t lost_runs_ = 0;  ///< Highest number of a run that has a row and no records.
  std::map<ShardId, std::uint64_t> moved_;
  journal::RecordBuilder builder_;
  journal::ShardAppend sealed_;
  Hash128 chain_;
  std::uint64_t ticket_ = 1;
  std::map<ShardId, std::uint64_t> sent_;  ///< Outbox numbers already made effects.
  replay::EventEncoder encoder_;
  std::string scratch_;
  Sites sites_;
  RecordCache records_;
};

}  // namespace reprise::runtime
