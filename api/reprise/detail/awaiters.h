// What `co_await` in a workflow works with: waits on operations, through the current Driver.
//
// Invariants:
// - An awaiter lives in the frame of the coroutine that awaits, until it goes on or is destroyed.
// - Answers that are in history already never suspend: a replay of any length uses no stack.
#pragma once

#include <array>
#include <coroutine>
#include <span>
#include <variant>

#include <reprise/operation.h>

namespace reprise {
namespace detail {

/// void has no place in a tuple or variant.
template <class T>
using element_t = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class Op>
element_t<typename Op::result_type> settle_element(Op& operation, Driver& driver) {
  if constexpr (std::is_void_v<typename Op::result_type>) {
    operation.settle(driver);
    return {};
  } else {
    return operation.settle(driver);
  }
}

template <class T, bool Try>
class OperationAwaiter {
 public:
  explicit OperationAwaiter(BasicOperation<T, Try>&& operation)
      : operation_(std::move(operation)),
        driver_(operation_.handle().driver_or_throw()),
        op_(operation_.op()) {}

  bool await_ready() { return driver_.ready({&op_, 1}, WaitFor::all); }
  void await_suspend(std::coroutine_handle<> handle) {
    driver_.park({&op_, 1}, WaitFor::all, handle);
  }
  auto await_resume() { return operation_.settle(driver_); }

 private:
  BasicOperation<T, Try> operation_;
  Driver& driver_;
  OpId op_;
};

/// Waits through an awaiter that is a temporary of the await expression. GCC 12 would copy one that
/// await_transform passed on by reference.
template <class Wait>
class AwaitBy {
 public:
  explicit AwaitBy(Wait& wait) noexcept : wait_(wait) {}

  bool await_ready() { return wait_.await_ready(); }
  void await_suspend(std::coroutine_handle<> handle) { wait_.await_suspend(handle); }
  auto await_resume() { return wait_.await_resume(); }

 private:
  Wait& wait_;
};

/// Waits until one of `ops` is complete and takes none of them. For code that keeps the handles.
class FirstComplete {
 public:
  FirstComplete(Driver& driver, std::span<const OpId> ops) noexcept : driver_(driver), ops_(ops) {}
  FirstComplete(const FirstComplete&) = delete;
  FirstComplete& operator=(const FirstComplete&) = delete;

  bool await_ready() { return driver_.ready(ops_, WaitFor::any); }
  void await_suspend(std::coroutine_handle<> handle) { driver_.park(ops_, WaitFor::any, handle); }
  /// Index of the first complete one.
  [[nodiscard]] std::size_t await_resume() const;

 private:
  Driver& driver_;
  std::span<const OpId> ops_;
};

/// Starts a timer on the driver; the command behind sleep and within.
/// `due` is a wall time or, with `after`, a wait from the moment its command is recorded.
OperationHandle start_timer(Driver& driver, Nanos due, bool after, Site site);
[[nodiscard]] Site site_of(const std::source_location& where) noexcept;

}  // namespace detail

/// An operation and the timer that bounds its wait. `co_await` gives std::optional, or
/// Result<std::optional> for a `try_` twin.
template <class T, bool Try>
class [[nodiscard("co_await it")]] Within {
 public:
  using result_type = typename detail::Settle<std::optional<T>, Try>::type;

  Within(BasicOperation<T, Try>&& operation, std::chrono::nanoseconds duration, detail::Site site)
      : operation_(std::move(operation)),
        driver_(operation_.handle().driver_or_throw()),
        timer_(detail::start_timer(driver_, duration.count(), true, site)),
        ops_{operation_.op(), timer_.op()} {}
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

  bool await_ready() { return driver_.ready(ops_, detail::WaitFor::any); }
  void await_suspend(std::coroutine_handle<> handle) {
    driver_.park(ops_, detail::WaitFor::any, handle);
  }
  /// If both have come, the operation wins.
  result_type await_resume() {
    if (driver_.complete(ops_[0])) {
      timer_.drop();
      if constexpr (Try) {
        auto result = operation_.settle(driver_);
        if (!result) return std::move(result).error();
        return result_type(std::optional<T>(*std::move(result)));
      } else {
        return result_type(operation_.settle(driver_));
      }
    }
    operation_.handle().drop();
    // A timer ends by firing or by the workflow's cancellation.
    auto fired = timer_.take(driver_);
    if (auto* failure = std::get_if<Failure>(&fired)) {
      if constexpr (Try) {
        return detail::to_error(std::move(*failure));
      } else {
        detail::throw_failure(timer_.kind(), std::move(*failure));
      }
    }
    return result_type(std::optional<T>());
  }

 private:
  BasicOperation<T, Try> operation_;
  detail::Driver& driver_;
  detail::OperationHandle timer_;
  std::array<OpId, 2> ops_;
};

template <class T, bool Try>
    Within<T, Try> BasicOperation<T, Try>::within(std::chrono::nanoseconds duration,
                                                  std::source_location where) &&
    requires(!std::is_void_v<T>) {
      return Within<T, Try>(std::move(*this), duration, detail::site_of(where));
    }

}  // namespace reprise
