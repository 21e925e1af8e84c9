#include "replay/ledger.h"

#include <reprise/error.h>

namespace reprise::replay {
namespace {

/// `number` of an answer that no body gave: it had failed, or handed over, before.
constexpr std::uint64_t no_body_was_open = 1;

void take_answer(Effect& effect, const Event& event, bool on_token) {
  if (event.number == no_body_was_open || effect.unknown == 0) return;
  const auto code = static_cast<Code>(event.failure_code);
  if (event.failed && code == Code::shutting_down) {
    --effect.unknown;  // It was never started.
  } else if (on_token) {
    // Whoever had the token was faster than the body's return, if that ever came.
  } else if (!event.failed) {
    --effect.unknown;
    ++effect.returned;
  } else if (code != Code::timed_out && code != Code::body_hung &&
             code != Code::operation_cancelled) {
    --effect.unknown;
    ++effect.threw;
  }  // Else history went on without it.
}

}  // namespace

void Ledger::add(const Event& event, const Names& names) {
  if (event.kind == EventKind::step_scheduled) {
    auto& [effect, on_token] = steps_[event.op];
    if (event.attempt <= 1) {
      effect.name = names.text(event.name);
      effect.site = names.text(event.site);
      effect.pure = event.step.pure;
      on_token = event.step.runs_on == RunsOn::token;
    }
    ++effect.unknown;
    return;
  }
  const auto found = steps_.find(event.op);
  if (found == steps_.end()) return;
  auto& [effect, on_token] = found->second;
  if (event.kind == EventKind::step_completed || event.kind == EventKind::step_attempt_failed) {
    take_answer(effect, event, on_token);
  } else if (event.kind == EventKind::step_handed_over && effect.unknown != 0) {
    --effect.unknown;
    ++effect.returned;
  }
}

std::map<OpId, Effect> Ledger::effects() const {
  std::map<OpId, Effect> all;
  for (const auto& [op, step] : steps_) all.emplace(op, step.effect);
  return all;
}

}  // namespace reprise::replay
