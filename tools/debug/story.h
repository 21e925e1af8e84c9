// What is recorded of a run, as it was before any of its events: from the history alone, no code.
//
// Invariants:
// - `before` event n: events 1 to n − 1 have been; n is 1 to one behind the last.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/options.h>
#include <reprise/result.h>

#include "replay/instance_state.h"
#include "runtime/explaining.h"
#include "runtime/reader.h"

namespace reprise::debug {

/// An event, told whole: an answer by the name of its operation, too.
struct Told {
  EventInfo event;
  std::uint64_t payload_size = 0;  ///< Its payload is left out above cli::payload_max.
  std::string_view operation;      ///< "step", "timer", "signal", "child", "send"; "" of others.
  bool command = false;            ///< The code did it; else it came from outside.
};

class Story {
 public:
  /// `recorded` outlives it. Errors: corrupt, unknown_kind.
  static Result<Story> of(const runtime::Recorded& recorded);

  [[nodiscard]] Seq last() const noexcept { return recorded_->events.last(); }
  [[nodiscard]] const runtime::Recorded& recorded() const noexcept { return *recorded_; }

  /// Event `seq`. REQUIRES: 1 ≤ seq ≤ last(). A payload that can't be unpacked is left out.
  [[nodiscard]] Told tell(Seq seq) const;
  /// The same without its payload: for looking through many.
  [[nodiscard]] Told glance(Seq seq) const;
  /// The event that opened operation `op`; nothing if none did.
  [[nodiscard]] std::optional<Seq> opened(OpId op) const;
  /// Whether its code had something to do for event `seq`.
  [[nodiscard]] bool wakes(Seq seq) const;
  /// The last event before `seq` that did.
  [[nodiscard]] std::optional<Seq> woken_before(Seq seq) const;

  /// What was so before event `next`. Valid until the next call. Costs some thousand events of
  /// folding; more, up to all of them, where very much is open at once.
  const replay::InstanceState& before(Seq next);
  /// Why it does not move there.
  Result<runtime::Explanation> explain(Seq next);

 private:
  explicit Story(const runtime::Recorded& recorded) : recorded_(&recorded) {}

  const runtime::Recorded* recorded_;
  std::vector<Seq> opened_;                   // By operation; 0: none.
  std::vector<bool> wakes_;                   // By event.
  std::vector<replay::InstanceState> marks_;  // Every apart_ events, as far as folded and as light.
  std::size_t weight_ = 0;                    // Of marks_.
  replay::InstanceState state_;
  Seq apart_ = 1;
};

}  // namespace reprise::debug
