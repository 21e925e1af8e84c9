// Two histories side by side: what happened in one, and not, or otherwise, in the other.
//
// Events are matched by what they are about, an operation's number above all, not by their place:
// answers come in any order. Times, source lines, runs and ids of signals never count.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/hash.h>
#include <reprise/payload.h>
#include <reprise/result.h>

#include "replay/decider.h"

namespace reprise::replay {

/// One event, with what of it counts.
struct Entry {
  Seq seq = 0;
  std::string about;  ///< Which event it is: the same text in both histories.
  std::string label;  ///< For a person: `step_completed "charge" (op 3)`.
  std::string site;   ///< "file:line", "" where there is none.
  /// Names and values, without the payload and what is empty; equal events have equal ones.
  std::vector<std::pair<std::string_view, std::string>> fields;
  Hash128 payload_hash;            ///< Of the plain bytes.
  std::uint64_t payload_size = 0;  ///< Of them.
  Payload payload;                 ///< Plain; without its bytes where they are too many to keep.
};

/// Payloads kept of one history, in bytes: the first differences are most often the ones asked for.
inline constexpr std::uint64_t payloads_kept = std::uint64_t{32} << 20;

/// The events of one run, in order, those before event `from` left out: histories that are the same
/// up to there are compared from there on. Errors: of decoding and of `unpack`.
Result<std::vector<Entry>> entries_of(std::span<const HistoryEvent> events, const Names& names,
                                      const Unpack& unpack, Seq from = 1);

/// What is there in one history only, or differs. At least one of the two is there.
struct Difference {
  std::optional<Entry> first;
  std::optional<Entry> second;
  /// Of both: the names of the fields that differ, "payload" among them; "order" alone when the
  /// two are the same but come at another time than the others.
  std::vector<std::string_view> fields;
};

/// In the order of their events; at most `max`. Order is looked at only where nothing else differs.
std::vector<Difference> compare(const std::vector<Entry>& first, const std::vector<Entry>& second,
                                std::size_t max);

}  // namespace reprise::replay
