#include "tools/cli/timeline.h"

#include <algorithm>
#include <utility>

namespace reprise::cli {
namespace {

using replay::EventKind;

/// Ends the piece that is open, if one is.
void close(Bar& bar, const ToldEvent& event) {
  auto& piece = bar.pieces.back();
  if (!piece.open) return;
  piece.to = event.info.time;
  piece.open = false;
  piece.failed = event.failed;
  if (event.info.failure) piece.text = event.info.failure->message;
}

void begin(Bar& bar, const ToldEvent& event, Piece::Kind kind) {
  const auto& info = event.info;
  bar.pieces.push_back({kind, info.time, info.time, info.attempt, false, true, {}});
}

}  // namespace

Bar& Timeline::open(const ToldEvent& event, std::string_view what, Piece::Kind kind) {
  const auto& info = event.info;
  of_op_[info.op] = bars_.size();
  auto& bar = bars_.emplace_back();
  bar.what = what;
  bar.op = info.op;
  bar.name = info.name;
  bar.target = event.target.id;
  bar.site = info.site;
  bar.first = info.seq;
  begin(bar, event, kind);
  return bar;
}

Bar* Timeline::bar_of(OpId op) {
  const auto found = of_op_.find(op);
  return found == of_op_.end() ? nullptr : &bars_[found->second];
}

/// A step is scheduled: for the first time, after a rest, or because its process died.
void Timeline::attempt(const ToldEvent& event) {
  Bar* bar = bar_of(event.info.op);
  if (bar == nullptr) {
    open(event, "step", Piece::Kind::body);
    return;
  }
  auto& before = bar->pieces.back();
  if (before.open && before.kind == Piece::Kind::body) before.kind = Piece::Kind::cut;
  close(*bar, event);
  begin(*bar, event, Piece::Kind::body);
}

/// Of the operation it names. `last`: nothing more comes of it.
void Timeline::answer(const ToldEvent& event, bool last) {
  Bar* bar = bar_of(event.info.op);
  if (bar == nullptr || bar->end != Bar::End::open) return;
  close(*bar, event);
  if (last) bar->end = event.failed ? Bar::End::failed : Bar::End::done;
}

void Timeline::arrival(const ToldEvent& event) {
  const auto& info = event.info;
  if (event.asked_for) moments_.push_back({info.seq, info.time, "signal", info.name});
  auto& waiting = awaiting_[info.name];
  while (!waiting.empty()) {
    Bar* bar = bar_of(waiting.front());
    waiting.pop_front();
    if (bar->end != Bar::End::open) continue;  // Cancelled before it came.
    close(*bar, event);
    bar->end = Bar::End::done;
    bar->asked_for |= event.asked_for;
    return;
  }
  unread_[info.name].push_back(info.time);
}

void Timeline::awaited(const ToldEvent& event) {
  auto& kept = unread_[event.info.name];
  Bar& bar = open(event, "signal", kept.empty() ? Piece::Kind::awaited : Piece::Kind::unread);
  if (kept.empty()) {
    awaiting_[event.info.name].push_back(event.info.op);
    return;
  }
  bar.pieces.back().from = kept.front();
  kept.pop_front();
  close(bar, event);
  bar.end = Bar::End::done;
}

/// What is open then ends with it.
void Timeline::close_run(const ToldEvent& event, Bar::End end) {
  for (auto& bar : bars_) {
    if (bar.end != Bar::End::open) continue;
    const bool run = bar.op == 0;
    auto& piece = bar.pieces.back();
    if (piece.open) {
      piece.to = event.info.time;
      piece.open = false;
      piece.failed = run && end == Bar::End::failed;
      if (run && event.info.failure) piece.text = event.info.failure->message;
    }
    bar.end = run ? end : Bar::End::cancelled;
  }
}

/// The operation's next piece, unless nothing more comes of it.
void Timeline::go_on(const ToldEvent& event, Piece::Kind kind) {
  Bar* bar = bar_of(event.info.op);
  if (bar != nullptr && bar->end == Bar::End::open) begin(*bar, event, kind);
}

bool Timeline::add_of_run(const ToldEvent& event) {
  const auto& info = event.info;
  const auto pause = [&](Piece::Kind kind) {
    answer(event, false);
    go_on(event, kind);
  };
  switch (event.kind) {
    case EventKind::workflow_started: open(event, "run", Piece::Kind::run); break;
    case EventKind::workflow_completed: close_run(event, Bar::End::done); break;
    case EventKind::workflow_failed: close_run(event, Bar::End::failed); break;
    case EventKind::workflow_cancelled:
    case EventKind::workflow_terminated: close_run(event, Bar::End::cancelled); break;
    case EventKind::workflow_paused: pause(Piece::Kind::paused); break;
    case EventKind::workflow_resumed: pause(Piece::Kind::run); break;
    case EventKind::cancel_requested:
      if (event.asked_for) moments_.push_back({info.seq, info.time, "cancel requested", info.text});
      break;
    case EventKind::version_chosen:
      if (event.asked_for) moments_.push_back({info.seq, info.time, "version chosen", info.name});
      break;
    case EventKind::signal_received: arrival(event); break;
    default: return false;
  }
  return true;
}

void Timeline::add_of_operation(const ToldEvent& event) {
  switch (event.kind) {
    case EventKind::step_scheduled: attempt(event); break;
    case EventKind::step_attempt_failed:
      answer(event, false);
      go_on(event, Piece::Kind::rest);
      break;
    case EventKind::step_handed_over:
      answer(event, false);
      go_on(event, Piece::Kind::token);
      break;
    case EventKind::timer_started: open(event, "timer", Piece::Kind::timer); break;
    case EventKind::signal_awaited: awaited(event); break;
    case EventKind::child_scheduled:
      open(event, "child", Piece::Kind::starting).detached = event.detached;
      if (event.failed) answer(event, true);
      break;
    case EventKind::child_started: {
      const Bar* bar = bar_of(event.info.op);
      answer(event, bar != nullptr && bar->detached);
      go_on(event, Piece::Kind::child);
      break;
    }
    case EventKind::signal_sent:
      open(event, "send", Piece::Kind::send);
      if (event.failed) answer(event, true);
      break;
    case EventKind::operation_cancelled:
      answer(event, true);
      if (Bar* bar = bar_of(event.info.op); bar != nullptr) bar->end = Bar::End::cancelled;
      break;
    case EventKind::step_completed:
    case EventKind::timer_fired:
    case EventKind::child_start_failed:
    case EventKind::child_completed:
    case EventKind::signal_delivered: answer(event, true); break;
    default: break;  // A cut activation is no matter of the code's.
  }
}

void Timeline::add(const ToldEvent& event) {
  const auto& info = event.info;
  last_ = std::max(last_, info.time);
  if (event.asked_for && (times_.empty() || info.time > times_.back())) {
    times_.push_back(info.time);
  }
  if (!add_of_run(event)) add_of_operation(event);
  if (!event.asked_for || event.kind == EventKind::signal_received) return;
  if (Bar* bar = bar_of(info.op); bar != nullptr) bar->asked_for = true;
}

void Timeline::end() {
  for (auto& bar : bars_) {
    if (bar.pieces.back().open) bar.pieces.back().to = last_;
  }
}

}  // namespace reprise::cli
