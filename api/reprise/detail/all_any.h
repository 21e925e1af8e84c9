// Waits on several operations: what Context::all and Context::any give to `co_await`.
//
// Invariants:
// - Each takes its operations over; when an `any` goes on, the losers are dropped.
#pragma once

#include <array>
#include <coroutine>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <reprise/detail/awaiters.h>

namespace reprise::detail {

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

}  // namespace detail
}  // namespace reprise
