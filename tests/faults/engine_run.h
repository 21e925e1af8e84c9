// A whole engine on a store on a simulated disk, all on one thread: what its host was told, and
// what has to be true after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/faults/disk.h"

namespace reprise::faults {

/// What the host was answered, and after which operation.
struct Receipt {
  enum class Kind : std::uint8_t { started, signalled, finished };
  Kind kind = Kind::started;
  std::size_t op = 0;
};

struct EngineRun {
  Disk start;
  std::vector<Op> ops;
  std::vector<Receipt> receipts;
};

/// One workflow with operations of every kind, from its start to an orderly close.
[[nodiscard]] EngineRun record_engine(std::uint64_t seed, std::uint16_t shards);

/// Opens an engine on what a crash after `op` operations left, and lives on: what there is a
/// receipt for is there and is not asked for again, no body runs after its completion was durable,
/// and the result is that of a life without a crash. The violation, or nothing.
[[nodiscard]] std::string judge_engine(const Disk& disk, const EngineRun& run, std::size_t op,
                                       std::uint64_t seed);

}  // namespace reprise::faults
