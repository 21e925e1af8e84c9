#include "replay/rerun.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace reprise::replay {
namespace {

template <class T>
std::string text_of(const T& value) {
  return fmt::format("{}", value);
}
/// In the largest unit that tells it whole.
std::string text_of(std::chrono::nanoseconds time) {
  constexpr Nanos second = 1'000'000'000;
  constexpr Nanos millisecond = 1'000'000;
  const Nanos all = time.count();
  if (all % second == 0) return fmt::format("{}s", all / second);
  if (all % millisecond == 0) return fmt::format("{}ms", all / millisecond);
  return fmt::format("{}ns", all);
}
std::string text_of(RunsOn where) {
  switch (where) {
    case RunsOn::pool: return "pool";
    case RunsOn::shard: return "shard";
    case RunsOn::token: return "token";
  }
  return {};
}

template <class T>
void compare(std::string& differences, std::string_view what, const T& recorded, const T& now) {
  if (recorded == now) return;
  if (!differences.empty()) differences += ", ";
  differences += fmt::format("{} was {} and is {}", what, text_of(recorded), text_of(now));
}

/// Settings that say how a step is tried, not whether.
std::string differing_settings(const StepOptions& recorded, const StepOptions& now) {
  std::string all;
  compare(all, "timeout", recorded.timeout, now.timeout);
  compare(all, "total_timeout", recorded.total_timeout, now.total_timeout);
  compare(all, "attempts", recorded.attempts, now.attempts);
  compare(all, "backoff", recorded.backoff, now.backoff);
  compare(all, "backoff_factor", recorded.backoff_factor, now.backoff_factor);
  compare(all, "backoff_max", recorded.backoff_max, now.backoff_max);
  compare(all, "jitter", recorded.jitter, now.jitter);
  compare(all, "poison_after", recorded.poison_after, now.poison_after);
  compare(all, "runs_on", recorded.runs_on, now.runs_on);
  compare(all, "pure", recorded.pure, now.pure);
  return all;
}

void take_notes(std::vector<Note>& notes, Seq seq, const detail::Command& command,
                const Event& event) {
  if (command.kind != detail::CommandKind::schedule_step) return;
  const auto add = [&](std::string text) {
    notes.push_back({seq, std::move(text), site_text(command.site)});
  };
  const std::string settings = differing_settings(event.step, command.step);
  if (!settings.empty()) add(fmt::format("step \"{}\": {}", command.name, settings));
  if (command.args_hash == 0) {
    add(
        fmt::format("step \"{}\" has no arguments to compare: what it captures, and what it does, "
                    "is not looked at",
                    command.name));
  }
}

}  // namespace

Result<Rerun> Rerun::run(const Registry& workflows, const Recording& recording, Seq until,
                         const Before& before) {
  const detail::WorkflowEntry* entry = workflows.find(recording.workflow);
  if (entry == nullptr) {
    return Error(Code::unregistered,
                 fmt::format("no workflow \"{}\" is registered here: use a program that has it",
                             recording.workflow));
  }
  Rerun rerun;
  const auto take = [notes = rerun.notes_.get()](Seq seq, const detail::Command& command,
                                                 const Event& event) {
    take_notes(*notes, seq, command, event);
  };
  Decider* code = nullptr;
  Taking taking;  // Called by feed() alone, below.
  if (before) {
    taking = [&](Seq next, const detail::Command* issued) { before({next, issued, *code}); };
  }
  rerun.decider_ = make_coroutine_decider(workflows, *entry, recording.run, {}, recording.unpack,
                                          take, std::move(taking));
  code = rerun.decider_.get();
  const auto events = recording.events.first(std::min<Seq>(until, recording.events.size()));
  if (auto fed = rerun.decider_->feed(events, *recording.names); !fed) rerun.error_ = fed.error();
  return rerun;
}

}  // namespace reprise::replay
