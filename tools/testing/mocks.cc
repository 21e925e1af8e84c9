#include <reprise/testing/mocks.h>

#include <reprise/error.h>

namespace reprise::testing {

std::optional<detail::Outcome> Mocks::run(std::string_view name, StepContext& context) const {
  const auto failure = failures_.find({std::string(name), context.attempt()});
  if (failure != failures_.end()) {
    return Failure{static_cast<std::uint16_t>(Code::step_failed), "", failure->second, true};
  }
  const auto body = bodies_.find(name);
  if (body == bodies_.end()) return std::nullopt;
  return body->second(context);
}

}  // namespace reprise::testing
