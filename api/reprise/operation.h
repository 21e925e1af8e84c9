// Handles to what workflow code has asked for and not yet awaited.
//
//   auto a = ctx.step("reserve", reserve, order);     // Issued now, in this order.
//   auto b = ctx.step("charge", charge, order);
//   auto receipt = co_await std::move(b);             // A named operation is moved into its await.
//
// Invariants:
// - The call on Context issued the command; awaiting only waits. (A step with a lambda is issued by
//   its await.)
// - A handle destroyed unawaited cancels its operation, unless the workflow has ended.
// - Used only by the code of the workflow that made it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

#include <reprise/codec.h>
#include <reprise/detail/driver.h>
#include <reprise/failure.h>
#include <reprise/step.h>

namespace reprise {

class Context;

namespace detail {

/// The untyped part of a handle. Owns the duty to drop the operation if nobody takes its outcome.
class OperationHandle {
 public:
  OperationHandle(ExecutionId execution, OpId op, CommandKind kind, Site site) noexcept
      : execution_(execution), op_(op), kind_(kind), site_(site) {}
  OperationHandle(OperationHandle&& other) noexcept
      : execution_(other.execution_),
        op_(std::exchange(other.op_, 0)),
        kind_(other.kind_),
        site_(other.site_) {}
  OperationHandle& operator=(OperationHandle&& other) noexcept {
    if (this != &other) {
      drop();
      execution_ = other.execution_;
      op_ = std::exchange(other.op_, 0);
      kind_ = other.kind_;
      site_ = other.site_;
    }
    return *this;
  }
  ~OperationHandle() { drop(); }

  /// The operation's number; 0 once it was awaited or taken over.
  [[nodiscard]] OpId op() const noexcept { return op_; }
  [[nodiscard]] CommandKind kind() const noexcept { return kind_; }

  /// The driver to wait on. Throws Error: context_invalid outside the workflow's code,
  /// invalid_argument when the operation was awaited before.
  [[nodiscard]] Driver& driver_or_throw() const;
  /// Takes the outcome; nothing is left to drop. REQUIRES: complete.
  Outcome take(Driver& driver);
  /// Cancels the operation if it is still open. A sent signal is out of our hands: it stays.
  void drop() noexcept;
  /// Gives up the duty to drop: nobody waits, and the operation goes on.
  void release() noexcept { op_ = 0; }

 private:
  ExecutionId execution_;
  OpId op_;
  CommandKind kind_;
  Site site_;
};

/// What an await gives for an operation's outcome: T or an exception; Result<T> for a `try_` twin.
template <class T, bool Try>
struct Settle {
  using type = T;
  static T settle(Driver& driver, OpId op, CommandKind kind, Outcome&& outcome) {
    if (auto* failure = std::get_if<Failure>(&outcome)) throw_failure(kind, std::move(*failure));
    if constexpr (!std::is_void_v<T>) {
      const auto& payload = std::get<Payload>(outcome);
      auto value = decode_value<T>(payload.encoding, payload.bytes);
      if (!value) {
        driver.undecodable(op, value.error());
        throw std::move(value).error();
      }
      return *std::move(value);
    }
  }
};
template <class T>
struct Settle<T, true> {
  using type = Result<T>;
  static Result<T> settle(Driver& driver, OpId op, CommandKind kind, Outcome&& outcome) {
    if (auto* failure = std::get_if<Failure>(&outcome)) return to_error(std::move(*failure));
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      // An undecodable value is no outcome the code may see: it throws here too.
      return Settle<T, false>::settle(driver, op, kind, std::move(outcome));
    }
  }
};

/// Issues a step without arguments to be hashed. Throws Error: context_invalid, invalid_argument,
/// name_too_long.
OperationHandle schedule_lambda(ExecutionId execution, std::string_view name, Site site,
                                const StepOptions& options, std::shared_ptr<StepBody> body);

}  // namespace detail

template <class T, bool Try>
class Within;

/// An operation whose await gives T (Operation) or Result<T> (TryOperation). Move-only.
template <class T, bool Try>
class [[nodiscard("an operation nobody awaits is cancelled")]] BasicOperation
    : private detail::OperationHandle {
 public:
  using value_type = T;
  /// What an await gives.
  using result_type = typename detail::Settle<T, Try>::type;

  explicit BasicOperation(detail::OperationHandle handle) noexcept
      : OperationHandle(std::move(handle)) {}

  using detail::OperationHandle::op;

  /// Waits no longer than `duration`: the await gives std::optional, empty if time ran out first.
  /// The operation is then cancelled.
  Within<T, Try> within(std::chrono::nanoseconds duration,
                        std::source_location where = std::source_location::current()) &&
      requires(!std::is_void_v<T>);

  /// For awaiters: the untyped handle, and the outcome once complete.
  [[nodiscard]] detail::OperationHandle& handle() noexcept { return *this; }
  result_type settle(detail::Driver& driver) {
    const OpId taken = this->op();
    return detail::Settle<T, Try>::settle(driver, taken, kind(), take(driver));
  }
};

template <class T>
using Operation = BasicOperation<T, false>;
template <class T>
using TryOperation = BasicOperation<T, true>;

/// A signal on its way. It goes out whether this is awaited or not.
template <bool Try>
class Sent : public BasicOperation<void, Try> {
 public:
  using BasicOperation<void, Try>::BasicOperation;
};

/// A step whose lambda may refer to the frame around it: `co_await` it where the lambda is written.
/// Nothing is issued before that, for a body that runs while nobody waits would outlive what it
/// refers to. One that was given a name is never issued: it can't be awaited, copied or moved.
template <class T, bool Try>
class [[nodiscard("co_await this step where it is made")]] StepInPlace {
 public:
  StepInPlace(detail::ExecutionId execution, std::string_view name, detail::Site site,
              const StepOptions& options, std::shared_ptr<detail::StepBody> body)
      : execution_(execution),
        name_(name),
        site_(site),
        options_(options),
        body_(std::move(body)) {}
  StepInPlace(const StepInPlace& a_lambda_step_is_only_awaited_in_place) = delete;
  StepInPlace& operator=(const StepInPlace&) = delete;

  /// Issues it. Throws Error: context_invalid, invalid_argument, name_too_long.
  [[nodiscard]] BasicOperation<T, Try> release() && {
    return BasicOperation<T, Try>(
        detail::schedule_lambda(execution_, name_, site_, options_, std::move(body_)));
  }

 private:
  detail::ExecutionId execution_;
  std::string name_;  // `name` may be a temporary of the call.
  detail::Site site_;
  StepOptions options_;
  std::shared_ptr<detail::StepBody> body_;
};

}  // namespace reprise
