// What an instance answers while its code waits: the handlers that Context::query makes.
//
//   auto status = ctx.query("status", [&] { return state; });
//   auto page = ctx.query("page", [&](int number) { return pages.at(number); });
//
// Invariants:
// - A handler lives in its scope. Of two with one name the newer answers, until its scope ends.
// - It runs between activations, while the code waits or after it has ended; in a debugger also
// while
//   the code begins an operation.
// - It only looks: it must not change what it captured. It is not part of history: how often it
//   runs changes nothing.
// - In a handler every Context is invalid: it can't issue a command, draw, or wait.
#pragma once

#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <reprise/codec.h>
#include <reprise/detail/args.h>
#include <reprise/detail/driver.h>
#include <reprise/detail/start.h>

namespace reprise {

template <class T>
class Workflow;

namespace detail {

/// A handler as the engine sees it.
class QueryBody {
 public:
  explicit QueryBody(std::string name) : name_(std::move(name)) {}
  QueryBody(const QueryBody&) = delete;
  QueryBody& operator=(const QueryBody&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Takes arguments apart and calls the function; throws what that throws.
  virtual Result<Payload> answer(const Payload& args) const = 0;

 protected:
  virtual ~QueryBody() = default;

 private:
  const std::string name_;
};

/// Tells the driver whose code runs here of a handler. Throws Error: context_invalid,
/// invalid_argument, name_too_long.
void open_query(ExecutionId execution, QueryBody& handler);
/// Does nothing while frames are being destroyed.
void close_query(ExecutionId execution, QueryBody& handler) noexcept;

/// What a handler takes and answers, read off its call operator.
template <class Call>
struct QuerySignature {
  static constexpr bool looks_only = false;
  using Answer = int;
};
template <class F, class R, class... A>
struct QuerySignature<R (F::*)(A...) const> {
  static constexpr bool looks_only = true;
  using Answer = std::remove_cvref_t<R>;
  using Args = std::tuple<std::remove_cvref_t<A>...>;
  static Result<Args> decode(const Payload& args) {
    return decode_args<std::remove_cvref_t<A>...>(args);
  }
};
template <class F, class R, class... A>
struct QuerySignature<R (F::*)(A...) const noexcept> : QuerySignature<R (F::*)(A...) const> {};

/// Types that only an await gives a value.
template <class T>
inline constexpr bool is_awaited_v = is_operation_v<T>;
template <class T>
inline constexpr bool is_awaited_v<Workflow<T>> = true;

/// A function object with one call operator: a lambda without `auto` parameters.
template <class F>
concept QueryFunction = std::is_class_v<F> && requires { &F::operator(); };

}  // namespace detail

/// A handler; it answers while it lives. Keep it in a named local, after what it refers to.
template <detail::QueryFunction F>
class [[nodiscard("a query handler ends with its scope: give it a name")]] QueryHandler final
    : private detail::QueryBody {
  using Signature = detail::QuerySignature<decltype(&F::operator())>;
  using Answer = typename Signature::Answer;
  static_assert(Signature::looks_only, "a query handler changes nothing: drop its `mutable`");
  static_assert(!detail::is_awaited_v<Answer>,
                "a query handler can't wait: it answers with what the workflow knows");
  static_assert(!std::is_void_v<Answer> && Journaled<Answer>,
                "a query's answer is sent: give its type to_json and from_json, or a Codec");

 public:
  QueryHandler(detail::ExecutionId execution, std::string name, F function)
      : QueryBody(std::move(name)), execution_(execution), function_(std::move(function)) {
    detail::open_query(execution_, *this);
  }
  ~QueryHandler() override { detail::close_query(execution_, *this); }

 private:
  Result<Payload> answer(const Payload& args) const override {
    auto decoded = Signature::decode(args);
    if (!decoded) return std::move(decoded).error();
    return detail::encode_value<Answer>(std::apply(function_, *std::move(decoded)));
  }

  const detail::ExecutionId execution_;
  const F function_;
};

}  // namespace reprise
