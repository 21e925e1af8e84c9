// What a request is refused for before it reaches its shard, whatever the engine is doing.
#pragma once

#include <cstddef>
#include <optional>

#include <reprise/options.h>
#include <reprise/result.h>

#include "runtime/inbox.h"

namespace reprise::runtime {

/// Errors: name_too_long, invalid_argument, payload_too_large, not_found (a token of another
/// store); nothing if it may go in. Pure: any thread.
[[nodiscard]] std::optional<Error> refusal(const Request& request, const Limits& limits,
                                           std::size_t shards);

}  // namespace reprise::runtime
