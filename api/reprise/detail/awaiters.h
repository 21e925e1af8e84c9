// What `co_await` in a workflow works with: waits on operations, through the current Driver.
//
// Invariants:
// - An awaiter lives in the frame of the coroutine that awaits, until it goes on or is destroyed.
// - Answers that are in history already never suspend: a replay of any length uses no stack.
#pragma once

#include <array>
#include <coroutine>
#include <span>
#include <tuple>
#include <variant>
#include <vector>

#include <reprise/operation.h>

namespace reprise::detail {

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

/// co_await ctx.all(a, b): a tuple of what each gives, in order of arguments.
template <class... Ops>
class [[nodiscard("co_await it")]] AllOf {
 public:
  explicit AllOf(Ops&... operations)
      : driver_(*std::array{&operations.handle().driver_or_throw()...}[0]),
        ops_{operations.op()...},
        operations_(std::move(operations)...) {}
  AllOf(const AllOf&) = delete;
  AllOf& operator=(const AllOf&) = delete;

  bool await_ready() { return driver_.ready(ops_, WaitFor::all); }
  void await_suspend(std::coroutine_handle<> handle) { driver_.park(ops_, WaitFor::all, handle); }
  /// Throws what the first failed one, in order of arguments, throws.
  std::tuple<element_t<typename Ops::result_type>...> await_resume() {
    // Braces: elements are settled from left to right, so the same one throws at each replay.
    return std::apply(
        [&](Ops&... operations) {
          return std::tuple<element_t<typename Ops::result_type>...>{
              settle_element(operations, driver_)...};
        },
        operations_);
  }

 private:
  Driver& driver_;
  std::array<OpId, sizeof...(Ops)> ops_;
  std::tuple<Ops...> operations_;
};

/// co_await ctx.any(a, b): a variant of what each gives; index() says which came first.
template <class... Ops>
class [[nodiscard("co_await it")]] AnyOf {
 public:
  using result_type = std::variant<element_t<typename Ops::result_type>...>;

  explicit AnyOf(Ops&... operations)
      : driver_(*std::array{&operations.handle().driver_or_throw()...}[0]),
        ops_{operations.op()...},
        operations_(std::move(operations)...) {}
  AnyOf(const AnyOf&) = delete;
  AnyOf& operator=(const AnyOf&) = delete;

  bool await_ready() { return driver_.ready(ops_, WaitFor::any); }
  void await_suspend(std::coroutine_handle<> handle) { driver_.park(ops_, WaitFor::any, handle); }
  /// Cancels the losers first, also when the winner failed and this throws.
  result_type await_resume() {
    const std::size_t winner = FirstComplete(driver_, ops_).await_resume();
    drop_losers(winner, std::index_sequence_for<Ops...>{});
    return settle<0>(winner);
  }

 private:
  template <std::size_t... I>
  void drop_losers(std::size_t winner, std::index_sequence<I...>) noexcept {
    (void)((I != winner ? std::get<I>(operations_).handle().drop() : void()), ...);
  }
  template <std::size_t I>
  result_type settle(std::size_t winner) {
    if constexpr (I + 1 < sizeof...(Ops)) {
      if (winner != I) return settle<I + 1>(winner);
    }
    return result_type(std::in_place_index<I>, settle_element(std::get<I>(operations_), driver_));
  }

  Driver& driver_;
  std::array<OpId, sizeof...(Ops)> ops_;
  std::tuple<Ops...> operations_;
};

/// co_await ctx.all(operations): a vector of what each gives.
template <class Op>
class [[nodiscard("co_await it")]] AllOfMany {
 public:
  explicit AllOfMany(std::vector<Op>& operations) : operations_(std::move(operations)) {
    operations.clear();
    ops_.reserve(operations_.size());
    for (auto& operation : operations_) {
      driver_ = &operation.handle().driver_or_throw();
      ops_.push_back(operation.op());
    }
  }
  AllOfMany(const AllOfMany&) = delete;
  AllOfMany& operator=(const AllOfMany&) = delete;

  bool await_ready() { return ops_.empty() || driver_->ready(ops_, WaitFor::all); }
  void await_suspend(std::coroutine_handle<> handle) { driver_->park(ops_, WaitFor::all, handle); }
  std::vector<element_t<typename Op::result_type>> await_resume() {
    std::vector<element_t<typename Op::result_type>> results;
    results.reserve(operations_.size());
    for (auto& operation : operations_) results.push_back(settle_element(operation, *driver_));
    return results;
  }

 private:
  Driver* driver_ = nullptr;
  std::vector<OpId> ops_;
  std::vector<Op> operations_;
};

}  // namespace reprise::detail

namespace reprise {

/// What `any` over a vector gives.
template <class T>
struct Indexed {
  std::size_t index = 0;
  T value;
};

namespace detail {

/// co_await ctx.any(operations): which one came first, and what it gives.
template <class Op>
class [[nodiscard("co_await it")]] AnyOfMany {
 public:
  using result_type = Indexed<element_t<typename Op::result_type>>;

  /// Throws Error{invalid_argument} when there is nothing to wait for.
  explicit AnyOfMany(std::vector<Op>& operations) {
    if (operations.empty()) {
      throw Error(Code::invalid_argument, "any() of no operations would wait for ever");
    }
    for (auto& operation : operations) {
      driver_ = &operation.handle().driver_or_throw();
      ops_.push_back(operation.op());
    }
    operations_ = std::move(operations);
    operations.clear();
  }
  AnyOfMany(const AnyOfMany&) = delete;
  AnyOfMany& operator=(const AnyOfMany&) = delete;

  bool await_ready() { return driver_->ready(ops_, WaitFor::any); }
  void await_suspend(std::coroutine_handle<> handle) { driver_->park(ops_, WaitFor::any, handle); }
  result_type await_resume() {
    const std::size_t winner = FirstComplete(*driver_, ops_).await_resume();
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (i != winner) operations_[i].handle().drop();
    }
    return {winner, settle_element(operations_[winner], *driver_)};
  }

 private:
  Driver* driver_ = nullptr;
  std::vector<OpId> ops_;
  std::vector<Op> operations_;
};

/// Starts a timer on the driver; the command behind sleep and within.
OperationHandle start_timer(Driver& driver, Nanos due, Site site);
/// `time + duration`, held within what Nanos can say.
[[nodiscard]] Nanos add_saturating(Nanos time, Nanos duration) noexcept;
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
        timer_(detail::start_timer(driver_, detail::add_saturating(driver_.now(), duration.count()),
                                   site)),
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
