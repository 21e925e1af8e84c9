// What workflow code can do: every call here is a place in the workflow's history.
//
// Invariants:
// - A Context is a small copyable name of one execution. It works only in the code of its own
//   workflow; from a step body, another thread, or after the end it throws Error{context_invalid}.
// - The call issues the command, in the order of the code; awaiting what it returns only waits.
// - `try_x` is `x` whose await gives Result instead of throwing: a catch handler cannot await.
// - Option arguments are trivially destructible: write them in braces inside the await expression.
#pragma once

#include <chrono>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <reprise/context_options.h>
#include <reprise/detail/children.h>
#include <reprise/detail/driver.h>
#include <reprise/detail/several.h>
#include <reprise/detail/start.h>
#include <reprise/query.h>
#include <reprise/shield.h>
#include <reprise/watch.h>

namespace reprise {

/// A point in time as workflow code sees it.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

class Context : public detail::Several {
 public:
  using Where = std::source_location;
  using Nanoseconds = std::chrono::nanoseconds;
  explicit Context(detail::ExecutionId execution) noexcept : execution_(execution) {}

  // Steps. `body` is a free function; arguments are copied, hashed, and given to it by value or
  // const reference. It may take StepContext& first. It returns void, a Journaled type or a Result
  // of one; what it throws fails the attempt.
  template <class R, class... A, class... B>
  auto step(detail::Name name, R (*body)(A...), B&&... args) const {
    return detail::start_step<false>(execution_, name, {}, body, std::forward<B>(args)...);
  }
  template <class R, class... A, class... B>
  auto step(detail::Name name, StepOptions options, R (*body)(A...), B&&... args) const {
    return detail::start_step<false>(execution_, name, options, body, std::forward<B>(args)...);
  }
  template <class R, class... A, class... B>
  auto try_step(detail::Name name, R (*body)(A...), B&&... args) const {
    return detail::start_step<true>(execution_, name, {}, body, std::forward<B>(args)...);
  }
  template <class R, class... A, class... B>
  auto try_step(detail::Name name, StepOptions options, R (*body)(A...), B&&... args) const {
    return detail::start_step<true>(execution_, name, options, body, std::forward<B>(args)...);
  }

  // Steps with a lambda: it may refer to the frame ([&]), so it is only awaited in place. It must
  // not write to locals of the workflow: its result is its only output.
  template <detail::Lambda F>
  auto step(detail::Name name, F body) const {
    return detail::start_lambda<false>(execution_, name, {}, body);
  }
  template <detail::Lambda F>
  auto step(detail::Name name, StepOptions options, F body) const {
    return detail::start_lambda<false>(execution_, name, options, body);
  }
  template <detail::Lambda F>
  auto try_step(detail::Name name, F body) const {
    return detail::start_lambda<true>(execution_, name, {}, body);
  }
  template <detail::Lambda F>
  auto try_step(detail::Name name, StepOptions options, F body) const {
    return detail::start_lambda<true>(execution_, name, options, body);
  }

  // Time.
  Operation<void> sleep(Nanoseconds duration, Where where = Where::current()) const;
  Operation<void> sleep_until(Time due, Where where = Where::current()) const;
  TryOperation<void> try_sleep(Nanoseconds duration, Where where = Where::current()) const;
  TryOperation<void> try_sleep_until(Time due, Where where = Where::current()) const;

  // Signals.

  /// The next unread signal of that name; `.within(48h)` bounds the wait.
  template <Journaled T>
  Operation<T> signal(detail::Name name) const {
    return Operation<T>(detail::await_signal(execution_, name));
  }
  template <Journaled T>
  TryOperation<T> try_signal(detail::Name name) const {
    return TryOperation<T>(detail::await_signal(execution_, name));
  }
  /// Sends a signal to another instance. It goes out whether awaited or not; the await tells
  /// whether it was taken (SignalFailed: not_found, closed).
  template <class V>
  Sent<false> signal_to(std::string_view id, detail::Name name, const V& value,
                        SignalOptions options = {}) const {
    return Sent<false>(detail::send_signal(execution_, id, name, options.id, options.space,
                                           detail::encode_or_throw(value)));
  }
  template <class V>
  Sent<true> try_signal_to(std::string_view id, detail::Name name, const V& value,
                           SignalOptions options = {}) const {
    return Sent<true>(detail::send_signal(execution_, id, name, options.id, options.space,
                                          detail::encode_or_throw(value)));
  }

  // Child workflows: the await gives the child's result, or throws ChildFailed.
  template <class R, class... A, class... B>
  Operation<R> child(Workflow<R> (*function)(Context, A...), detail::Name id, B&&... args) const {
    return child(function, ChildOptions{.id = id}, std::forward<B>(args)...);
  }
  template <class R, class... A, class... B>
  Operation<R> child(Workflow<R> (*function)(Context, A...), ChildOptions options,
                     B&&... args) const {
    return Operation<R>(
        detail::open_child(execution_, function, options, false, std::forward<B>(args)...));
  }
  template <class R, class... A, class... B>
  TryOperation<R> try_child(Workflow<R> (*function)(Context, A...), detail::Name id,
                            B&&... args) const {
    return try_child(function, ChildOptions{.id = id}, std::forward<B>(args)...);
  }
  template <class R, class... A, class... B>
  TryOperation<R> try_child(Workflow<R> (*function)(Context, A...), ChildOptions options,
                            B&&... args) const {
    return TryOperation<R>(
        detail::open_child(execution_, function, options, false, std::forward<B>(args)...));
  }
  /// Starts a child nobody waits for. That it could not start is in history, not in this code.
  template <class R, class... A, class... B>
  void start_child(Workflow<R> (*function)(Context, A...), detail::Name id, B&&... args) const {
    start_child(function, ChildOptions{.id = id}, std::forward<B>(args)...);
  }
  template <class R, class... A, class... B>
  void start_child(Workflow<R> (*function)(Context, A...), ChildOptions options,
                   B&&... args) const {
    detail::open_child(execution_, function, options, true, std::forward<B>(args)...).release();
  }

  /// One step per input, a bounded number at a time; results in order of inputs. The first failure
  /// is thrown and cancels the rest. Defined in detail/map.h.
  template <class R, class A, class In>
  REPRISE_COROUTINE_WRAPPER Workflow<std::vector<detail::step_result_t<R>>> map(
      detail::Name name, MapOptions options, std::vector<In> inputs, R (*body)(A)) const;

  // What a workflow may know of the world: the same at each replay.

  /// Time of the event that made this code run. Never goes back.
  [[nodiscard]] Time now() const;
  [[nodiscard]] std::uint64_t random() const;
  /// Evenly from `low` to `high`, both included. REQUIRES: low <= high, else invalid_argument.
  [[nodiscard]] std::uint64_t random(std::uint64_t low, std::uint64_t high) const;
  /// A version 4 UUID, lower case.
  [[nodiscard]] std::string uuid() const;
  [[nodiscard]] const std::string& id() const;
  /// The namespace of this instance.
  [[nodiscard]] const std::string& space() const;
  [[nodiscard]] RunId run() const;

  /// Which version of `change` this run follows: `max` if it came here first with this code, and
  /// the one recorded ever after; `min` if it passed before there was a change.
  [[nodiscard]] std::int32_t version(detail::Name change, std::int32_t min, std::int32_t max) const;

  Shield shield() const { return Shield(execution_); }
  [[nodiscard]] bool cancel_requested() const;

  /// Answers `Engine::query` while the result lives; query.h says what `handler` may do.
  template <detail::QueryFunction F>
  QueryHandler<F> query(detail::Name name, F handler) const {
    return QueryHandler<F>(execution_, std::string(name.text()), std::move(handler));
  }

  /// Has commands tell what `value` is while the result lives (watch.h).
  template <class T>
  Watch<std::remove_cvref_t<T>> watch(detail::Name name, T&& value) const {
    static_assert(std::is_lvalue_reference_v<T>, "watch a local: a temporary is gone at once");
    return {execution_, std::string(name.text()), value};
  }

  /// A line for the host's logger, at once (not when durable); silent while history is replayed.
  template <class... A>
  void log(LogLevel level, detail::LogFormat<A...> format, A&&... args) const {
    auto& driver = detail::current_or_throw(execution_);
    if (driver.replaying()) return;
    driver.log(level, fmt::format(format.text, std::forward<A>(args)...), format.site);
  }
  template <class... A>
  void log(detail::LogFormat<A...> format, A&&... args) const {
    log(LogLevel::info, format, std::forward<A>(args)...);
  }

 private:
  detail::ExecutionId execution_;
};

}  // namespace reprise
