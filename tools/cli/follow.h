// `history --follow`: tells events as they are recorded, until the instance ends.
#pragma once

#include <functional>

#include <reprise/ids.h>
#include <reprise/result.h>

#include "tools/cli/commands.h"

namespace reprise::cli {

/// Lets that much time pass.
using Wait = std::function<void(Nanos)>;
[[nodiscard]] Wait real_wait();

/// Looks at the store again and again, beside whoever has it open and over restarts of it, and
/// never holds its lock. A look is taken only where files have changed, and takes at most a tenth
/// of the time. Returns 0 once the instance has ended or `limit` events are told, 1 when there is
/// no more to follow (stderr says why). Errors: invalid_argument (a journal file), those of the
/// first look; of a later one, but for store_locked.
Result<int> follow(const Arguments& given, const Console& console, const Wait& wait);

}  // namespace reprise::cli
