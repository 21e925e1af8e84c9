#include "tools/cli/library.h"

#include <exception>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <dlfcn.h>

#include <reprise/library.h>

#include "tools/cli/text.h"

#include <fmt/format.h>

static_assert(std::string_view(REPRISE_LIBRARY_VERSION) == REPRISE_VERSION,
              "api/reprise/library.h names another version than CMakeLists.txt");

namespace reprise::cli {
namespace {

constexpr std::size_t text_max = 300;

Error unusable(const std::string& path, std::string_view why) {
  return {Code::invalid_argument, fmt::format("{}: {}", shown(path, text_max), why)};
}

/// The loader's own words.
std::string why_not() {
  const char* text = ::dlerror();
  return text == nullptr ? "it can't be loaded" : shown(text, text_max);
}

}  // namespace

Result<void> load_workflows(const std::string& path, Registry& workflows) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return Error(Code::not_found,
                 fmt::format("{}: there is no such file; --workflows takes the path of a shared "
                             "library",
                             shown(path, text_max)));
  }
  // Absolute: a name without a slash would be looked for elsewhere.
  const auto absolute = std::filesystem::absolute(path, ignored).string();
  void* const library = ::dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return unusable(path, why_not());
  const auto* exported =
      static_cast<const detail::WorkflowLibrary*>(::dlsym(library, "reprise_workflow_library"));
  if (exported == nullptr) {
    return unusable(path,
                    "it exports no workflows; REPRISE_EXPORT_WORKFLOWS (reprise/library.h) "
                    "does that");
  }
  const std::string_view stamp = exported->stamp == nullptr ? "" : exported->stamp;
  if (stamp != detail::library_stamp) {
    return unusable(path, fmt::format("it was built for {}, and this is {}: build it again",
                                      shown(stamp, 100), detail::library_stamp));
  }
  if (exported->shared != &detail::new_execution) {
    return unusable(path,
                    "it has a Reprise of its own, apart from this program's: link it with "
                    "reprise::workflows; a program of your own must export its symbols "
                    "(ENABLE_EXPORTS in CMake)");
  }
  try {
    exported->fill(workflows);
  } catch (const std::exception& error) {
    return unusable(path, fmt::format("adding its workflows threw: {}", error.what()));
  }
  return workflows.check();
}

}  // namespace reprise::cli
