// Context::map: a helper workflow over a window of open steps.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reprise/context.h>
#include <reprise/workflow.h>

namespace reprise::detail {

/// The name by value: the helper outlives the expression that called map.
struct MapName {
  std::string text;
  Site site;
};

template <class R, class A, class In>
Workflow<std::vector<step_result_t<R>>> map_steps(Context /*ctx*/, ExecutionId execution,
                                                  MapName name, MapOptions options,
                                                  std::vector<In> inputs, R (*body)(A)) {
  using Out = step_result_t<R>;
  const std::size_t window = options.concurrency == 0 ? inputs.size() : options.concurrency;
  std::vector<std::optional<Out>> results(inputs.size());
  std::vector<Operation<Out>> open;
  std::vector<OpId> ops;
  std::vector<std::size_t> indexes;
  std::size_t next = 0;
  while (next < inputs.size() || !open.empty()) {
    while (next < inputs.size() && open.size() < window) {
      open.push_back(start_step<false>(execution, Name(name.text, name.site), options.step, body,
                                       inputs[next]));
      ops.push_back(open.back().op());
      indexes.push_back(next++);
    }
    auto& driver = current_or_throw(execution);
    const std::size_t done = co_await FirstComplete(driver, ops);
    results[indexes[done]].emplace(open[done].settle(driver));
    const auto offset = static_cast<std::ptrdiff_t>(done);
    open.erase(open.begin() + offset);
    ops.erase(ops.begin() + offset);
    indexes.erase(indexes.begin() + offset);
  }
  std::vector<Out> values;
  values.reserve(results.size());
  for (auto& result : results) values.push_back(*std::move(result));
  co_return values;
}

}  // namespace reprise::detail

namespace reprise {

template <class R, class A, class In>
REPRISE_COROUTINE_WRAPPER Workflow<std::vector<detail::step_result_t<R>>> Context::map(
    detail::Name name, MapOptions options, std::vector<In> inputs, R (*body)(A)) const {
  static_assert(!std::is_void_v<detail::step_result_t<R>>, "map is for steps that return a value");
  return detail::map_steps<R, A, In>(*this, execution_,
                                     detail::MapName{std::string(name.text()), name.site()},
                                     options, std::move(inputs), body);
}

}  // namespace reprise
