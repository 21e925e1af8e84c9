#include "replay/message.h"

#include <reprise/assert.h>
#include <reprise/hash.h>

namespace reprise::replay {

ShardId shard_of(const InstanceKey& key, std::uint16_t shards) noexcept {
  if (shards <= 1) return 0;
  std::string bytes;
  bytes.reserve(key.space.size() + 1 + key.id.size());
  bytes.append(key.space).push_back('\0');
  bytes.append(key.id);
  return static_cast<ShardId>(hash64(bytes) % shards);
}

}  // namespace reprise::replay
