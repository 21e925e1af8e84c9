// The type a workflow function returns, and how a Registry learns of one.
//
//   reprise::Workflow<std::string> fulfil(reprise::Context ctx, Order order) { co_return "done"; }
//   workflows.add("fulfil", fulfil);  // In main(), before Engine::open.
//
// Invariants:
// - A workflow, and a helper it awaits, is a free function: Context first, everything by value.
//   Anything else has no promise type and does not compile.
// - Lazy: calling the function runs nothing.
#pragma once

#include <coroutine>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <reprise/codec.h>
#include <reprise/context.h>
#include <reprise/detail/args.h>
#include <reprise/detail/promise.h>
#include <reprise/registry.h>

namespace reprise {

/// The frame of a workflow or helper that has not been awaited. Move-only. Await it at once, or by
/// std::move; register the function itself with Registry::add.
template <class T>
class [[nodiscard("co_await the helper: it has not run")]] REPRISE_COROUTINE Workflow {
 public:
  static_assert(!std::is_reference_v<T>, "a workflow returns by value");
  using value_type = T;

  Workflow(Workflow&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Workflow& operator=(Workflow&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Workflow() {
    if (handle_) handle_.destroy();
  }

 private:
  friend detail::Promise<T>;
  template <class>
  friend class detail::HelperAwaiter;
  template <class>
  friend class detail::WorkflowFrame;

  using Handle = std::coroutine_handle<detail::Promise<T>>;
  explicit Workflow(Handle handle) noexcept : handle_(handle) {}

  Handle handle_;
};

namespace detail {

/// Awaits a helper: runs it, and goes on when it has ended.
template <class T>
class HelperAwaiter {
 public:
  HelperAwaiter(Workflow<T>&& helper, std::size_t depth, Site site)
      : helper_(std::move(helper)), nested_(depth <= PromiseBase::nested_start_max) {
    if (!helper_.handle_) throw Error(Code::invalid_argument, "this helper was awaited before");
    helper_.handle_.promise().set_depth(depth);
    helper_.handle_.promise().set_awaited_at(site);
  }

  bool await_ready() {
    if (!nested_) return false;
    helper_.handle_.resume();
    return helper_.handle_.promise().finished();
  }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> parent) noexcept {
    helper_.handle_.promise().continue_with(parent);
    if (nested_) return std::noop_coroutine();  // It has started, and waits.
    return helper_.handle_;
  }
  T await_resume() { return helper_.handle_.promise().take(); }

 private:
  Workflow<T> helper_;
  bool nested_;
};

/// The frames of one execution, from the outermost workflow.
template <class T>
class WorkflowFrame final : public Frame {
 public:
  explicit WorkflowFrame(Workflow<T> workflow) : workflow_(std::move(workflow)) {
    if constexpr (std::is_void_v<T>) {
      workflow_.handle_.promise().make_outermost();
    } else {
      workflow_.handle_.promise().make_outermost([](const T& value) -> Outcome {
        auto payload = encode_value(value);
        if (payload) return *std::move(payload);
        return to_failure(Code::workflow_failed, payload.error());
      });
    }
  }

  void start() override { workflow_.handle_.resume(); }

 private:
  Workflow<T> workflow_;
};

template <class T>
Workflow<T> Promise<T>::get_return_object() {
  const auto handle = std::coroutine_handle<Promise>::from_promise(*this);
  check_frame(handle.address());
  return Workflow<T>(handle);
}

inline Workflow<void> Promise<void>::get_return_object() {
  const auto handle = std::coroutine_handle<Promise>::from_promise(*this);
  check_frame(handle.address());
  return Workflow<void>(handle);
}

/// For functions that are no workflow: says what one looks like.
template <class... Args>
struct NotAWorkflow {
  static_assert(never<Args...>,
                "a workflow is a free function that takes reprise::Context first, by value");
};

}  // namespace detail

template <class R, class... A>
void Registry::add(std::string name, Workflow<R> (*function)(Context, A...)) {
  static_assert(
      Journaled<R>,
      "a workflow's result is journaled: give its type to_json and from_json, or a Codec");
  static_assert(
      (Journaled<std::remove_cv_t<A>> && ...),
      "a workflow's parameters are journaled: give their types to_json and from_json, or a Codec");
  detail::WorkflowEntry entry;
  entry.name = std::move(name);
  entry.function = reinterpret_cast<const void*>(function);
  entry.make = [function](detail::ExecutionId execution,
                          const Payload& input) -> Result<std::unique_ptr<detail::Frame>> {
    // What the user's types throw while they move is an error of the input, like any other.
    try {
      auto args = detail::decode_args<A...>(input);
      if (!args) return std::move(args).error();
      return std::apply(
          [&](A&... each) -> std::unique_ptr<detail::Frame> {
            return std::make_unique<detail::WorkflowFrame<R>>(
                function(Context(execution), std::move(each)...));
          },
          *args);
    } catch (const detail::FailStop&) {
      throw;
    } catch (const std::exception& error) {
      return Error(Code::undecodable, error.what());
    } catch (...) {
      return Error(Code::undecodable, "a parameter threw something that is no std::exception");
    }
  };
  entries_.push_back(std::move(entry));
}

}  // namespace reprise

/// Guards 1 and 2: a promise type only for free functions taking Context and owned values.
template <class T, class... Args>
struct std::coroutine_traits<reprise::Workflow<T>, reprise::Context, Args...> {
  static_assert((reprise::detail::owns_v<Args> && ...),
                "take workflow parameters by value: no reference, pointer, string_view or span");
  using promise_type = reprise::detail::Promise<T>;
};

template <class T, class... Args>
struct std::coroutine_traits<reprise::Workflow<T>, Args...>
    : reprise::detail::NotAWorkflow<T, Args...> {};
