// What the promises of all workflows share: how a coroutine starts and ends, what it may await.
//
// Invariants:
// - Lazy: nothing runs before it has a place in history.
// - A promise is used on the thread of its driver only.
#pragma once

#include <coroutine>
#include <cstddef>
#include <new>
#include <source_location>
#include <type_traits>
#include <utility>

#include <reprise/detail/all_any.h>
#include <reprise/detail/awaiters.h>
#include <reprise/detail/driver.h>
#include <reprise/detail/start.h>

namespace reprise {

template <class T>
class Workflow;

namespace detail {

template <class T>
class HelperAwaiter;
template <class T>
class WorkflowFrame;

template <class X>
inline constexpr bool is_workflow_v = false;
template <class T>
inline constexpr bool is_workflow_v<Workflow<T>> = true;

class PromiseBase {
 public:
  /// A helper this deep or less is started on the awaiting stack: one that finishes without
  /// blocking then never suspends its caller, which GCC 12 needs (no tail call when it transfers).
  static constexpr std::size_t nested_start_max = 64;

  static void* operator new(std::size_t size);
  static void operator delete(void* block, std::size_t size) noexcept;

  std::suspend_always initial_suspend() const noexcept { return {}; }
  auto final_suspend() noexcept {
    struct FinalAwaiter {
      std::coroutine_handle<> next;
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) const noexcept {
        return next ? next : std::noop_coroutine();
      }
      void await_resume() const noexcept {}
    };
    finished_ = true;
    return FinalAwaiter{continuation_};
  }

  // What may be awaited: operations of Context, and Workflow helpers.

  template <class T, bool Try>
  OperationAwaiter<T, Try> await_transform(BasicOperation<T, Try>&& operation) {
    return OperationAwaiter<T, Try>(std::move(operation));
  }
  template <bool Try>
  OperationAwaiter<void, Try> await_transform(Sent<Try>&& sent) {
    return OperationAwaiter<void, Try>(std::move(sent));
  }
  // By value of a type that cannot move: only a prvalue comes in here.
  template <class T, bool Try>
  OperationAwaiter<T, Try> await_transform(StepInPlace<T, Try> step) {
    return OperationAwaiter<T, Try>(std::move(step).release());
  }
  template <class T, bool Try>
  AwaitBy<Within<T, Try>> await_transform(Within<T, Try>&& wait) {
    return AwaitBy<Within<T, Try>>(wait);
  }
  template <class... Ops>
  AwaitBy<AllOf<Ops...>> await_transform(AllOf<Ops...>&& wait) {
    return AwaitBy<AllOf<Ops...>>(wait);
  }
  template <class... Ops>
  AwaitBy<AnyOf<Ops...>> await_transform(AnyOf<Ops...>&& wait) {
    return AwaitBy<AnyOf<Ops...>>(wait);
  }
  template <class Op>
  AwaitBy<AllOfMany<Op>> await_transform(AllOfMany<Op>&& wait) {
    return AwaitBy<AllOfMany<Op>>(wait);
  }
  template <class Op>
  AwaitBy<AnyOfMany<Op>> await_transform(AnyOfMany<Op>&& wait) {
    return AwaitBy<AnyOfMany<Op>>(wait);
  }
  AwaitBy<FirstComplete> await_transform(FirstComplete&& wait) {
    return AwaitBy<FirstComplete>(wait);
  }
  template <class T>
  HelperAwaiter<T> await_transform(Workflow<T>&& helper,
                                   std::source_location where = std::source_location::current()) {
    return HelperAwaiter<T>(std::move(helper), depth_ + 1, site_of(where));
  }
  template <class X>
  std::suspend_never await_transform(X&&) {
    using Awaited = std::remove_cvref_t<X>;
    static_assert(!is_operation_v<Awaited> && !is_workflow_v<Awaited>,
                  "move a named operation or helper into its await: co_await std::move(name)");
    static_assert(is_operation_v<Awaited> || is_workflow_v<Awaited>,
                  "a workflow awaits operations of Context and Workflow helpers only: wrap other "
                  "work in ctx.step");
    return {};
  }

  void continue_with(std::coroutine_handle<> continuation) noexcept {
    continuation_ = continuation;
  }
  void set_depth(std::size_t depth) noexcept { depth_ = depth; }
  /// Of a helper, for debuggers: the line that awaits it.
  void set_awaited_at(Site site) noexcept { awaited_at_ = site; }
  /// Ran to its end. Not handle.done(): GCC says that too early.
  [[nodiscard]] bool finished() const noexcept { return finished_; }

 protected:
  /// Guard 7: GCC 12 lays out the frame wrongly when a co_await stands in a condition of a
  /// function whose outermost block has no local; the handle then is not the allocated block.
  static void check_frame(const void* address);
  /// The outermost workflow's last word.
  static void finish(Outcome outcome) noexcept;
  /// For unhandled_exception: rethrows FailStop, which is not the workflow's business.
  static void rethrow_fail_stop();
  /// The exception being handled as the workflow's failure.
  [[nodiscard]] static Failure workflow_failure() noexcept;

 private:
  std::coroutine_handle<> continuation_;
  std::size_t depth_ = 0;
  Site awaited_at_;
  bool finished_ = false;
};

}  // namespace detail
}  // namespace reprise
