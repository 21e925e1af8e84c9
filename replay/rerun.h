// A recorded run's code, run again against its history: as far as an event, or to the end.
//
// No body starts, no message leaves, no clock is read: what the code hears is what was recorded.
//
// Invariants:
// - It is told all at once, as far as it goes: code that is stopped amid an activation takes what
// is
//   hidden from it for the end, and might go on otherwise than its history. To go elsewhere, begin
//   anew.
// - Code that disagrees with its history stops there, and what came before stands.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/registry.h>
#include <reprise/result.h>

#include "replay/decider.h"

namespace reprise::replay {

/// What is run again. Views: whoever made it keeps what they name for as long as it runs.
struct Recording {
  RunId run;
  std::string_view workflow;
  std::span<const HistoryEvent> events;  ///< All, from event 1 on.
  const Names* names = nullptr;          ///< Of the events.
  Unpack unpack;                         ///< Of payloads that are packed; none if none is.
};

/// What differs and decides nothing, or what no comparison can see.
struct Note {
  Seq seq = 0;
  std::string text;  ///< A sentence for a person.
  std::string site;  ///< "file:line" of the code as it is now.
};

class Rerun {
 public:
  /// Before an event is taken.
  struct Place {
    Seq next = 0;                             ///< That event.
    const detail::Command* issued = nullptr;  ///< By the code, for it; null: nothing.
    Decider& code;                            ///< May be asked queries.
  };
  /// Called on the stack of the code, amid an activation: it goes on when this returns. Must not
  /// throw, since the code would catch it.
  using Before = std::function<void(const Place&)>;

  /// Runs the code as it was told everything up to event `until`, or the last one; `workflows`
  /// outlives it. Errors: unregistered. What else goes wrong is its error().
  static Result<Rerun> run(const Registry& workflows, const Recording& recording, Seq until,
                           const Before& before = {});

  /// The last event that the code was told of, or has issued again.
  [[nodiscard]] Seq at() const noexcept { return decider_->fed(); }
  /// The first one. Behind one whose field is "state" the code went on.
  [[nodiscard]] const std::optional<Mismatch>& mismatch() const noexcept {
    const auto& state = decider_->state_difference();
    return state ? state : decider_->mismatch();
  }
  /// Why it ended early: corrupt, unknown_kind, undecodable, newer_format, or of unpacking.
  [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }
  /// Of the events so far, in their order.
  [[nodiscard]] const std::vector<Note>& notes() const noexcept { return *notes_; }

  /// To be asked queries. Lives as long as this.
  [[nodiscard]] Decider& code() noexcept { return *decider_; }

  /// What the code has issued beyond the last event it was told of. Empty once a command differs.
  /// Asked once.
  [[nodiscard]] std::vector<detail::Command> ahead() { return decider_->take_commands(); }

 private:
  Rerun() = default;

  std::optional<Error> error_;
  std::unique_ptr<std::vector<Note>> notes_ = std::make_unique<std::vector<Note>>();
  std::unique_ptr<Decider> decider_;
};

}  // namespace reprise::replay
