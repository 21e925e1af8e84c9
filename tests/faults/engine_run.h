// A whole engine on a store on a simulated disk, all on one thread: what its host was told, and
// what has to be true after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/faults/crash.h"

namespace reprise::faults {

/// What the host was answered, and after which operation.
struct Receipt {
  enum class Kind : std::uint8_t { started, signalled, finished };
  Kind kind = Kind::started;
  std::size_t op = 0;
};

struct EngineRun {
  std::uint64_t seed = 1;
  std::uint16_t shards = 1;
  Disk start = fresh_disk();
  std::vector<Op> ops;
  std::vector<Receipt> receipts;
};

/// One workflow with operations of every kind, from its start to an orderly close, on one to three
/// shards. Throws when that is not as promised.
[[nodiscard]] EngineRun record_engine(std::uint64_t seed);

/// Opens an engine on `disk`, which a crash after `op` operations left, and lives on: what there is
/// a receipt for is there and is not asked for again, no body runs after its completion was
/// durable or begins twice as the same attempt, and the result is that of a life without a crash.
/// What is left is shown to the second reader, if that is wanted. The violation, or nothing.
[[nodiscard]] std::string judge_engine(const Disk& disk, const EngineRun& run, std::size_t op,
                                       bool second_reader = true);

/// Judges the crashes at each `stride`-th operation in every way: of stores that are the same, with
/// the same receipts, those that were not judged by then.
void crash_engine(const EngineRun& run, std::size_t stride, Crashes& judged,
                  const std::function<bool(const Moment&, const std::string&)>& each);

}  // namespace reprise::faults
