#include "replay/ledger.h"

#include <reprise/error.h>

namespace reprise::replay {
namespace {

/// `number` of an answer that no body gave: it had failed, or handed over, before.
constexpr std::uint64_t no_body_was_open = 1;

void take_answer(Effect& effect, const Event& event) {
  if (event.number == no_body_was_open || effect.unknown == 0) return;
  const auto code = static_cast<Code>(event.failure_code);
  if (event.failure_code == 0) {
    --effect.unknown;
    ++effect.returned;
  } else if (code == Code::shutting_down) {
    --effect.unknown;  // It was never started.
  } else if (code != Code::timed_out && code != Code::body_hung &&
             code != Code::operation_cancelled) {
    --effect.unknown;
    ++effect.threw;
  }  // Else history went on without it.
}

}  // namespace

void Ledger::add(const Event& event, const Names& names) {
  switch (event.kind) {
    case EventKind::step_scheduled: {
      Effect& effect = effects_[event.op];
      if (event.attempt <= 1) {
        effect.name = names.text(event.name);
        effect.site = names.text(event.site);
        effect.pure = event.step.pure;
      }
      ++effect.unknown;
      return;
    }
    case EventKind::step_completed:
    case EventKind::step_attempt_failed: return take_answer(effects_[event.op], event);
    case EventKind::step_handed_over: {
      Effect& effect = effects_[event.op];
      if (effect.unknown == 0) return;
      --effect.unknown;
      ++effect.returned;
      return;
    }
    default: return;
  }
}

}  // namespace reprise::replay
