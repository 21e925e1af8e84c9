// Always-on checks of our own logic. A failed one stops the engine object, never the host process.
//
// REPRISE_ASSERT throws the private detail::FailStop, the only throw in engine code. It is caught
// where a thread enters the engine (poll() and each public call), which marks the engine failed.
// Data we did not write this instant is never asserted on: it gets a coded Error.
#pragma once

#include <exception>
#include <source_location>

namespace reprise::detail {

/// Thrown by a failed REPRISE_ASSERT. Caught only at the engine's own boundary.
class FailStop : public std::exception {
 public:
  FailStop(const char* condition, std::source_location where) noexcept
      : condition_(condition), where_(where) {}

  [[nodiscard]] const char* what() const noexcept override { return condition_; }
  [[nodiscard]] const char* condition() const noexcept { return condition_; }
  [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

 private:
  const char* condition_;
  std::source_location where_;
};

[[noreturn]] inline void fail_stop(const char* condition,
                                   std::source_location where = std::source_location::current()) {
  throw FailStop(condition, where);
}

}  // namespace reprise::detail

/// Throws detail::FailStop when `condition` is false, in every build.
#define REPRISE_ASSERT(condition) \
  (static_cast<bool>(condition) ? void() : ::reprise::detail::fail_stop(#condition))
