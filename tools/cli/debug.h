// `debug` as CLI11 knows it: a session over one recorded run, on a terminal, from a script, or
// under gdb.
#pragma once

#include <functional>

#include <reprise/registry.h>

#include "tools/cli/commands.h"

namespace reprise::cli {

/// As add_fork.
CLI::App* add_debug(CLI::App& app, Arguments& given, const Registry& workflows,
                    const std::function<void(Command)>& choose);

}  // namespace reprise::cli
