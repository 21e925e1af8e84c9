// All that a promise or an awaiter knows of the engine. Implemented by the decider in replay/.
//
// Invariants:
// - A driver belongs to one set of frames (one execution of one run) and is used on one thread at
//   a time, only while it is `current` there.
// - Workflow code is a single chain of coroutines, so an execution waits at one place at a time.
// - No call throws except `current_or_throw` (Error{context_invalid}).
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <reprise/detail/command.h>
#include <reprise/error.h>
#include <reprise/ids.h>
#include <reprise/log.h>

namespace reprise {

namespace detail {

/// When a wait on several operations ends.
enum class WaitFor : std::uint8_t { all, any };

/// Names one execution; what a Context holds. Never reused in a process.
struct ExecutionId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const ExecutionId&) const = default;
};

/// An id no execution of this process had before. Any thread.
[[nodiscard]] ExecutionId new_execution() noexcept;

class QueryBody;
class WatchBody;

class Driver {
 public:
  virtual ~Driver() = default;

  [[nodiscard]] virtual ExecutionId execution() const noexcept = 0;

  /// Issues a command, allotting `command.op` where the kind opens an operation (all but
  /// cancel_operation, choose_version and the three that end the workflow). Returns the op id.
  /// At replay the command is matched with history; a mismatch is remembered, not thrown: from then
  /// on nothing is issued and every wait suspends for ever.
  virtual OpId issue(Command&& command, std::shared_ptr<StepBody> body) = 0;

  /// True if the operations' completions have been delivered (all of them, or any), possibly after
  /// delivering the next recorded events: the caller is the only coroutine that could run.
  virtual bool ready(std::span<const OpId> ops, WaitFor mode) = 0;

  /// Remembers where to go on. `ops` must stay valid until `handle` is resumed or destroyed.
  virtual void park(std::span<const OpId> ops, WaitFor mode, std::coroutine_handle<> handle) = 0;

  /// Whether `op` is complete. Changes only inside ready() and between resumptions.
  [[nodiscard]] virtual bool complete(OpId op) const noexcept = 0;

  /// Takes a completed operation's outcome. REQUIRES: complete(op), not taken before.
  virtual Outcome take(OpId op) = 0;

  /// The handle to `op` is gone unawaited, or it lost an `any`: if still open, a cancel_operation
  /// command is issued, but not for a sent signal, which is on its way. A no-op after finish() and
  /// while frames are being destroyed.
  virtual void drop(OpId op, Site site) noexcept = 0;

  /// The outermost workflow returned or threw. Nothing is issued after it.
  virtual void finish(Outcome outcome) noexcept = 0;

  /// Time of the event being delivered; never goes back within a run.
  [[nodiscard]] virtual Nanos now() const noexcept = 0;
  /// Next 64 bits from the run's seed.
  virtual std::uint64_t draw() noexcept = 0;
  /// True while recorded events are being re-run, so that a logger can be silent.
  [[nodiscard]] virtual bool replaying() const noexcept = 0;
  /// The version of `change` this run follows (the minimal gate of `Context::version`).
  virtual std::int32_t version(std::string_view change, std::int32_t min, std::int32_t max,
                               Site site) = 0;

  /// Cancellation: while the depth is > 0, a requested cancel waits.
  virtual void shield(int change) noexcept = 0;
  [[nodiscard]] virtual bool cancel_requested() const noexcept = 0;

  /// A query handler whose scope begins or ends. It must stay where it is in between.
  virtual void open_query(QueryBody& handler) = 0;
  virtual void close_query(QueryBody& handler) noexcept = 0;

  /// A watch whose scope begins or ends. It must stay where it is in between.
  virtual void open_watch(WatchBody& /*watch*/) {}
  virtual void close_watch(WatchBody& /*watch*/) noexcept {}

  /// A recorded payload does not decode as the type the code asks for. As after a mismatch: from
  /// now on nothing is issued, finish() is ignored and every wait suspends for ever.
  virtual void undecodable(OpId /*op*/, const Error& /*error*/) noexcept {}
  /// The registered name of a workflow function; "" if it is not registered.
  [[nodiscard]] virtual std::string_view workflow_name(const void* /*function*/) const noexcept {
    return {};
  }
  /// One line from workflow code. Not called while replaying.
  virtual void log(LogLevel /*level*/, std::string_view /*line*/, Site /*site*/) noexcept {}

  [[nodiscard]] virtual RunId run() const noexcept = 0;
  [[nodiscard]] virtual const InstanceKey& key() const noexcept = 0;
};

/// The driver whose code runs on this thread, or null.
[[nodiscard]] Driver* current_driver() noexcept;

/// The current driver if it is `execution`, else throws Error{context_invalid}.
[[nodiscard]] Driver& current_or_throw(ExecutionId execution);

/// Makes a driver current on this thread for a scope; restores the previous one. Passing null makes
/// every Context invalid for the scope: used while frames are destroyed.
class DriverScope {
 public:
  explicit DriverScope(Driver* driver) noexcept;
  ~DriverScope();
  DriverScope(const DriverScope&) = delete;
  DriverScope& operator=(const DriverScope&) = delete;

 private:
  Driver* previous_;
};

/// The frames of one execution, type-erased: what Registry makes from a workflow function.
/// Destroying it destroys the frames (make the current driver null first).
class Frame {
 public:
  virtual ~Frame() = default;
  /// First resumption. REQUIRES: its driver is current; called once.
  virtual void start() = 0;
};

}  // namespace detail
}  // namespace reprise
