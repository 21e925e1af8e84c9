// What was recorded behind a fork: what came from outside, and how each operation was answered.
//
// Invariants:
// - An operation of the fork is matched with a recorded one once: by its number and name, else with
//   the first of the same name and arguments that is left.
// - Waits are as recorded: an answer comes as long after what it answers as it did.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <reprise/detail/command.h>
#include <reprise/result.h>

#include "replay/event.h"
#include "replay/names.h"
#include "runtime/reader.h"

namespace reprise::cli {

/// These two stop at the ends of time: times may come from a file.
[[nodiscard]] Nanos later(Nanos time, Nanos by) noexcept;
/// 0 if it is not later.
[[nodiscard]] Nanos since(Nanos from, Nanos time) noexcept;

/// One event of an operation behind the one that opened it.
struct Answer {
  Seq seq = 0;
  replay::EventKind kind = replay::EventKind::step_completed;
  Nanos after = 0;  ///< Since the operation's event before, or the fork.
  detail::Outcome outcome;
  Nanos retry_after = 0;  ///< step_attempt_failed: from then to its `due`.
  RunId peer;
};

/// One operation of the recorded history.
struct RecordedOp {
  replay::EventKind kind = replay::EventKind::step_scheduled;  ///< Of the event that opened it.
  OpId op = 0;
  std::string name;
  std::string target;  ///< A child's id, a signal's receiver.
  std::uint64_t hash = 0;
  bool kept = false;  ///< It was opened before the fork.
  bool used = false;
  Nanos issued_after = 0;      ///< Since what came last before it.
  Nanos last = 0;              ///< Time of its last event.
  Nanos silent_until = 0;      ///< Up to then no more came than its answers.
  std::deque<Answer> answers;  ///< Behind the fork, in order.
};

/// Something from outside: a signal, a cancel, a terminate.
struct Arrival {
  Seq seq = 0;
  Nanos time = 0;
  replay::EventKind kind = replay::EventKind::signal_received;
  std::string name;
  std::string text;  ///< Reason, or a signal's id.
  Payload payload;
  RunId peer;
  OpId peer_op = 0;
};

class Answers {
 public:
  /// Reads the whole history; what is told is what came from event `at` on. Errors: corrupt,
  /// unknown_kind, and of unpacking.
  static Result<Answers> read(const runtime::Recorded& recorded, Seq at);

  /// When the code was last told something before the fork.
  [[nodiscard]] Nanos told() const noexcept { return told_; }
  /// In the order they came.
  [[nodiscard]] std::vector<Arrival>& arrivals() noexcept { return arrivals_; }
  /// The recorded operation of one that was opened before the fork; null if it was not.
  [[nodiscard]] RecordedOp* kept(OpId op);
  /// The one that `command` is taken for; null if there is none left.
  [[nodiscard]] RecordedOp* match(const detail::Command& command);

 private:
  Result<void> take(Seq seq, const replay::Event& event, const replay::Names& names, bool behind,
                    const replay::Unpack& unpack);
  void open(const replay::Event& event, const replay::Names& names, bool behind);

  /// The first that is left of those with the same kind, name, arguments and, if it is given,
  /// target.
  RecordedOp* first_of(replay::EventKind kind, std::string_view name, std::uint64_t hash,
                       std::string_view target);

  using Alike = std::tuple<replay::EventKind, std::string, std::uint64_t, std::string>;
  std::map<OpId, RecordedOp> ops_;
  std::map<Alike, std::deque<OpId>> alike_;  ///< Behind the fork; with and without their target.
  std::vector<Arrival> arrivals_;
  Nanos came_ = 0;  ///< Time of the last event that no code issued.
  Nanos told_ = 0;  ///< The same, before the fork.
  Nanos kept_ = 0;  ///< Time of the last event before the fork.
};

/// "space/id", or the id alone in the default namespace.
std::string text_of(std::string_view space, std::string_view id);

}  // namespace reprise::cli
