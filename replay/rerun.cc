#include "replay/rerun.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "replay/watches.h"

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

/// What can't be compared, since it is watched on one side only. Told once a run.
class WatchNotes {
 public:
  void take(std::vector<Note>& notes, Seq seq, const detail::Command& command, const Event& event) {
    if (same_state(command.state, event.state)) return;
    const auto compared = compare_state(command.state, event.state);
    const auto add = [&](std::string text) {
      if (told_.insert(text).second) {
        notes.push_back({seq, std::move(text), site_text(command.site)});
      }
    };
    for (const auto& name : compared.added) {
      add(fmt::format("\"{}\" is watched now, and was not when this was recorded", name));
    }
    if (compared.removed != 0) {
      add("what was watched when this was recorded is not now, or can't be encoded any more");
    }
  }

 private:
  std::set<std::string> told_;
};

/// A command that differs behind state that does: most likely for the same reason.
std::optional<Note> differs_later(const Decider& decider) {
  const auto& mismatch = decider.mismatch();
  if (!decider.state_difference() || !mismatch) return std::nullopt;
  return Note{mismatch->seq,
              fmt::format("its commands differ from here on: {}, {} was issued", mismatch->field,
                          mismatch->issued),
              mismatch->issued_site};
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
  const auto take = [notes = rerun.notes_.get(), watches = WatchNotes()](
                        Seq seq, const detail::Command& command, const Event& event) mutable {
    take_notes(*notes, seq, command, event);
    watches.take(*notes, seq, command, event);
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
  if (auto note = differs_later(*rerun.decider_)) rerun.notes_->push_back(*std::move(note));
  return rerun;
}

}  // namespace reprise::replay
