// `debug`: a session over one recorded run, on a terminal, from a script, or under gdb.
#pragma once

#include <string>
#include <vector>

#include <reprise/registry.h>
#include <reprise/result.h>

#include "tools/cli/tool.h"

namespace reprise::cli {

struct DebugArguments {
  std::string source;
  std::string id;  ///< "": the only one there is.
  std::string space;
  std::size_t at = 1;                ///< The event before which it begins.
  std::vector<std::string> run;      ///< Commands, instead of those typed.
  std::vector<std::string> folders;  ///< Where sources are looked for.
  bool gdb = false;
  bool under_gdb = false;  ///< This process is the one that gdb looks into.
};

/// As those of commands.h.
Result<int> debug(const DebugArguments& given, const Console& console, const Registry& workflows);

}  // namespace reprise::cli
