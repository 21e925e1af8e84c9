// What workflow code asks of the engine, as plain data. The words between api and replay.
//
// Invariants:
// - A command is data: a decider in another process could have made it. A step's body is not data
//   and travels beside it (StepBody).
// - `op` is dense from 1 in the order commands that open an operation are issued.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <reprise/ids.h>
#include <reprise/payload.h>
#include <reprise/step.h>

namespace reprise::detail {

/// Numbers are on disk (command hash); gaps are for later kinds, none is reused.
enum class CommandKind : std::uint8_t {
  schedule_step = 10,
  start_timer = 20,
  await_signal = 30,
  start_child = 40,
  send_signal = 50,
  cancel_operation = 60,
  choose_version = 70,
  complete_workflow = 80,
  fail_workflow = 81,
  cancel_workflow = 82,
};

/// What becomes of a child when its parent closes. Numbers are on disk.
enum class ParentClose : std::uint8_t { cancel = 0, terminate = 1, abandon = 2 };

/// Source line that issued a command. `file` is a string literal's lifetime (program).
struct Site {
  const char* file = "";
  std::uint32_t line = 0;
};

/// A watched value as it was when a command was issued: hashes, as they are on disk.
struct WatchHash {
  std::uint32_t name = 0;
  std::uint32_t value = 0;
  bool operator==(const WatchHash&) const = default;
};

/// The same for those who tell of it.
struct Watched {
  WatchHash hash;
  std::string name;
  std::string text;  ///< The value in short, where somebody may read it; else empty.
};

/// One command. Which fields count depends on `kind`; the rest keep their defaults.
struct Command {
  CommandKind kind = CommandKind::schedule_step;
  OpId op = 0;       ///< Operation it opens; for cancel_operation the one it cancels.
  std::string name;  ///< Step, signal, workflow (child) or change (version).
  Site site;
  std::uint64_t args_hash = 0;  ///< Of the explicit arguments before any codec; 0 = none to hash.
  Payload payload;              ///< Child input, signal body, workflow result.
  Failure failure;              ///< fail_workflow.
  StepOptions step;             ///< schedule_step.
  Nanos due = 0;                ///< start_timer: when, or how long after it is recorded.
  bool due_after = false;       ///< Of `due`: the latter.
  InstanceKey target;           ///< start_child, send_signal.
  std::string signal_id;        ///< send_signal: the id that deduplicates it.
  ParentClose on_parent_close = ParentClose::cancel;
  bool detached = false;       ///< start_child: nobody awaits its result.
  bool shielded = false;       ///< Issued inside a shield; set by the driver.
  std::int32_t version = 0;    ///< choose_version.
  std::uint64_t draws = 0;     ///< Random draws made before this command; matched at replay.
  std::vector<Watched> state;  ///< What is watched, in the order of its scopes; decides nothing.
};

/// How an operation, or a workflow, ended.
using Outcome = std::variant<Payload, Failure>;

/// A step's body: function, arguments and result slot, outside any frame unless it borrows one.
/// Shared by the driver and whoever runs it; `run` is called by one thread at a time.
class StepBody {
 public:
  virtual ~StepBody() = default;
  /// Runs the user's function and encodes what it returned or threw. Never throws.
  virtual Outcome run(StepContext& context) noexcept = 0;
  /// True if it refers to the workflow's frame ([&]): the frame must outlive the call.
  [[nodiscard]] virtual bool borrows_frame() const noexcept = 0;
  /// True if the user's function asks for its StepContext; else an empty one will do.
  [[nodiscard]] virtual bool takes_context() const noexcept { return true; }
};

}  // namespace reprise::detail
