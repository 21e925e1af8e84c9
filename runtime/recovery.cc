#include "runtime/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include <reprise/detail/mark.h>

#include "runtime/log.h"
#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

constexpr int redrives_per_turn = 64;
constexpr Nanos timers_ahead = 60'000'000'000;  // Hints of the next minute are kept in memory.

}  // namespace

Result<void> Recovery::open() {
  const auto snapshot = core_.restore();
  if (!snapshot) return snapshot.error();
  const auto& listed = core_.state.ready;
  for (const auto& [run, ready] : listed) {
    ready_.push_back(run);
    if (ready.more) ++unfinished_;
  }
  std::sort(ready_.begin(), ready_.end(), [&listed](RunId a, RunId b) {
    return std::pair(!listed.at(a).more, a) < std::pair(!listed.at(b).more, b);
  });
  replay::Event event;
  event.kind = replay::EventKind::epoch_opened;
  event.number = core_.state.epoch + 1;
  core_.record_shard(event);
  // With nothing to go on with, "opened" says enough.
  const LogLevel level = ready_.empty() ? LogLevel::debug : LogLevel::info;
  core_.seams.log.write(level, "shard_recovered", "ready to take requests",
                        {{"shard", std::to_string(core_.state.shard)},
                         {"epoch", std::to_string(event.number)},
                         {"position", std::to_string(core_.position)},
                         {"snapshot", std::to_string(*snapshot)},
                         {"redriven", std::to_string(ready_.size())}});
  return {};
}

bool Recovery::poll() {
  for (int i = 0; i < redrives_per_turn && !ready_.empty(); ++i) {
    const RunId run = ready_.front();
    ready_.pop_front();
    if (unfinished_ != 0) --unfinished_;
    auto found = core_.load(run);
    if (!found) {  // A damaged one stops alone.
      REPRISE_MARK("runtime/recovery_passes_over_one");
      core_.seams.log.write(
          LogLevel::error, "instance_unreadable", found.error().message(),
          {{"shard", std::to_string(core_.state.shard)}, {"run", fmt::format("{:x}", run.value)}});
      if (found.code() != Code::corrupt) {
        core_.after(read_again, {.run = run, .kind = TimerKind::wake});
      }
      continue;
    }
    if (*found == nullptr) continue;
    activation_.wake(**found);
  }
  return !ready_.empty();
}

void Recovery::refill_timers() {
  const Nanos now = core_.seams.clock.wall();
  if (timers_until_ > now + timers_ahead / 2) return;
  const Nanos until = now + timers_ahead;
  const std::string first = timer_key(core_.state.shard, Timer{.due = timers_until_});
  const std::string last =
      timer_key(core_.state.shard, Timer{.due = std::numeric_limits<Nanos>::max()});
  far_.reset();
  const auto scanned = core_.seams.store.scan(journal::Table::index, first, last,
                                              [&](std::string_view key, std::string_view) {
                                                const auto timer = decode_timer_key(key);
                                                if (!timer) return true;
                                                if (timer->due >= until) {
                                                  far_ = timer->due;
                                                  return false;
                                                }
                                                core_.timers.add(*timer);
                                                return true;
                                              });
  if (scanned.ok()) timers_until_ = until;  // Else the next turn looks again.
}

bool Recovery::wanted(const Timer& timer) const {
  const auto found = core_.residents.find(timer.run);
  const Resident* resident = found == core_.residents.end() ? nullptr : found->second.get();
  switch (timer.kind) {
    case TimerKind::operation: {
      if (resident != nullptr) {
        const auto open = resident->state.open.find(timer.op);
        return open != resident->state.open.end() && open->second.due == timer.due;
      }
      // Evicted ones are told of by their hints, unless their last rows are not written yet.
      return timer.due < timers_until_ || core_.tail.touched(timer.run);
    }
    case TimerKind::attempt_timeout:
    case TimerKind::total_timeout:
    case TimerKind::body_grace: {
      if (resident == nullptr) return false;
      const auto body = resident->bodies.find(timer.op);
      return body != resident->bodies.end() && body->second.attempt == timer.attempt;
    }
    case TimerKind::retention:
      // A sweep finds finished runs whose rows are written.
      return timer.due < timers_until_ || core_.tail.touched(timer.run);
    case TimerKind::start_body:
    case TimerKind::wake:
    case TimerKind::messages: return true;
  }
  return true;
}

void Recovery::thin_timers() {
  for (TimerQueue* timers : {&core_.timers, &core_.deadlines}) {
    if (!timers->overgrown()) continue;
    timers->keep_if([this](const Timer& timer) {
      const bool keep = wanted(timer);
      // Of what is found again on the disk, this may be the first.
      const bool found_again =
          timer.kind == TimerKind::operation || timer.kind == TimerKind::retention;
      if (!keep && found_again && !core_.residents.contains(timer.run)) {
        REPRISE_MARK("runtime/timer_thinned");
        far_ = std::min(far_.value_or(timer.due), timer.due);
      }
      return keep;
    });
  }
}

}  // namespace reprise::runtime
