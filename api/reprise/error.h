// The coded error every part of Reprise returns, and the numbered list of codes.
//
// Invariants:
// - A code exists only if some caller can react to it. Detail belongs in the message.
// - Codes are never renumbered or reused; each has a page docs/errors/<CODE>.md.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace reprise {

/// What went wrong, as a stable number.
enum class Code : std::uint16_t {
  ok = 0,

  // 1–19: what the caller asked for.
  invalid_argument = 1,    ///< An option or argument is out of its stated range.
  not_found = 2,           ///< No instance, operation or blob of that name.
  conflict = 3,            ///< Same id, different workflow or input.
  closed = 4,              ///< The instance has finished; it takes no more signals.
  unregistered = 5,        ///< No workflow function of that name in the registry.
  duplicate_workflow = 6,  ///< Two registrations share a name or a function.
  overloaded = 7,          ///< Too many undurable bytes; try again later.
  shutting_down = 8,       ///< The engine takes no more work.
  steps_running = 9,       ///< Shutdown's deadline passed while step bodies were running.
  timed_out = 10,          ///< A wait ended before its answer came. Nothing was changed by it.
  stale_run = 11,          ///< The message is for an earlier incarnation of the instance.
  context_invalid = 12,    ///< A Context was used outside the code of its live workflow.
  unknown_query = 13,      ///< The workflow has no query handler of that name now.
  query_failed = 14,       ///< The query handler threw; the message is what it threw.

  // 20–39: what became of a workflow or of one of its operations.
  workflow_failed = 20,      ///< The workflow threw; the message is its failure.
  workflow_cancelled = 21,   ///< The workflow ended by cancellation.
  workflow_terminated = 22,  ///< The workflow was ended from outside, without running its code.
  step_failed = 23,          ///< A step used up its attempts, or failed without retry.
  // 24 stays free: what became of a child has the code that says it.
  body_hung = 25,            ///< A step body did not return after its timeout and grace.
  operation_cancelled = 26,  ///< The awaited operation was cancelled.
  mismatch = 27,             ///< Code and history disagree; the instance is paused.

  // 40–59: data that was read.
  corrupt = 40,             ///< Stored bytes do not match their checksum or chain.
  missing_data = 41,        ///< The anchor claims records that are not there.
  undecodable = 42,         ///< A payload does not decode as the type asked for.
  unknown_kind = 43,        ///< An event or record kind this build does not know.
  newer_format = 44,        ///< Written by a newer format, or with unknown feature bits.
  not_a_journal_file = 45,  ///< The file is not a Reprise journal file.

  // 60–79: the store.
  io_error = 60,         ///< The operating system refused; the message has its words.
  no_space = 61,         ///< The disk is full.
  store_locked = 62,     ///< Another process has the store open; the message names it.
  store_unusable = 63,   ///< The path is not a directory, or not readable or writable.
  outcome_unknown = 64,  ///< The append may or may not be durable; reopen, retry with same id.
  fenced = 65,           ///< A newer epoch owns the shard.
  engine_failed = 66,    ///< The engine stopped itself; reopen it.

  // 80–99: limits, checked before anything is written.
  payload_too_large = 80,
  history_too_long = 81,
  nesting_too_deep = 82,
  too_many_operations = 83,
  too_many_signals = 84,
  name_too_long = 85,
};

/// The code's name as written above, e.g. "conflict"; "unknown" for a number not listed.
[[nodiscard]] std::string_view name(Code code) noexcept;

/// A code and one sentence that says what happened and what to do about it.
/// A value inside the engine; `Result::value()` throws it for callers who prefer exceptions.
class Error : public std::exception {
 public:
  Error(Code code, std::string message, std::string type = {})
      : code_(code), message_(std::move(message)), type_(std::move(type)) {}

  [[nodiscard]] Code code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  /// The name the thrower of a journaled failure gave it; "" for all other errors.
  [[nodiscard]] const std::string& type() const noexcept { return type_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  Code code_;
  std::string message_;
  std::string type_;
};

}  // namespace reprise
