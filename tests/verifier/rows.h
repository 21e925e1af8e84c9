// Rows and index keys against what the histories lead to.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "tests/verifier/contents.h"
#include "tests/verifier/finding.h"
#include "tests/verifier/history.h"
#include "tests/verifier/shard.h"
#include "verifier_schemas/state_generated.h"

namespace reprise::verifier {

/// Reports where the row differs from the state of its history after the same event.
void check_row(const wire::InstanceState& row, const State& state, Blobs& blobs,
               Findings& findings);

/// What a run's row says that index keys repeat.
struct Indexed {
  std::string space;
  std::string id;
  std::int64_t closed = 0;
  bool is_closed = false;
  std::map<std::uint32_t, std::int64_t> due;  ///< Of operations that wait for a time.
};

/// The index key of an id.
[[nodiscard]] std::string id_key(std::string_view space, std::string_view id);

/// Reports index keys that no row, tombstone or deletion explains, and those that are missing.
/// `unwritten` are the ids' keys of runs that have no row yet.
void check_index(const Contents& contents, const std::map<std::uint64_t, Indexed>& rows,
                 const std::map<std::uint64_t, Deleted>& deleted,
                 const std::set<std::string>& unwritten, Findings& findings);

}  // namespace reprise::verifier
