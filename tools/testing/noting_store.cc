#include "tools/testing/noting_store.h"

#include <limits>
#include <string_view>

#include "journal/record.h"

namespace reprise::testing {

Result<void> NotingStore::append(std::span<journal::ShardAppend> group, bool sync) {
  auto written = inner().append(group, sync);
  if (!written) return written;
  replay::Event event;
  for (const auto& part : group) {
    std::string_view rest(part.bytes);
    while (const auto frame = journal::peek_frame(rest)) {
      rest.remove_prefix(frame->size);
      ++records_;
      events_ += frame->events;
      for (journal::EventCursor at(frame->body); at.next();) {
        replay::decode(at.bytes(), event).value();
        note(at.run(), event);
      }
    }
  }
  return {};
}

void NotingStore::note(RunId run, const replay::Event& event) {
  const Key key{run.value, event.op};
  switch (event.kind) {
    case replay::EventKind::timer_started:
    case replay::EventKind::step_attempt_failed: open_[key] = event.due; return;
    case replay::EventKind::timer_fired: open_.erase(key); return;
    case replay::EventKind::step_scheduled: {
      open_.erase(key);
      const Nanos total = event.step.total_timeout.count();
      // Only the first attempt's event says it.
      if (event.attempt > 1 || total <= 0) return;
      if (total < std::numeric_limits<Nanos>::max() - event.time) totals_[key] = event.time + total;
      return;
    }
    case replay::EventKind::step_handed_over:
      if (event.due != 0) open_[key] = event.due;
      return;
    case replay::EventKind::step_completed: completed_.emplace(key, records_); [[fallthrough]];
    case replay::EventKind::operation_cancelled:
      open_.erase(key);
      totals_.erase(key);
      return;
    default: break;
  }
  if (!replay::is_closing_event(event.kind)) return;
  for (Dues* const dues : {&open_, &totals_}) {
    dues->erase(dues->lower_bound({run.value, 0}), dues->lower_bound({run.value + 1, 0}));
  }
}

std::optional<std::uint64_t> NotingStore::completed_at(RunId run, OpId op) const {
  const auto found = completed_.find({run.value, op});
  if (found == completed_.end()) return std::nullopt;
  return found->second;
}

std::optional<Nanos> NotingStore::open_due(Nanos now) const {
  std::optional<Nanos> first;
  for (const Dues* const dues : {&open_, &totals_}) {
    for (const auto& [key, due] : *dues) {
      if (due > now && (!first || due < *first)) first = due;
    }
  }
  return first;
}

}  // namespace reprise::testing
