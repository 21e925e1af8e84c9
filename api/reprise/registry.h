// The workflow functions an engine may run, by name.
//
// `add` never fails; duplicate names or functions are reported by Engine::open
// (duplicate_workflow). Copied into the engine at open. No static registries: build one in main()
// and hand it in.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/detail/driver.h>
#include <reprise/payload.h>
#include <reprise/result.h>

namespace reprise {

class Context;
template <class T>
class Workflow;

namespace detail {

/// One registered workflow.
struct WorkflowEntry {
  std::string name;
  const void* function = nullptr;  ///< Address, so that `start(fulfil, …)` finds the name.
  /// Decodes `input`, calls the function with a Context of `execution`, returns its frames.
  /// `undecodable` if the input is not what the function takes. Does not run user code beyond
  /// parameter copies.
  std::function<Result<std::unique_ptr<Frame>>(ExecutionId execution, const Payload& input)> make;
};

}  // namespace detail

/// Value type; not synchronised: fill it on one thread before opening engines with it.
class Registry {
 public:
  /// Registers a workflow: a free function taking Context first and everything by value.
  /// Defined in workflow.h.
  template <class R, class... A>
  void add(std::string name, Workflow<R> (*function)(Context, A...));

  /// Null if there is none. Valid until the registry changes.
  [[nodiscard]] const detail::WorkflowEntry* find(std::string_view name) const noexcept;
  [[nodiscard]] const detail::WorkflowEntry* find(const char* name) const noexcept {
    return find(std::string_view(name));  // Else a literal would convert to a function's address.
  }
  [[nodiscard]] const detail::WorkflowEntry* find(const void* function) const noexcept;
  /// Code::duplicate_workflow naming the first name or function that was added twice.
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] const std::vector<detail::WorkflowEntry>& entries() const noexcept {
    return entries_;
  }

 private:
  std::vector<detail::WorkflowEntry> entries_;
};

}  // namespace reprise
