// The parts of an explanation, each a table of its own with a blank line before it.
#pragma once

#include "runtime/explaining.h"
#include "tools/cli/tool.h"

namespace reprise::cli {

/// What each wait needs.
void tell_needs(const runtime::Explanation& told, const Console& console);
/// What its code last had something to do for.
void tell_woken(const runtime::Explanation& told, const Console& console);

}  // namespace reprise::cli
