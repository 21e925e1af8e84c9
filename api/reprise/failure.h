// What failures look like in workflow code: the exceptions an await may throw.
//
// Invariants:
// - They are built from the journaled Failure alone, so a replay throws the same ones.
// - Nothing of the running process (addresses, type names of a compiler) is in them.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include <reprise/detail/command.h>
#include <reprise/error.h>
#include <reprise/payload.h>

namespace reprise {

/// An awaited operation did not succeed. Catch a derived class, or this one for all of them.
class OperationFailed : public std::exception {
 public:
  explicit OperationFailed(Failure failure) : failure_(std::move(failure)) {}

  [[nodiscard]] Code code() const noexcept { return static_cast<Code>(failure_.code); }
  /// The name its thrower gave it (NamedFailure), "" if none.
  [[nodiscard]] const std::string& type() const noexcept { return failure_.type; }
  [[nodiscard]] const std::string& message() const noexcept { return failure_.message; }
  [[nodiscard]] const char* what() const noexcept override { return failure_.message.c_str(); }
  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }

 private:
  Failure failure_;
};

/// A step used up its attempts, failed without retry, or its body hung.
class StepFailed : public OperationFailed {
  using OperationFailed::OperationFailed;
};

/// A step failed because its last attempt, or all of them together, ran out of time.
class TimedOut : public StepFailed {
  using StepFailed::StepFailed;
};

/// The workflow was cancelled while it waited, or the operation was.
class Cancelled : public OperationFailed {
  using OperationFailed::OperationFailed;
};

/// A child workflow could not start, failed, was cancelled or was terminated: see code().
class ChildFailed : public OperationFailed {
  using OperationFailed::OperationFailed;
};

/// A signal to another instance was refused: see code().
class SignalFailed : public OperationFailed {
  using OperationFailed::OperationFailed;
};

/// Throw it in a step body or a workflow to name the failure: `type()` of what the awaiting side
/// catches. The name is journaled; a NonRetryable without a name needs no type.
class NamedFailure : public std::exception {
 public:
  NamedFailure(std::string type, std::string message, bool retryable = true)
      : type_(std::move(type)), message_(std::move(message)), retryable_(retryable) {}

  [[nodiscard]] const std::string& type() const noexcept { return type_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] bool retryable() const noexcept { return retryable_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  std::string type_;
  std::string message_;
  bool retryable_;
};

namespace detail {

/// Throws what an await on an operation opened by `kind` throws for `failure`.
[[noreturn]] void throw_failure(CommandKind kind, Failure&& failure);
/// The same failure for a `try_` twin.
[[nodiscard]] Error to_error(Failure&& failure);

/// The exception being handled, as it is journaled with `code`. Call inside a catch handler.
[[nodiscard]] Failure current_failure(Code code) noexcept;
/// An Error a step body returned, as it is journaled.
[[nodiscard]] Failure to_failure(Code code, const Error& error);
/// What is journaled of a failure that a token's holder gave.
[[nodiscard]] Failure step_failure(const Failure& given);

}  // namespace detail
}  // namespace reprise
