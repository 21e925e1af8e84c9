// What a store holds beside its journal, taken in and checked key by key.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "tests/verifier/bytes.h"
#include "tests/verifier/finding.h"
#include "tests/verifier/journal.h"
#include "tests/verifier/payload.h"
#include "tests/verifier/source.h"
#include "verifier_schemas/row_generated.h"

namespace reprise::verifier {

struct RowValue {
  std::uint64_t position = 0;
  std::string state;  ///< FlatBuffer `InstanceState`, not verified yet.
};
struct PositionRow {
  std::uint64_t position = 0;
  Hash head;
  std::string state;  ///< FlatBuffer `ShardState`, not verified yet.
};

struct Contents {
  std::uint16_t shards = 0;
  bool framed = true;
  std::uint64_t features = 0;
  Hash store_id;
  JournalStarts starts;
  std::map<std::uint16_t, PositionRow> positions;
  std::map<std::uint64_t, RowValue> rows;
  /// By run and first seq: the body of the checked value.
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> chunks;
  std::map<std::string, std::string> index;
  Blobs blobs;
};

/// Reads every family but the journal. Reports keys, seals, header and sums.
[[nodiscard]] Contents read_contents(const Source& source, Depth depth, Findings& findings);

}  // namespace reprise::verifier
