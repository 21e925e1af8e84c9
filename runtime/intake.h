// What a request is refused for before it reaches its shard, whatever the engine is doing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <reprise/options.h>
#include <reprise/result.h>

#include "runtime/inbox.h"

namespace reprise::runtime {

/// What a token must be of.
struct StoreFacts {
  std::uint64_t id = 0;
  std::size_t shards = 0;
};

/// Errors: name_too_long, invalid_argument, payload_too_large, not_found (a token of another
/// store); nothing if it may go in. Pure: any thread.
[[nodiscard]] std::optional<Error> refusal(const Request& request, const Limits& limits,
                                           const StoreFacts& store);

}  // namespace reprise::runtime
