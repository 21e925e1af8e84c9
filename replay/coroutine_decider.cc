#include "replay/coroutine_decider.h"

#include <algorithm>

#include <reprise/detail/mark.h>

#include "replay/code_scope.h"
#include "replay/flags.h"
#include "replay/mismatch.h"

namespace reprise::replay {

using detail::Command;
using detail::Outcome;
using detail::WaitFor;

std::unique_ptr<Decider> make_coroutine_decider(const Registry& workflows,
                                                const detail::WorkflowEntry& entry, RunId run,
                                                LogSink log, Unpack unpack, Matched matched,
                                                Taking taking) {
  return std::make_unique<CoroutineDecider>(workflows, entry, run, std::move(log),
                                            std::move(unpack), std::move(matched),
                                            std::move(taking));
}

CoroutineDecider::CoroutineDecider(const Registry& workflows, const detail::WorkflowEntry& entry,
                                   RunId run, LogSink log, Unpack unpack, Matched matched,
                                   Taking taking)
    : workflows_(workflows),
      entry_(entry),
      run_(run),
      log_(std::move(log)),
      unpack_(std::move(unpack)),
      matched_(std::move(matched)),
      taking_(std::move(taking)),
      execution_(detail::new_execution()) {}

CoroutineDecider::~CoroutineDecider() {
  // With no current driver every Context is invalid and destructors decide nothing.
  detail::DriverScope nobody(nullptr);
  frame_.reset();
}

Result<void> CoroutineDecider::feed(std::span<const HistoryEvent> events, const Names& names) {
  if (error_) return *error_;
  if (stopped()) return {};
  Seq expected = fed_;
  for (const auto& event : events) {
    if (event.seq != ++expected) {
      return Error(Code::corrupt, "history has a gap before event " + std::to_string(event.seq));
    }
  }
  cursor_.open(events, names);
  {
    detail::DriverScope scope(this);
    while (advance()) run_code();
  }
  cursor_.close();
  if (error_) return *error_;
  return {};
}

void CoroutineDecider::take_commands(std::vector<Command>& commands) {
  commands.clear();
  if (stopped()) return;
  queue_.take(commands);
  fed_ += commands.size();
  if (!commands.empty()) cut_ = false;
}

std::shared_ptr<detail::StepBody> CoroutineDecider::body(OpId op) const {
  const Op* found = ops_.find(op);
  if (found == nullptr || found->state != Op::State::open) return nullptr;
  return found->body;
}

// Moving through history.

bool CoroutineDecider::look() {
  if (auto result = cursor_.look(); !result) {
    error_ = std::move(result).error();
    return false;
  }
  return true;
}

/// Takes the next recorded event, or a held one. REQUIRES: the code is blocked. False at the end.
bool CoroutineDecider::advance() {
  if (stopped()) return false;
  match_queue();
  if (stopped()) return false;
  if (!held_.empty() && !paused_ && release_held()) return true;
  if (stopped() || cursor_.at_end() || !look()) return false;
  const Event& event = cursor_.event();
  if (is_command_event(event)) {
    // Had the code issued anything, match_queue had matched it.
    REPRISE_MARK("replay/command_missing");
    tell_taking(nullptr);
    disagree(nullptr, "missing");
    return false;
  }
  return take_arrival(event);
}

bool CoroutineDecider::take_arrival(const Event& event) {
  const bool was_held = paused_ || cut_;
  tell_taking(queue_.empty() || was_held ? nullptr : &queue_.front());
  switch (event.kind) {
    case EventKind::activation_cut: cut_ = true; break;
    case EventKind::workflow_terminated:
    case EventKind::workflow_failed:  // By a limit: the code's own is a command event.
      terminated_ = true;
      queue_.clear();
      break;
    default:
      if (!queue_.empty() && !was_held) {
        REPRISE_MARK("replay/command_too_many");
        disagree(&queue_.front(), "extra");
        return false;
      }
      if (event.kind == EventKind::workflow_paused) {
        paused_ = true;
      } else if (event.kind == EventKind::workflow_resumed) {
        paused_ = false;
      } else if (was_held) {
        held_.push_back({cursor_.seq(), std::string(cursor_.bytes())});
      } else {
        deliver(event);
      }
  }
  fed_ = cursor_.seq();
  cursor_.pop();
  return true;
}

/// Delivers the first held event if its time has come.
bool CoroutineDecider::release_held() {
  if (cut_ && !cursor_.at_end()) {
    if (!look() || !is_command_event(cursor_.event())) {
      REPRISE_MARK("replay/held_event_waits");
      return false;
    }
  }
  Held held = std::move(held_.front());
  held_.pop_front();
  Event event;
  if (auto result = decode(held.bytes, event); !result) {
    error_ = std::move(result).error();
    return false;
  }
  deliver(event);
  return true;
}

/// Matches commands that wait with the recorded ones that come next.
void CoroutineDecider::match_queue() {
  while (!queue_.empty() && !stopped() && !cursor_.at_end()) {
    if (!look() || !is_command_event(cursor_.event())) return;
    match(queue_.front());
    if (!mismatch_) queue_.pop();
  }
}

void CoroutineDecider::tell_taking(const Command* command) {
  if (!taking_) return;
  const CodeScope host(false);
  taking_(cursor_.seq(), command);
}

/// REQUIRES: the cursor is at a command event.
void CoroutineDecider::match(const Command& command) {
  tell_taking(&command);
  const Event& event = cursor_.event();
  if (const char* field = differing_field(command, event, cursor_.text(event.name))) {
    disagree(&command, field);
    return;
  }
  if (!event.state.empty()) look_at_state(command, event);
  if (matched_) {
    const CodeScope host(false);
    matched_(cursor_.seq(), command, event);
  }
  cut_ = false;
  fed_ = cursor_.seq();
  cursor_.pop();
}

/// A command of the code: matched at once where history goes on with one, else it waits.
void CoroutineDecider::record(Command&& command) {
  command.draws = draws_;
  match_queue();
  if (stopped()) return;
  // Who compares what decides nothing has somebody to tell.
  if (!watches_.empty()) command.state = watches_.now(matched_ != nullptr);
  if (queue_.empty() && !cursor_.at_end()) {
    if (!look()) return;
    if (is_command_event(cursor_.event())) return match(command);
  }
  queue_.push(std::move(command));
}

void CoroutineDecider::disagree(const Command* command, const char* field) {
  mismatch_ = make_mismatch(cursor_, fed_ + 1, command, field);
}

/// REQUIRES: the cursor is at `event`, and the command is the one it records.
void CoroutineDecider::look_at_state(const Command& command, const Event& event) {
  if (state_difference_ || same_state(command.state, event.state)) return;
  auto compared = compare_state(command.state, event.state);
  if (!compared.differs()) return;
  REPRISE_MARK("replay/state_differs");
  state_difference_ = make_mismatch(cursor_, cursor_.seq(), &command, "state");
  state_difference_->watched = std::move(compared.both);
}

// Delivering: changes operations, runs nothing.

void CoroutineDecider::deliver(const Event& event) {
  now_ = std::max(now_, event.time);
  queries_.outdate();
  switch (event.kind) {
    case EventKind::workflow_started: return begin(event);
    case EventKind::cancel_requested: cancel_ = true; return;
    case EventKind::step_scheduled: return set_running(event.op, true);
    case EventKind::step_attempt_failed:
    case EventKind::step_handed_over: return set_running(event.op, false);
    case EventKind::signal_received: return on_signal(event);
    case EventKind::timer_fired: return complete(event.op, Payload{});
    case EventKind::step_completed:
    case EventKind::child_start_failed:
    case EventKind::child_completed:
    case EventKind::signal_delivered: return on_answer(event);
    case EventKind::child_started: {
      const Op* op = ops_.find(event.op);
      if (op != nullptr && op->detached) complete(event.op, Payload{});
      return;
    }
    default:
      error_ = Error(Code::corrupt, std::string(name_of(event.kind)) + " in an instance's history");
  }
}

/// What the code takes. On an error `error_` is set, and nothing runs any more.
Payload CoroutineDecider::payload_of(const Event& event) {
  if (!event.packed) return event.owned_payload();
  const CodeScope host(false);
  auto plain = unpack_ ? unpack_(event)
                       : Result<std::string>(Error(Code::corrupt, "nothing here unpacks payloads"));
  if (!plain) {
    error_ = std::move(plain).error();
    return {};
  }
  return {event.encoding, std::move(*plain)};
}

void CoroutineDecider::begin(const Event& event) {
  if (frame_ != nullptr) {
    REPRISE_MARK("replay/started_twice");
    error_ = Error(Code::corrupt, "a second workflow_started in one history");
    return;
  }
  if ((event.number & ~known_flags) != 0) {
    REPRISE_MARK("replay/flags_of_a_newer_build");
    error_ = Error(Code::newer_format,
                   "the run was started by a newer build, with behaviour that this one does not "
                   "have; use that build or a newer one");
    return;
  }
  key_ = {std::string(event.space), std::string(event.id)};
  seed_ = event.seed;
  Payload input = payload_of(event);
  if (error_) return;
  auto frame = entry_.make(execution_, std::move(input));
  if (!frame) {
    error_ = std::move(frame).error();
    return;
  }
  frame_ = std::move(*frame);
  start_ = true;
}

void CoroutineDecider::on_answer(const Event& event) {
  if (event.failed) return complete(event.op, event.owned_failure());
  Payload payload = payload_of(event);
  if (!error_) complete(event.op, std::move(payload));
}

void CoroutineDecider::complete(OpId op, Outcome outcome) {
  if (op == 0 || op > ops_.last()) {
    REPRISE_MARK("replay/answer_to_nothing");
    error_ = Error(Code::corrupt,
                   "an answer to operation " + std::to_string(op) + ", which was never opened");
    return;
  }
  Op* found = ops_.find(op);
  // Late answers to operations that were dropped or cancelled change nothing.
  if (found == nullptr || found->state != Op::State::open) {
    REPRISE_MARK("replay/answer_too_late");
    return;
  }
  if (found->detached) {  // Nobody will take it.
    REPRISE_MARK("replay/answer_nobody_takes");
    return ops_.retire(op);
  }
  found->state = Op::State::complete;
  found->outcome = std::move(outcome);
  found->body.reset();
}

void CoroutineDecider::set_running(OpId op, bool running) {
  if (Op* found = ops_.find(op)) found->running = running;
}

void CoroutineDecider::on_signal(const Event& event) {
  Payload payload = payload_of(event);
  if (error_) return;
  const auto op = signals_.receive(std::string(cursor_.text(event.name)), payload);
  if (op) complete(*op, std::move(payload));
}

void CoroutineDecider::run_code() {
  if (stopped()) return;
  if (start_) {
    start_ = false;
    const CodeScope code(true);
    frame_->start();
    return;
  }
  if (!handle_) return;
  if (!satisfied(waiting_, mode_, complete_to_)) {
    show_cancel(waiting_);
    if (!satisfied(waiting_, mode_, complete_to_)) return;
  }
  const CodeScope code(true);
  std::exchange(handle_, nullptr).resume();
}

bool CoroutineDecider::satisfied(Ops ops, WaitFor mode, std::size_t& complete_to) const noexcept {
  if (mode == WaitFor::any) {
    return std::any_of(ops.begin(), ops.end(), [this](OpId op) { return complete(op); });
  }
  while (complete_to < ops.size() && complete(ops[complete_to])) ++complete_to;
  return complete_to == ops.size();
}

/// A requested cancel, where no shield holds it off, ends what is awaited; but a body that runs is
/// waited for: what it records is what the code sees.
void CoroutineDecider::show_cancel(Ops ops) {
  if (!cancel_ || shield_ > 0) return;
  for (const OpId id : ops) {
    Op* op = ops_.find(id);
    if (op == nullptr || op->state != Op::State::open) continue;
    if (op->kind == detail::CommandKind::schedule_step && op->running) {
      REPRISE_MARK("replay/cancel_waits_for_a_body");
      continue;
    }
    Command command;
    command.kind = detail::CommandKind::cancel_operation;
    command.op = id;
    command.site = op->site;
    signals_.cancel(id);
    complete(id, Failure{static_cast<std::uint16_t>(Code::operation_cancelled), "",
                         "the workflow was cancelled", false});
    record(std::move(command));
  }
}

}  // namespace reprise::replay
