// `fork` as CLI11 knows it.
#pragma once

#include <functional>
#include <vector>

#include <reprise/registry.h>
#include <reprise/result.h>

#include "tools/cli/commands.h"
#include "tools/cli/tool.h"
#include "tools/cli/what_if.h"

namespace reprise::cli {

/// Adds the command, which leaves what it shares with others in `given` and hands what it does to
/// `choose`. All outlive `app`.
CLI::App* add_fork(CLI::App& app, Arguments& given, const Registry& workflows,
                   const std::function<void(Command)>& choose);

/// A table of what became of each variant, and what each lacks or waits for.
void tell(const runtime::Recorded& recorded, const std::vector<Forked>& all,
          const Console& console);

}  // namespace reprise::cli
