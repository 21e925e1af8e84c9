// The seam between replay and runtime: turns events into commands. Knows nothing of coroutines.
//
// A decider is fed a run's history and then each new event; it answers with commands. The C++
// coroutine decider is the first; an interpreter of declarative flows and a worker in another
// process fit the same seam.
//
// Invariants:
// - Pure: the same events give the same commands. No clock, thread, file, random or logger.
// - Commands taken are taken as recorded, in that order, right after the event last fed.
// - After a mismatch nothing is issued; what was recorded stands.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/detail/command.h>
#include <reprise/registry.h>

#include "replay/event.h"
#include "replay/names.h"

namespace reprise::replay {

/// A value that was watched when a command was recorded, and is now (Context::watch).
struct WatchedNow {
  std::string name;
  std::string text;  ///< The value now, in short; "" where nobody reads it.
  bool differs = false;
};

/// Where code and history disagree: for people, and for `describe`.
struct Mismatch {
  Seq seq = 0;           ///< Of the recorded event; one past the end if none is left.
  std::string expected;  ///< What history says, e.g. `step_scheduled "charge" (op 3)`.
  std::string issued;    ///< What the code did.
  /// "kind", "name", "order" (operation id), "arguments", "target", "draws", "version"; "missing"
  /// (recorded, not issued) or "extra" (issued, not recorded); "state" where only what is watched
  /// differs, and with it that is told.
  std::string field;
  std::string expected_site;  ///< "file:line" as recorded.
  std::string issued_site;
  std::vector<WatchedNow> watched;
};

/// A command for a person: `schedule_step "charge" (op 3)`.
[[nodiscard]] std::string describe(const detail::Command& command);
/// Of what is watched: the names of what differs, each in quotes.
[[nodiscard]] std::string differing_names(const Mismatch& mismatch);
/// Several lines for a person: the fields above and what to do.
[[nodiscard]] std::string describe(const Mismatch& mismatch);

/// One event with the bytes it was read from; both valid during the call they are passed to.
struct HistoryEvent {
  Seq seq = 0;
  std::string_view bytes;
  const Event* decoded = nullptr;  ///< What the bytes say, where that is known; else null.
};

/// A question to an instance's code: which handler, and its encoded arguments.
struct Query {
  std::string name;
  Payload args;
};

class Decider {
 public:
  virtual ~Decider() = default;

  /// Feeds the next events, in order without gap, up to the end of what is recorded: the first call
  /// from event 1. Runs the code until it blocks after each. Once the decider is at the end, one
  /// arrival per call: take_commands after it, and record them, before the next one is recorded.
  /// Errors: corrupt, unknown_kind, undecodable (the input, or a recorded payload, is not what the
  /// code takes). After an error the decider is of no more use.
  virtual Result<void> feed(std::span<const HistoryEvent> events, const Names& names) = 0;

  /// Commands issued and not recorded, in order, in place of what is in `commands`, whose memory is
  /// kept for those that come. Empty after a mismatch.
  virtual void take_commands(std::vector<detail::Command>& commands) = 0;
  [[nodiscard]] std::vector<detail::Command> take_commands() {
    std::vector<detail::Command> commands;
    take_commands(commands);
    return commands;
  }

  /// Asks a question: answer() then tells what the code knows. Nothing is decided by it. Asked
  /// before the events that end the code are fed, it is answered as of that end.
  virtual void ask(Query query) = 0;
  /// REQUIRES: ask(), not answered since. Errors: unknown_query, query_failed, undecodable.
  virtual Result<Payload> answer() = 0;

  /// The body of an open step, or null: a body is not data, replaying re-creates it.
  [[nodiscard]] virtual std::shared_ptr<detail::StepBody> body(OpId op) const = 0;

  [[nodiscard]] virtual const std::optional<Mismatch>& mismatch() const noexcept = 0;
  /// The first command whose watched values are not what they were. It is the command recorded, and
  /// what follows goes on: what is watched decides nothing.
  [[nodiscard]] virtual const std::optional<Mismatch>& state_difference() const noexcept = 0;
  /// Seq of the last event fed or, as a command, taken: the next one to feed follows it.
  [[nodiscard]] virtual Seq fed() const noexcept = 0;
};

/// A source line as it is interned: "file:line", "" if there is none.
[[nodiscard]] std::string site_text(const detail::Site& site);

/// Lines from workflow code, not called while replaying.
using LogSink = std::function<void(LogLevel level, std::string_view line, detail::Site site)>;

/// The plain bytes of a packed payload. Errors: corrupt, io_error: the feed ends with them.
using Unpack = std::function<Result<std::string>(const Event&)>;

/// A command that was found to be the recorded one, and its event: for whoever compares what
/// decides nothing.
using Matched = std::function<void(Seq, const detail::Command&, const Event&)>;

/// Called before a recorded event is taken, on the stack of the code that takes it, with what the
/// code has issued: null for an arrival, and where the code issued nothing. For a debugger. Must
/// not throw: the code would catch it.
using Taking = std::function<void(Seq, const detail::Command*)>;

/// Replays the C++ coroutine `entry` from event 1. `workflows` (names of children) and `entry` must
/// outlive the decider. It is used on one thread at a time.
std::unique_ptr<Decider> make_coroutine_decider(const Registry& workflows,
                                                const detail::WorkflowEntry& entry, RunId run,
                                                LogSink log = {}, Unpack unpack = {},
                                                Matched matched = {}, Taking taking = {});

}  // namespace reprise::replay
