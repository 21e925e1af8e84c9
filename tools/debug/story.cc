#include "tools/debug/story.h"

#include <algorithm>
#include <utility>

#include "replay/event.h"
#include "runtime/telling.h"
#include "tools/cli/events.h"

namespace reprise::debug {
namespace {

using replay::EventKind;

/// So many states are kept to fold from,
constexpr Seq marks_max = 64;
constexpr Seq apart_min = 1024;
/// and so much in them: one may hold a hundred thousand operations and signals.
constexpr std::size_t weight_max = 100'000;

std::size_t weight_of(const replay::InstanceState& state) {
  return 1 + state.open.size() + state.signals.unread().size() + state.signal_ids.size();
}

bool opens(EventKind kind) {
  return kind == EventKind::step_scheduled || kind == EventKind::timer_started ||
         kind == EventKind::signal_awaited || kind == EventKind::child_scheduled ||
         kind == EventKind::signal_sent;
}

std::string_view operation_of(EventKind kind) {
  switch (kind) {
    case EventKind::step_scheduled: return "step";
    case EventKind::timer_started: return "timer";
    case EventKind::signal_awaited: return "signal";
    case EventKind::child_scheduled: return "child";
    case EventKind::signal_sent: return "send";
    default: return {};
  }
}

}  // namespace

Result<Story> Story::of(const runtime::Recorded& recorded) {
  Story story(recorded);
  const Seq last = recorded.events.last();
  story.wakes_.reserve(last + 1);
  story.wakes_.push_back(false);
  replay::Event event;
  for (Seq seq = 1; seq <= last; ++seq) {
    if (auto read = replay::decode(recorded.events.at(seq), event); !read) {
      return std::move(read).error();
    }
    story.wakes_.push_back(runtime::wakes(event));
    // An id is at most the number of events before it, and those begun unrecorded: no array for a
    // number that a file made up.
    if (!opens(event.kind) || event.op > recorded.state.ops) continue;
    if (story.opened_.size() <= event.op && event.op <= 2 * last) {
      story.opened_.resize(event.op + 1, 0);
    }
    if (event.op < story.opened_.size() && story.opened_[event.op] == 0) {
      story.opened_[event.op] = seq;
    }
  }
  story.apart_ = std::max(apart_min, last / marks_max + 1);
  story.state_.run = recorded.state.run;
  story.marks_.push_back(story.state_);
  return story;
}

std::optional<Seq> Story::opened(OpId op) const {
  if (op >= opened_.size() || opened_[op] == 0) return std::nullopt;
  return opened_[op];
}

bool Story::wakes(Seq seq) const { return wakes_[seq]; }

std::optional<Seq> Story::woken_before(Seq seq) const {
  while (--seq > 0) {
    if (wakes_[seq]) return seq;
  }
  return std::nullopt;
}

Told Story::glance(Seq seq) const {
  Told told;
  const auto event = replay::decode(recorded_->events.at(seq));
  if (!event) return told;  // of() has decoded it.
  told.event = runtime::tell(seq, *event, *recorded_->names);
  told.command = replay::is_command_event(*event);
  told.operation = operation_of(event->kind);
  if (event->kind == EventKind::signal_received || event->op == 0) return told;
  const auto opening = opened(event->op);
  if (!opening || *opening == seq) return told;
  const auto opener = replay::decode(recorded_->events.at(*opening));
  if (!opener) return told;
  told.operation = operation_of(opener->kind);
  if (told.event.name.empty()) told.event.name = recorded_->names->text(opener->name);
  return told;
}

Told Story::tell(Seq seq) const {
  Told told = glance(seq);
  const auto event = replay::decode(recorded_->events.at(seq));
  if (!event) return told;
  told.payload_size = event->packed ? event->packed.size : event->payload.size();
  if (told.payload_size > cli::payload_max) return told;
  if (!event->packed) {
    told.event.payload = event->owned_payload();
  } else if (auto plain = recorded_->unpack(*event)) {
    told.event.payload = {event->encoding, std::move(*plain)};
  }
  return told;
}

const replay::InstanceState& Story::before(Seq next) {
  const Seq target = next - 1;
  const Seq mark = std::min<Seq>(target / apart_, marks_.size() - 1);
  if (state_.seq > target || state_.seq < mark * apart_) state_ = marks_[mark];
  replay::Event event;
  while (state_.seq < target) {
    const Seq seq = state_.seq + 1;
    const auto bytes = recorded_->events.at(seq);
    if (!replay::decode(bytes, event)) break;  // of() has decoded it.
    replay::apply_instance(state_, event, bytes, *recorded_->names, /*epoch=*/1);
    if (seq != marks_.size() * apart_ || weight_ + weight_of(state_) > weight_max) continue;
    marks_.push_back(state_);
    weight_ += weight_of(state_);
  }
  return state_;
}

Result<runtime::Explanation> Story::explain(Seq next) {
  const auto& state = before(next);
  runtime::HistoryBuffer events;
  for (Seq seq = 1; seq < next; ++seq) events.append(recorded_->events.at(seq));
  auto info = runtime::tell(state, *recorded_->names);
  info.waits = runtime::tell_waits(state, *recorded_->names);
  return runtime::explain(std::move(info), state, events, *recorded_->names);
}

}  // namespace reprise::debug
