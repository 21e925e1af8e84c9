// The coroutine behind Workflow<T>: what becomes of its result.
//
// Invariants:
// - The outermost workflow tells its Driver how it ended before its locals are destroyed.
#pragma once

#include <exception>
#include <utility>
#include <variant>

#include <reprise/assert.h>
#include <reprise/codec.h>
#include <reprise/detail/promise_base.h>

namespace reprise::detail {

/// What the outermost workflow's result is encoded with; null in helpers.
template <class T>
using EncodeResult = Outcome (*)(const T&);

template <class T>
class Promise final : public PromiseBase {
 public:
  Workflow<T> get_return_object();

  template <class V = T>
    requires std::is_convertible_v<V&&, T>
  void return_value(V&& value) {
    if (encode_ != nullptr) {
      finish(encode_(std::forward<V>(value)));
    } else {
      result_.template emplace<1>(std::forward<V>(value));
    }
  }
  void unhandled_exception() {
    rethrow_fail_stop();
    if (encode_ != nullptr) {
      finish(workflow_failure());
    } else {
      result_.template emplace<2>(std::current_exception());
    }
  }

  void make_outermost(EncodeResult<T> encode) noexcept { encode_ = encode; }
  /// REQUIRES: finished(), a helper.
  T take() {
    if (auto* exception = std::get_if<2>(&result_)) std::rethrow_exception(*exception);
    REPRISE_ASSERT(result_.index() == 1);
    return std::move(std::get<1>(result_));
  }

 private:
  EncodeResult<T> encode_ = nullptr;
  std::variant<std::monostate, T, std::exception_ptr> result_;
};

template <>
class Promise<void> final : public PromiseBase {
 public:
  Workflow<void> get_return_object();

  void return_void() noexcept {
    if (outermost_) finish(Payload{});
  }
  void unhandled_exception() {
    rethrow_fail_stop();
    if (outermost_) {
      finish(workflow_failure());
    } else {
      exception_ = std::current_exception();
    }
  }

  void make_outermost() noexcept { outermost_ = true; }
  void take() {
    if (exception_) std::rethrow_exception(exception_);
  }

 private:
  bool outermost_ = false;
  std::exception_ptr exception_;
};

}  // namespace reprise::detail
