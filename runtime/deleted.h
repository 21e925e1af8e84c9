// Runs whose deletion is recorded and not yet durable: their rows are still in the store, and must
// not come back from there.
//
// Owned by its shard's Core; the shard's thread only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>

#include <reprise/ids.h>

#include "runtime/rows.h"

namespace reprise::runtime {

class Deleted {
 public:
  /// `ticket`: the submission that makes the deletion durable.
  void add(InstanceKey key, const Tombstone& stone, std::uint64_t ticket) {
    waiting_.push_back({std::move(key), stone, ticket});
  }

  [[nodiscard]] bool holds(RunId run, std::uint64_t durable_ticket) {
    forget(durable_ticket);
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [&](const Item& item) { return item.stone.run == run; });
  }
  /// What the newest deleted run of `key` leaves.
  [[nodiscard]] std::optional<Tombstone> stone(const InstanceKey& key,
                                               std::uint64_t durable_ticket) {
    forget(durable_ticket);
    const auto it = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                 [&](const Item& item) { return item.key == key; });
    if (it == waiting_.rend()) return std::nullopt;
    return it->stone;
  }

 private:
  struct Item {
    InstanceKey key;
    Tombstone stone;
    std::uint64_t ticket = 0;
  };
  void forget(std::uint64_t durable_ticket) {
    while (!waiting_.empty() && waiting_.front().ticket <= durable_ticket) waiting_.pop_front();
  }

  std::deque<Item> waiting_;  // Tickets rise, so the front is durable first. Few at a time.
};

}  // namespace reprise::runtime
