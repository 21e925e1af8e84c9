// The journal family, record by record: heads, chain, positions, epochs, index.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "tests/verifier/bytes.h"
#include "tests/verifier/finding.h"
#include "tests/verifier/source.h"
#include "verifier_schemas/record_generated.h"

namespace reprise::verifier {

/// An event as a record or chunk holds it.
struct RawEvent {
  std::uint64_t run = 0;
  std::uint64_t seq = 0;
  std::string_view bytes;
};

struct Record {
  std::uint16_t shard = 0;
  std::uint64_t position = 0;
  std::uint32_t epoch = 0;
  Hash previous;
  Hash hash;  ///< The chain head after it.
  std::vector<RawEvent> events;
};

/// Where a shard's journal begins, by its trim point.
struct JournalStart {
  std::uint64_t first = 1;
  Hash previous;
  std::uint32_t epoch = 0;
};
using JournalStarts = std::map<std::uint16_t, JournalStart>;

/// The body of a record: a FlatBuffer and an index of `count` events (nothing: any count). Returns
/// what is wrong with it, or ""; then `events` are views into `buffer`.
[[nodiscard]] std::string read_body(std::string_view body, std::optional<std::uint32_t> count,
                                    Buffer<wire::Record>& buffer, std::vector<RawEvent>& events);

/// Gives each record, shard by shard in order, and reports what its frame breaks. Behind damage
/// nothing of that shard is given: it would only repeat it.
void walk_journal(const Source& source, std::uint16_t shards, const JournalStarts& starts,
                  Findings& findings, const std::function<void(const Record&)>& visit);

}  // namespace reprise::verifier
