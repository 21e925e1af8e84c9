#include "tools/cli/answers.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace reprise::cli {
namespace {

using replay::Event;
using replay::EventKind;

bool opens(const Event& event) {
  switch (event.kind) {
    case EventKind::step_scheduled: return event.attempt <= 1;
    case EventKind::timer_started:
    case EventKind::child_scheduled:
    case EventKind::signal_sent: return true;
    default: return false;
  }
}

bool comes_from_outside(EventKind kind) {
  return kind == EventKind::signal_received || kind == EventKind::cancel_requested ||
         kind == EventKind::workflow_terminated;
}

/// Payload or failure, plain.
Result<detail::Outcome> outcome_of(const Event& event, const replay::Unpack& unpack) {
  if (event.failed || event.failure_code != 0) return detail::Outcome(event.owned_failure());
  if (!event.packed) return detail::Outcome(event.owned_payload());
  auto plain = unpack(event);
  if (!plain) return std::move(plain).error();
  return detail::Outcome(Payload{event.encoding, std::move(*plain)});
}

}  // namespace

Nanos later(Nanos time, Nanos by) noexcept {
  Nanos sum = 0;
  return __builtin_add_overflow(time, by, &sum) ? std::numeric_limits<Nanos>::max() : sum;
}

Nanos since(Nanos from, Nanos time) noexcept {
  if (time <= from) return 0;
  Nanos difference = 0;
  return __builtin_sub_overflow(time, from, &difference) ? std::numeric_limits<Nanos>::max()
                                                         : difference;
}

std::string text_of(std::string_view space, std::string_view id) {
  return space.empty() ? std::string(id) : std::string(space).append("/").append(id);
}

void Answers::open(const Event& event, const replay::Names& names, bool behind) {
  RecordedOp& op = ops_[event.op];
  op = {};
  op.kind = event.kind;
  op.op = event.op;
  op.name = names.text(event.name);
  op.target = text_of(event.space, event.id);
  op.hash = event.hash;
  op.kept = !behind;
  op.issued_after = since(came_, event.time);
  op.last = event.time;
}

Result<void> Answers::take(Seq seq, const Event& event, const replay::Names& names, bool behind,
                           const replay::Unpack& unpack) {
  if (opens(event)) {
    open(event, names, behind);
    return {};
  }
  if (!replay::is_command_event(event)) came_ = event.time;
  if (comes_from_outside(event.kind) && behind) {
    Arrival arrival{
        seq, event.time, event.kind,   std::string(names.text(event.name)), std::string(event.text),
        {},  event.peer, event.peer_op};
    auto outcome = outcome_of(event, unpack);
    if (!outcome) return std::move(outcome).error();
    if (auto* payload = std::get_if<Payload>(&*outcome)) arrival.payload = std::move(*payload);
    arrivals_.push_back(std::move(arrival));
    return {};
  }
  const auto found = ops_.find(event.op);
  const bool answers = event.kind != EventKind::workflow_paused && !is_command_event(event);
  if (found == ops_.end() || event.op == 0) return {};
  RecordedOp& op = found->second;
  if (!answers) {
    if (event.kind == EventKind::operation_cancelled) op.silent_until = event.time;
    return {};
  }
  if (behind) {
    auto outcome = outcome_of(event, unpack);
    if (!outcome) return std::move(outcome).error();
    const Nanos before = op.kept && op.answers.empty() ? std::max(op.last, kept_) : op.last;
    op.answers.push_back({seq, event.kind, since(before, event.time), std::move(*outcome),
                          since(event.time, event.due), event.peer});
  }
  op.last = event.time;
  return {};
}

Result<Answers> Answers::read(const runtime::Recorded& recorded, Seq at) {
  Answers answers;
  for (Seq seq = 1; seq <= recorded.events.last(); ++seq) {
    auto event = replay::decode(recorded.events.at(seq));
    if (!event) return std::move(event).error();
    if (seq < at) answers.kept_ = std::max(answers.kept_, event->time);
    auto taken = answers.take(seq, *event, *recorded.names, seq >= at, recorded.unpack);
    if (!taken) return std::move(taken).error();
    if (seq < at) answers.told_ = answers.came_;
  }
  for (auto& [id, op] : answers.ops_) {
    if (op.silent_until == 0) op.silent_until = recorded.state.time;
    if (op.kept) continue;
    answers.alike_[{op.kind, op.name, op.hash, ""}].push_back(id);
    if (!op.target.empty()) answers.alike_[{op.kind, op.name, op.hash, op.target}].push_back(id);
  }
  return answers;
}

RecordedOp* Answers::kept(OpId op) {
  const auto found = ops_.find(op);
  if (found == ops_.end() || !found->second.kept) return nullptr;
  found->second.used = true;
  return &found->second;
}

RecordedOp* Answers::first_of(EventKind kind, std::string_view name, std::uint64_t hash,
                              std::string_view target) {
  const auto alike = alike_.find({kind, std::string(name), hash, std::string(target)});
  if (alike == alike_.end()) return nullptr;
  while (!alike->second.empty()) {
    RecordedOp& op = ops_.at(alike->second.front());
    if (!op.used) return &op;
    alike->second.pop_front();
  }
  return nullptr;
}

RecordedOp* Answers::match(const detail::Command& command) {
  const auto kind = replay::event_kind(command.kind);
  const auto by_number = ops_.find(command.op);
  RecordedOp* found = nullptr;
  if (by_number != ops_.end()) {
    RecordedOp& op = by_number->second;
    if (!op.used && !op.kept && op.kind == kind && op.name == command.name) found = &op;
  }
  if (found == nullptr) {
    found = first_of(kind, command.name, command.args_hash,
                     text_of(command.target.space, command.target.id));
  }
  if (found == nullptr) found = first_of(kind, command.name, command.args_hash, {});
  if (found != nullptr) found->used = true;
  return found;
}

}  // namespace reprise::cli
