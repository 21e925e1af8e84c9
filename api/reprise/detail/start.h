// How each call on Context becomes a command. The untyped half is in api/start.cc.
#pragma once

#include <concepts>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include <reprise/detail/awaiters.h>
#include <reprise/detail/step_body.h>
#include <reprise/operation.h>
#include <reprise/step.h>

namespace reprise::detail {

/// A name and the source line that gave it. Made from text where the call is written.
class Name {
 public:
  Name() = default;
  template <std::convertible_to<std::string_view> Text>
  Name(const Text& text, std::source_location where = std::source_location::current())  // NOLINT
      : text_(text), site_(site_of(where)) {}

  Name(std::string_view text, Site site) : text_(text), site_(site) {}

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] Site site() const noexcept { return site_; }

 private:
  std::string_view text_;
  Site site_;
};
static_assert(std::is_trivially_destructible_v<Name>);

/// Stands for the namespace of the workflow that makes the call: no namespace contains a NUL.
inline constexpr std::string_view same_space{"\0", 1};

struct StartOptions {
  std::string_view space = same_space;
  ParentClose on_parent_close = ParentClose::cancel;
  bool detached = false;
};

// Each throws Error: context_invalid outside the workflow's code, invalid_argument or
// name_too_long for a name or option out of range, unregistered for an unknown workflow.

/// `what` in the message is "a step's name" and the like.
void check_name(std::string_view name, const char* what);
OperationHandle schedule_step(ExecutionId execution, Name name, const StepOptions& options,
                              std::uint64_t args_hash, std::shared_ptr<StepBody> body);
OperationHandle sleep_until(ExecutionId execution, Nanos due, Site site);
OperationHandle sleep_for(ExecutionId execution, Nanos duration, Site site);
OperationHandle await_signal(ExecutionId execution, Name name);
OperationHandle send_signal(ExecutionId execution, std::string_view id, Name name,
                            std::string_view signal_id, std::string_view space, Payload value);
OperationHandle start_child(ExecutionId execution, const void* function, Name id,
                            const StartOptions& options, Payload input);
/// As above for a workflow known by its registered name only.
OperationHandle start_child(ExecutionId execution, std::string_view workflow, Name id,
                            const StartOptions& options, Payload input);

/// A version 4 UUID of two draws.
[[nodiscard]] std::string make_uuid(Driver& driver);

/// A checked format string and the source line it is written in.
template <class... A>
struct FormatAt {
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  consteval FormatAt(const Text& format,  // NOLINT
                     std::source_location where = std::source_location::current())
      : text(format), site{where.file_name(), static_cast<std::uint32_t>(where.line())} {}

  fmt::format_string<A...> text;
  Site site;
};
/// Not deduced: the arguments decide what the format is checked against.
template <class... A>
using LogFormat = FormatAt<std::type_identity_t<A>...>;

template <class Op>
inline constexpr bool is_operation_v = false;
template <class T, bool Try>
inline constexpr bool is_operation_v<BasicOperation<T, Try>> = true;
template <bool Try>
inline constexpr bool is_operation_v<Sent<Try>> = true;
template <class Op>
concept IsOperation = is_operation_v<Op>;

template <class F>
concept Lambda = std::is_class_v<F>;

/// Guard 5: GCC 12 destroys an aggregate temporary in an await expression twice.
template <class B>
inline constexpr bool named_v =
    std::is_lvalue_reference_v<B> || !std::is_aggregate_v<std::remove_reference_t<B>> ||
    std::is_trivially_destructible_v<std::remove_reference_t<B>>;

/// Guard 3, with a message for each stored argument.
template <class... S>
constexpr void check_stored(std::tuple<S...>*) {
  static_assert((owns_v<S> && ...), "a step's arguments are stored: take them by value");
  static_assert(
      (Journaled<S> && ...),
      "a step's arguments are hashed: give their types to_json and from_json, or a Codec");
}

template <bool Try, class R, class... A, class... B>
BasicOperation<step_result_t<R>, Try> start_step(ExecutionId execution, Name name,
                                                 const StepOptions& options, R (*function)(A...),
                                                 B&&... args) {
  using Body = FunctionBody<R, A...>;
  using Args = typename Body::Args;
  static_assert(Journaled<step_result_t<R>>,
                "a step's result is journaled: give its type to_json and from_json, or a Codec");
  static_assert((named_v<B> && ...), "name the aggregate first, then pass the name to the step");
  static_assert(sizeof...(B) == std::tuple_size_v<Args>,
                "this step's function takes another number of arguments");
  if constexpr (sizeof...(B) == std::tuple_size_v<Args>) {
    check_stored(static_cast<Args*>(nullptr));
    Args stored(std::forward<B>(args)...);
    const auto hash = hash_args(stored);
    auto body = std::make_shared<Body>(function, std::move(stored));
    return BasicOperation<step_result_t<R>, Try>(
        schedule_step(execution, name, options, hash, std::move(body)));
  }
}

template <bool Try, class F>
auto start_lambda(ExecutionId execution, Name name, const StepOptions& options, const F& function) {
  static_assert(std::is_trivially_destructible_v<F>,
                "a step's lambda captures [&] or plain values only; pass what owns memory as an "
                "argument: ctx.step(name, function, value)");
  static_assert(std::is_invocable_v<F&> || std::is_invocable_v<F&, StepContext&>,
                "a step's lambda takes nothing, or StepContext&");
  using T = step_result_t<typename LambdaBody<F>::R>;
  static_assert(Journaled<T>,
                "a step's result is journaled: give its type to_json and from_json, or a Codec");
  auto body = std::make_shared<LambdaBody<F>>(function);
  return StepInPlace<T, Try>(execution, name.text(), name.site(), options, std::move(body));
}

/// Encodes what workflow code hands over. Throws the codec's Error.
template <class V>
Payload encode_or_throw(const V& value) {
  static_assert(Journaled<stored_t<V>>,
                "a signal's value is journaled: give its type to_json and from_json, or a Codec");
  if constexpr (std::is_same_v<stored_t<V>, V>) {
    return encode_value(value).value();
  } else {
    return encode_value(stored_t<V>(value)).value();
  }
}

/// The input of a workflow taking `A...`. Throws the codec's Error.
template <class... A, class... B>
Payload workflow_input(B&&... args) {
  static_assert(sizeof...(A) == sizeof...(B), "this workflow takes another number of arguments");
  static_assert((named_v<B> && ...), "name the aggregate first, then pass the name");
  if constexpr (sizeof...(A) == sizeof...(B)) {
    return encode_args<A...>(static_cast<const A&>(std::forward<B>(args))...).value();
  }
}

}  // namespace reprise::detail
