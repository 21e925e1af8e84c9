// The half of the coroutine decider that workflow code calls: detail::Driver.
#include <algorithm>

#include "replay/code_scope.h"
#include "replay/coroutine_decider.h"
#include "replay/mismatch.h"

namespace reprise::replay {

using detail::Command;
using detail::CommandKind;
using detail::Outcome;
using detail::WaitFor;

OpId CoroutineDecider::issue(Command&& command, std::shared_ptr<detail::StepBody> body) {
  const OpId id = ops_.add(command.kind, command.site);
  command.op = id;
  if (stopped() || finished_) return id;
  Op& op = *ops_.find(id);
  if (cancel_ && shield_ == 0) {
    // Nothing new begins after a cancel: complete at once, and not in history.
    op.state = Op::State::complete;
    op.outcome = Failure{static_cast<std::uint16_t>(Code::operation_cancelled), "",
                         "the workflow was cancelled", false};
    return id;
  }
  op.body = std::move(body);
  op.detached = command.detached;
  command.shielded = shield_ > 0;
  if (command.kind == CommandKind::await_signal) {
    if (auto signal = signals_.await(command.name, id)) {
      op.state = Op::State::complete;
      op.outcome = *std::move(signal);
    }
  }
  record(std::move(command));
  return id;
}

bool CoroutineDecider::ready(Ops ops, WaitFor mode) {
  if (stopped()) return false;
  std::size_t complete_to = 0;
  while (!satisfied(ops, mode, complete_to)) {
    show_cancel(ops);
    if (satisfied(ops, mode, complete_to)) break;
    if (!advance()) return false;
  }
  return !stopped();
}

void CoroutineDecider::park(Ops ops, WaitFor mode, std::coroutine_handle<> handle) {
  waiting_ = ops;
  complete_to_ = 0;
  mode_ = mode;
  handle_ = handle;
}

bool CoroutineDecider::complete(OpId op) const noexcept {
  const Op* found = ops_.find(op);
  // One that was retired was complete, or nobody may ask for it.
  return found == nullptr || found->state != Op::State::open;
}

Outcome CoroutineDecider::take(OpId op) {
  Op* found = ops_.find(op);
  if (found == nullptr || found->state != Op::State::complete) {
    // The caller has checked; still no engine check may throw through workflow code.
    return Failure{static_cast<std::uint16_t>(Code::invalid_argument), "",
                   "the operation's outcome was taken before", false};
  }
  Outcome outcome = std::move(found->outcome);
  ops_.retire(op);
  return outcome;
}

void CoroutineDecider::drop(OpId op, detail::Site site) noexcept {
  Op* found = ops_.find(op);
  if (found == nullptr) return;
  const bool open = found->state == Op::State::open;
  const auto kind = found->kind;
  const bool goes_on = kind == CommandKind::send_signal || found->detached;
  ops_.retire(op);
  if (!open || goes_on || stopped() || finished_) return;
  if (kind == CommandKind::await_signal) signals_.cancel(op);
  Command command;
  command.kind = CommandKind::cancel_operation;
  command.op = op;
  command.site = site;
  record(std::move(command));
}

void CoroutineDecider::finish(Outcome outcome) noexcept {
  if (stopped() || finished_) return;
  Command command;
  if (auto* value = std::get_if<Payload>(&outcome)) {
    command.kind = CommandKind::complete_workflow;
    command.payload = std::move(*value);
  } else {
    command.failure = std::get<Failure>(std::move(outcome));
    const bool cancelled =
        command.failure.code == static_cast<std::uint16_t>(Code::workflow_cancelled);
    command.kind = cancelled ? CommandKind::cancel_workflow : CommandKind::fail_workflow;
  }
  record(std::move(command));
  finished_ = true;
}

std::uint64_t CoroutineDecider::draw() noexcept {
  // SplitMix64: the nth output depends on seed and n alone.
  std::uint64_t z = seed_ + ++draws_ * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::int32_t CoroutineDecider::version(std::string_view change, std::int32_t min, std::int32_t max,
                                       detail::Site site) {
  if (stopped()) return min;
  if (const auto it = versions_.find(change); it != versions_.end()) return it->second;
  Command command;
  command.kind = CommandKind::choose_version;
  command.name = change;
  command.site = site;
  command.version = max;
  match_queue();
  std::int32_t chosen = max;
  if (!stopped() && !cursor_.at_end() && look() &&
      cursor_.event().kind == EventKind::activation_cut) {
    chosen = version_after_cut(change, min, max, std::move(command));
  } else if (!stopped() && !cursor_.at_end() && look()) {
    const Event& event = cursor_.event();
    if (event.kind == EventKind::version_chosen && cursor_.text(event.name) == change) {
      chosen = event.version;
      // A version this code no longer knows is left as it is asked for, and so does not match.
      if (chosen >= min && chosen <= max) command.version = chosen;
      record(std::move(command));
    } else {
      chosen = min;  // The run passed here before there was this change.
    }
  } else if (!stopped()) {
    record(std::move(command));
  }
  if (stopped()) return min;
  versions_.emplace(change, chosen);
  return chosen;
}

/// The activation was cut off here, and its commands are recorded after what arrived meanwhile: the
/// gate's place is behind the commands that wait already.
std::int32_t CoroutineDecider::version_after_cut(std::string_view change, std::int32_t min,
                                                 std::int32_t max, Command&& command) {
  std::size_t before = queue_.size();
  Event event;
  for (std::size_t by = 1; by < cursor_.left(); ++by) {
    if (auto result = decode(cursor_.bytes_ahead(by), event); !result) {
      error_ = std::move(result).error();
      return min;
    }
    if (!is_command_event(event)) continue;
    if (before-- > 0) continue;
    const bool here = event.kind == EventKind::version_chosen && cursor_.text(event.name) == change;
    if (!here) return min;
    if (event.version >= min && event.version <= max) command.version = event.version;
    break;
  }
  const auto chosen = command.version;
  record(std::move(command));
  return chosen;
}

void CoroutineDecider::undecodable(OpId op, const Error& error) noexcept {
  if (stopped()) return;
  error_ = Error(Code::undecodable,
                 "operation " + std::to_string(op) + " of a history: " + error.message());
}

/// At a cut the code goes on where nothing of it was recorded, unless its commands follow.
bool CoroutineDecider::replaying() const noexcept {
  Event event;
  for (std::size_t by = 0; by < cursor_.left(); ++by) {
    if (!decode(cursor_.bytes_ahead(by), event) || is_command_event(event)) return true;
    if (by == 0 && event.kind != EventKind::activation_cut) return true;
  }
  return false;
}

std::string_view CoroutineDecider::workflow_name(const void* function) const noexcept {
  const auto* entry = workflows_.find(function);
  return entry == nullptr ? std::string_view{} : std::string_view(entry->name);
}

void CoroutineDecider::log(LogLevel level, std::string_view line, detail::Site site) noexcept {
  if (!log_ || stopped()) return;
  const CodeScope host(false);
  try {
    log_(level, line, site);
  } catch (...) {  // NOLINT: a line lost is better than a workflow changed by its logger.
  }
}

}  // namespace reprise::replay
