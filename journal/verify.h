// Reads a whole store and says what is wrong with it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/result.h>

#include "journal/store.h"

namespace reprise::journal {

struct VerifyReport {
  struct Shard {
    Position first = 1;  ///< First position held.
    Position last = 0;
    std::uint64_t records = 0;  ///< Read and found sound.
    std::uint64_t events = 0;
  };
  std::vector<Shard> shards;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t rows = 0;             ///< Of all tables but meta.
  std::vector<std::string> problems;  ///< One sentence each; empty: all is well.
};

/// Every record's checksum and place in its chain, and the rows against their sums.
/// `progress`, if any, is told now and then what is being read. REQUIRES: nothing is appended
/// meanwhile. Errors: io_error. Damage is not an error but a problem.
Result<VerifyReport> verify(const Store& store,
                            const std::function<void(std::string_view)>& progress = nullptr);

}  // namespace reprise::journal
