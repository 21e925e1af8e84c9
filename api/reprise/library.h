// Workflows in a shared library, for the stock `reprise` command: `reprise --workflows libshop.so`.
//
//   static void shop(reprise::Registry& workflows) { workflows.add("fulfil", fulfil); }
//   REPRISE_EXPORT_WORKFLOWS(shop)
//
// Once in the library, outside of all namespaces. Link reprise::workflows, not reprise::reprise:
// the library takes what it needs of Reprise from the command that loads it, so that there is one
// of each thing only. It is not unloaded before the process ends.
#pragma once

#include <version>

#include <reprise/detail/compiler.h>
#include <reprise/detail/driver.h>
#include <reprise/registry.h>

/// The version of these headers; the tool's own build fails if it is not the project's.
#define REPRISE_LIBRARY_VERSION "0.1.0"

// What may differ between two builds of the same headers and must not.
#if defined(_LIBCPP_VERSION)
#define REPRISE_LIBRARY_STD "libc++"
#elif defined(_GLIBCXX_DEBUG)
#define REPRISE_LIBRARY_STD "libstdc++ with _GLIBCXX_DEBUG"
#elif defined(_GLIBCXX_USE_CXX11_ABI) && !_GLIBCXX_USE_CXX11_ABI
#define REPRISE_LIBRARY_STD "libstdc++ with the old strings"
#else
#define REPRISE_LIBRARY_STD "libstdc++"
#endif

namespace reprise::detail {

/// What a library exports. Its first member never changes, nor does the symbol's name: they are
/// read before anything is known of the rest.
struct WorkflowLibrary {
  const char* stamp;                 ///< Equal in both, or nothing else is looked at.
  ExecutionId (*shared)() noexcept;  ///< Of which there must be one: new_execution.
  void (*fill)(Registry& workflows);
};

inline constexpr const char* library_stamp =
    "reprise " REPRISE_LIBRARY_VERSION ", " REPRISE_COMPILER ", " REPRISE_LIBRARY_STD;

}  // namespace reprise::detail

/// Exports the workflows that `function`, a void (reprise::Registry&), adds.
#define REPRISE_EXPORT_WORKFLOWS(function)                              \
  extern "C" __attribute__((visibility("default"), used))               \
  const ::reprise::detail::WorkflowLibrary reprise_workflow_library = { \
      ::reprise::detail::library_stamp, &::reprise::detail::new_execution, &(function)};
