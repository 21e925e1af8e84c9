// What a disk holds, as values a test can compare.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <reprise/options.h>

#include "journal/store.h"
#include "runtime/token.h"
#include "tools/testing/on_disk.h"

namespace reprise::test {

using Records = std::map<std::pair<ShardId, Position>, std::string>;

/// All records held, by place.
inline Records records_of(const journal::Store& disk) {
  Records records;
  for (ShardId shard = 0; shard < disk.header().shards; ++shard) {
    (void)disk.read(shard, disk.ends(shard).first,
                    [&](Position position, Epoch epoch, std::string_view body) {
                      records[{shard, position}] = fmt::format("{}:", epoch).append(body);
                      return true;
                    });
  }
  return records;
}

/// True if every record of `before` is, unchanged, in `after`.
inline bool extends(const Records& before, const Records& after) {
  for (const auto& [place, bytes] : before) {
    const auto at = after.find(place);
    if (at == after.end() || at->second != bytes) return false;
  }
  return true;
}

/// What is wrong with a disk that once held `before` and holds `after` now: a record that is
/// neither unchanged nor trimmed; "" when there is none.
inline std::string lost_record(const Records& before, const Records& after,
                               const journal::Store& disk) {
  for (const auto& [place, bytes] : before) {
    const auto& [shard, position] = place;
    if (position < disk.ends(shard).first) continue;  // A snapshot stands for it.
    const auto found = after.find(place);
    if (found == after.end() || found->second != bytes) {
      return fmt::format("record {} of shard {} was lost or changed", position, shard);
    }
  }
  return {};
}

/// The idempotency key of every step whose completion is on disk.
inline std::set<std::string> completed_steps(const journal::Store& disk) {
  std::set<std::string> steps;
  testing::each_completed_step(disk, [&](RunId run, OpId op) {
    steps.insert(runtime::to_text({disk.header().store_id[0], run, op}));
  });
  return steps;
}

/// A history without what a crash may change: seqs, times, and repeated starts of a body whose
/// process died. One list per operation, because operations that run at the same time may be
/// answered in any order.
inline std::map<OpId, std::vector<std::string>> essence(const std::vector<EventInfo>& history) {
  std::map<OpId, std::vector<std::string>> operations;
  std::map<OpId, std::string> last;
  for (const EventInfo& event : history) {
    const bool again = event.kind == "step_scheduled" && last[event.op] == event.kind;
    last[event.op] = event.kind;
    if (again) continue;
    operations[event.op].push_back(fmt::format("{} {} {} {} {}", event.kind, event.name, event.site,
                                               event.payload.bytes,
                                               event.failure ? event.failure->message : ""));
  }
  return operations;
}

}  // namespace reprise::test
