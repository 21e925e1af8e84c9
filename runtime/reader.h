// Reads the instances of a store without an engine: no code runs, nothing is written.
//
// The same fold as the engine's own recovery, over a store opened read_only (or one in memory).
// A list reads a few shards at a time, each on a thread; all else is one thread's.
//
// Invariants:
// - A shard is read when it is first asked for, and once: what an engine writes later is not seen.
// - A damaged shard or instance answers `corrupt`; the others go on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/options.h>
#include <reprise/result.h>

#include "journal/store.h"
#include "replay/decider.h"
#include "replay/instance_state.h"
#include "runtime/explaining.h"
#include "runtime/history_buffer.h"
#include "runtime/portable.h"
#include "runtime/telling.h"

namespace reprise::runtime {

/// A history in memory, for code that is run against it again (replay/rerun.h). What it refers to
/// lives as long as its Reader.
struct Recorded {
  InstanceInfo info;
  replay::InstanceState state;
  HistoryBuffer events;
  const replay::Names* names = nullptr;
  replay::Unpack unpack;

  /// As a decider takes it; views of `events`.
  [[nodiscard]] std::vector<replay::HistoryEvent> history() const;
};

class Reader {
 public:
  /// `store` must outlive it.
  explicit Reader(journal::Store& store);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// The first `filter.limit` that match, in order of start. Reads of each shard what came after
  /// its snapshot, and then of rows and histories only what these take. A shard that can't be read
  /// is left out, and `damaged` says why. Errors: io_error.
  Result<std::vector<InstanceInfo>> list(const ListFilter& filter,
                                         std::vector<std::string>& damaged);
  /// With what it waits for. Errors: not_found, corrupt, unknown_kind, io_error.
  Result<InstanceInfo> describe(const InstanceKey& key);
  /// Tells the events from the `first`, one at a time (Views::history). Errors: as describe().
  Result<void> history(const InstanceKey& key, std::uint64_t payload_max, const EventSink& sink,
                       Seq first = 1);

  /// Its history as it goes into a journal file.
  Result<Exported> exported(const InstanceKey& key);
  /// Its history as code is run against it. Errors: as describe().
  Result<Recorded> recorded(const InstanceKey& key);
  /// The same of every run, a damaged one too, one after the other. Errors: of a shard that can't
  /// be read: those behind it are not visited.
  Result<void> each(const std::function<void(RunId, Result<Recorded>)>& visit);
  /// Why it does not move, and what its steps may have done. Errors: as describe().
  Result<Explanation> explained(const InstanceKey& key);

  /// Reads every history whole and holds it against the state its row and the journal fold to.
  /// Damage is a problem: one sentence each. `progress`, if any, is told now and then what is read.
  /// Errors: io_error.
  Result<std::vector<std::string>> verify(const std::function<void(std::string_view)>& progress);
  /// Instances verify() found sound so far.
  [[nodiscard]] std::uint64_t sound() const noexcept { return sound_; }

 private:
  struct Shard;
  struct Idle;
  Result<void> verify_run(Shard& shard, RunId run);
  Result<Shard*> shard(ShardId id);
  Result<Recorded> recorded(Shard& shard, RunId run);
  Result<Shard*> shard_of(const InstanceKey& key);

  journal::Store& store_;
  std::unique_ptr<Idle> idle_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::uint64_t sound_ = 0;
};

}  // namespace reprise::runtime
