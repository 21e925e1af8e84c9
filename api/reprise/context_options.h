// Options of the calls on Context. Trivially destructible: write them in braces in the await.
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <reprise/detail/command.h>
#include <reprise/detail/start.h>
#include <reprise/step.h>

namespace reprise {

using ParentClose = detail::ParentClose;

/// How a child workflow is started. `.id` is a must.
struct ChildOptions {
  detail::Name id;
  std::string_view space = detail::same_space;        ///< Default: the parent's namespace.
  ParentClose on_parent_close = ParentClose::cancel;  ///< Not of start_child: that one goes on.
};
static_assert(std::is_trivially_destructible_v<ChildOptions>);

struct SignalOptions {
  std::string_view id{};                        ///< Deduplicates; default: a random one.
  std::string_view space = detail::same_space;  ///< Of signal_to. Default: the sender's namespace.
};
static_assert(std::is_trivially_destructible_v<SignalOptions>);

struct MapOptions {
  std::uint32_t concurrency = 16;  ///< Most steps open at a time; 0 = all.
  StepOptions step{};
};
static_assert(std::is_trivially_destructible_v<MapOptions>);

}  // namespace reprise
