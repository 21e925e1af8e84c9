// The `reprise` command: arguments in, text out, an exit code back.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/registry.h>

namespace reprise::cli {

/// Where a command tells what it found.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool color = false;               ///< `out` is a terminal that wants colors.
  bool progress = false;            ///< `err` is a terminal: long work says how far it is.
  std::string program = "reprise";  ///< What it calls itself: the name it was started by.
  /// Shows long text a page at a time, where `out` is a terminal; null: it is none. Returns whether
  /// it could be written.
  std::function<bool(std::string_view)> page = nullptr;
};

/// `args` without the program's name. Returns an exit code of exit_code.h.
int run(const std::vector<std::string>& args, const Console& console, const Registry& workflows);

}  // namespace reprise::cli
