// Workflows of a shared library (api/reprise/library.h).
#pragma once

#include <string>

#include <reprise/registry.h>
#include <reprise/result.h>

namespace reprise::cli {

/// Loads the library at `path`, whose code then stays for as long as the process does, and adds its
/// workflows to `workflows`. Errors: not_found (no such file); invalid_argument (it can't be
/// loaded, exports no workflows, was built for another Reprise, or has one of its own);
/// duplicate_workflow.
Result<void> load_workflows(const std::string& path, Registry& workflows);

}  // namespace reprise::cli
