// What a shard works with and does not own.
#pragma once

#include <atomic>
#include <cstdint>

#include <reprise/clock.h>
#include <reprise/options.h>
#include <reprise/random.h>
#include <reprise/registry.h>

#include "journal/store.h"
#include "runtime/code_watch.h"
#include "runtime/committer.h"
#include "runtime/log.h"
#include "runtime/step_runner.h"

namespace reprise::runtime {

/// What an engine is handed; everything outlives its shards.
struct Seams {
  journal::Store& store;
  Clock& clock;
  Random& random;
  StepRunner& runner;
  Committer& committer;
  const Registry& workflows;
  const EngineOptions& options;
  std::uint64_t store_id;             ///< In keys and tokens.
  const std::atomic<bool>& draining;  ///< Set when no more bodies may start.
  const Logger& log;
  CodeWatch& watch;
};

}  // namespace reprise::runtime
