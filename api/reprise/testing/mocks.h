// Step bodies of a test in the place of the workflow's own, by the step's name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reprise/detail/step_body.h>
#include <reprise/step.h>

namespace reprise::testing {

class Mocks {
 public:
  /// Runs `body` for every step of that name: a callable with no argument or a StepContext&, which
  /// returns what the step returns, or throws. A value of another type is `undecodable` there.
  template <class F>
  void step(std::string name, F body) {
    bodies_[std::move(name)] = [body = std::move(body)](StepContext& context) mutable {
      return detail::run_body(
          [&]() -> decltype(auto) { return detail::call_lambda(body, context); });
    };
  }

  /// The `attempt`-th start (from 1) of each step of that name fails, retryable, without its body.
  void fail(std::string name, std::uint32_t attempt, std::string message = "failed by the test") {
    failures_[{std::move(name), attempt}] = std::move(message);
  }

  /// What is to run instead of the step's own body; empty: nothing is.
  [[nodiscard]] std::optional<detail::Outcome> run(std::string_view name,
                                                   StepContext& context) const;

 private:
  std::map<std::string, std::function<detail::Outcome(StepContext&)>, std::less<>> bodies_;
  std::map<std::pair<std::string, std::uint32_t>, std::string> failures_;
};

}  // namespace reprise::testing
