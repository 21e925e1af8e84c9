// What a disk holds after its process has died.
#pragma once

#include <cstdint>
#include <string_view>

#include "journal/record.h"
#include "journal/store.h"
#include "replay/event.h"

namespace reprise::testing {

/// Records ever written to it.
inline std::uint64_t records_on(const journal::Store& disk) {
  std::uint64_t records = 0;
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) records += disk.ends(shard).last;
  return records;
}

/// Calls `visit(RunId, OpId)` for every step whose completion it holds. Throws Error where an event
/// can't be read: no process leaves that behind.
template <class Visit>
void each_completed_step(const journal::Store& disk, Visit visit) {
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) {
    (void)disk.read(shard, disk.ends(shard).first, [&](Position, Epoch, std::string_view body) {
      for (journal::EventCursor at(body); at.next();) {
        const auto event = replay::decode(at.bytes()).value();
        if (event.kind == replay::EventKind::step_completed) visit(at.run(), event.op);
      }
      return true;
    });
  }
}

}  // namespace reprise::testing
