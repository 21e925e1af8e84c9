#include "runtime/explaining.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/telling.h"

namespace reprise::runtime {
namespace {

constexpr std::size_t woken_kept = 3;

std::string step_needs(const replay::OpenOp& open) {
  if (open.handed_over) return "Engine::complete or fail, with its token";
  if (open.running) {
    return fmt::format(
        "the body of attempt {} to return; if its process has died, the next engine tries again, "
        "or pauses it",
        open.attempt);
  }
  return fmt::format("the time of attempt {}", open.attempt + 1);
}

std::string text_of(const replay::OpenOp& open) {
  switch (open.kind) {
    case replay::OpKind::step: return step_needs(open);
    case replay::OpKind::timer: return "its time to come";
    case replay::OpKind::signal: return "a signal of that name";
    case replay::OpKind::child:
      return open.child.value == 0 ? fmt::format("instance \"{}\" to be started", open.target.id)
                                   : fmt::format("instance \"{}\" to end", open.target.id);
    case replay::OpKind::send: return fmt::format("instance \"{}\" to take it in", open.target.id);
  }
  return {};
}

std::string first_of(const InstanceInfo& info, const replay::InstanceState& state) {
  if (info.closed != 0) return {};
  std::string first = info.paused.empty() ? "" : info.detail;
  const auto add = [&](std::string_view sentence) {
    first += fmt::format("{}{}", first.empty() ? "" : "; ", sentence);
  };
  if (state.cancel_requested) add("a cancel was requested, and its code has not ended yet");
  // Behind a cut its code may have run, and had nothing to say.
  if (info.paused.empty() && (state.more || state.cut || !state.code_started)) {
    add("its code may have something to go on with: it runs when an engine opens the store");
  }
  return first;
}

}  // namespace

bool wakes(const replay::Event& event) {
  using replay::EventKind;
  switch (event.kind) {
    case EventKind::workflow_started:
    case EventKind::workflow_resumed:
    case EventKind::cancel_requested:
    case EventKind::step_completed:
    case EventKind::timer_fired:
    case EventKind::signal_received:
    case EventKind::child_started:
    case EventKind::child_start_failed:
    case EventKind::child_completed:
    case EventKind::signal_delivered: return true;
    default: return false;
  }
}

Result<Explanation> explain(InstanceInfo info, const replay::InstanceState& state,
                            const HistoryBuffer& events, const replay::Names& names) {
  Explanation told;
  told.first = first_of(info, state);
  for (const WaitInfo& wait : info.waits) {
    const auto open = state.open.find(wait.op);
    if (open == state.open.end()) continue;
    Need need{wait, text_of(open->second), std::nullopt};
    const auto& [op, operation] = *open;
    if (operation.kind == replay::OpKind::step && operation.step.attempts != 0) {
      need.failures_left =
          operation.step.attempts - std::min(operation.failures, operation.step.attempts);
    }
    told.needs.push_back(std::move(need));
  }
  told.info = std::move(info);
  replay::Ledger ledger;
  std::map<OpId, std::uint32_t> operations;
  for (Seq seq = 1; seq <= events.last(); ++seq) {
    auto event = replay::decode(events.at(seq));
    if (!event) return std::move(event).error();
    ledger.add(*event, names);
    if (event->op != 0 && event->name != 0) operations[event->op] = event->name;
    if (!wakes(*event)) continue;
    told.woken.push_back(tell(seq, *event, names));
    // An answer names its operation by number alone.
    const auto operation = operations.find(event->op);
    if (event->name == 0 && operation != operations.end()) {
      told.woken.back().name = names.text(operation->second);
    }
    if (told.woken.size() > woken_kept) told.woken.erase(told.woken.begin());
  }
  told.effects = ledger.effects();
  return told;
}

}  // namespace reprise::runtime
