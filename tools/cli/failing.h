// How a command that could not be done says so: the sentence, the code, and what to try.
#pragma once

#include <string>
#include <string_view>

#include <reprise/error.h>

#include "tools/cli/tool.h"

namespace reprise::cli {

/// Says it on `console.err`, of `command` on `source`. Returns the exit code.
int tell_failure(const Error& error, std::string_view command, const std::string& source,
                 const Console& console);

}  // namespace reprise::cli
