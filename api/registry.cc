#include <reprise/registry.h>

#include <unordered_set>

namespace reprise {

const detail::WorkflowEntry* Registry::find(std::string_view name) const noexcept {
  for (const auto& entry : entries_) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

const detail::WorkflowEntry* Registry::find(const void* function) const noexcept {
  for (const auto& entry : entries_) {
    if (entry.function == function) return &entry;
  }
  return nullptr;
}

Result<void> Registry::check() const {
  std::unordered_set<std::string_view> names;
  std::unordered_set<const void*> functions;
  for (const auto& entry : entries_) {
    if (entry.name.empty() || entry.name.size() > 255) {
      return Error(Code::invalid_argument, "a workflow's name has 1 to 255 bytes");
    }
    if (!names.insert(entry.name).second) {
      return Error(Code::duplicate_workflow, "two workflows are named \"" + entry.name + "\"");
    }
    if (!functions.insert(entry.function).second) {
      return Error(Code::duplicate_workflow,
                   "the function of \"" + entry.name + "\" is registered under two names");
    }
  }
  return {};
}

}  // namespace reprise
