// A step's function with what it needs, outside any frame: what a StepRunner runs.
#pragma once

#include <concepts>
#include <tuple>
#include <type_traits>
#include <utility>

#include <reprise/codec.h>
#include <reprise/detail/args.h>
#include <reprise/detail/command.h>
#include <reprise/failure.h>

namespace reprise::detail {

/// What a body's return type gives the workflow: a body may return Result<T> instead of throwing.
template <class R>
struct StepResult {
  using type = R;
};
template <class T>
struct StepResult<Result<T>> {
  using type = T;
};
template <class R>
using step_result_t = typename StepResult<std::remove_cvref_t<R>>::type;

template <class T>
Outcome encode_outcome(const T& value) {
  auto payload = encode_value(value);
  if (payload) return *std::move(payload);
  auto failure = to_failure(Code::step_failed, payload.error());
  failure.retryable = false;  // The same value would be refused again.
  return failure;
}

/// Calls `function` and makes what it returns or throws an Outcome.
template <class F>
Outcome run_body(F&& function) noexcept {
  using R = std::invoke_result_t<F>;
  try {
    if constexpr (std::is_void_v<R>) {
      function();
      return Payload{};
    } else if constexpr (std::is_same_v<R, step_result_t<R>>) {
      return encode_outcome(function());
    } else {
      auto result = function();
      if (!result) return to_failure(Code::step_failed, result.error());
      if constexpr (std::is_void_v<step_result_t<R>>) {
        return Payload{};
      } else {
        return encode_outcome(*result);
      }
    }
  } catch (...) {
    return current_failure(Code::step_failed);
  }
}

/// Splits StepContext off a function's parameters.
template <class... A>
struct BodyArgs {
  static constexpr bool takes_context = false;
  using Tuple = std::tuple<stored_t<A>...>;
};
template <class First, class... A>
  requires std::same_as<std::remove_cvref_t<First>, StepContext>
struct BodyArgs<First, A...> {
  static constexpr bool takes_context = true;
  using Tuple = std::tuple<stored_t<A>...>;
};

/// A function and its arguments by value: frames may come and go while it runs.
template <class R, class... A>
class FunctionBody final : public StepBody {
 public:
  using Args = typename BodyArgs<A...>::Tuple;

  FunctionBody(R (*function)(A...), Args args) : function_(function), args_(std::move(args)) {}

  Outcome run(StepContext& context) noexcept override {
    return run_body([&]() -> R {
      return std::apply(
          [&](const auto&... args) -> R {
            if constexpr (BodyArgs<A...>::takes_context) {
              return function_(context, args...);
            } else {
              return function_(args...);
            }
          },
          std::as_const(args_));
    });
  }
  [[nodiscard]] bool borrows_frame() const noexcept override { return false; }
  [[nodiscard]] bool takes_context() const noexcept override {
    return BodyArgs<A...>::takes_context;
  }

  [[nodiscard]] const Args& args() const noexcept { return args_; }

 private:
  R (*function_)(A...);
  Args args_;  // Const for the body, so that a retry starts from the same values.
};

/// Calls a lambda body, with the context if it asks for it.
template <class F>
decltype(auto) call_lambda(F& function, StepContext& context) {
  if constexpr (std::is_invocable_v<F&, StepContext&>) {
    return function(context);
  } else {
    return function();
  }
}

/// A lambda awaited in place. What it captured by reference is in the frame.
template <class F>
class LambdaBody final : public StepBody {
 public:
  using R =
      std::remove_cvref_t<decltype(call_lambda(std::declval<F&>(), std::declval<StepContext&>()))>;

  explicit LambdaBody(F function) : function_(std::move(function)) {}

  Outcome run(StepContext& context) noexcept override {
    return run_body([&]() -> R { return call_lambda(function_, context); });
  }
  // Only a lambda without captures surely refers to nothing in the frame.
  [[nodiscard]] bool borrows_frame() const noexcept override { return !std::is_empty_v<F>; }
  [[nodiscard]] bool takes_context() const noexcept override {
    return std::is_invocable_v<F&, StepContext&>;
  }

 private:
  F function_;
};

/// Hash of an encoded list of arguments, never 0.
[[nodiscard]] std::uint64_t hash_of(const Payload& list) noexcept;

/// The hash a step's command carries for its arguments; 0 when there are none. Throws the codec's
/// Error: a value that cannot be encoded is a mistake of the workflow code, found where it is made.
template <class... S>
std::uint64_t hash_args(const std::tuple<S...>& args) {
  if constexpr (sizeof...(S) == 0) {
    return 0;
  } else {
    auto list = std::apply([](const S&... each) { return encode_args(each...); }, args);
    if (!list) throw std::move(list).error();
    return hash_of(*list);
  }
}

}  // namespace reprise::detail
