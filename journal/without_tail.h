// A database whose write-ahead files do not end with a whole record: what is told of it, and the
// copy that it is opened from when RocksDB refuses its tail.
//
// Invariants:
// - Without an accepted loss no whole record is left out of the copy.
// - The original keeps every byte. It gets another name, and is never removed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reprise/result.h>

#include "journal/anchor.h"
#include "journal/opening.h"
#include "journal/walk.h"

namespace reprise::journal {

/// True when what ends a write-ahead file early can be no append that was cut off.
[[nodiscard]] bool tail_is_damage(const std::optional<Anchor>& anchor, const Checked& checked);

/// Tells what of `parts` of the write-ahead files in `folder` is not in `checked.ends`.
/// Errors: io_error.
Result<void> tell_given_up(Files& files, const std::string& folder, std::vector<GivenUp> parts,
                           Checked& checked);

/// RocksDB refuses the tail: checks a copy without it, and only if that passes swaps it in.
/// Errors: those of check_database, no_space.
Result<void> open_without_tail(const Layout& layout, const std::optional<Anchor>& anchor,
                               const OpenOptions& options, const Walk& walk, Checked& checked);

}  // namespace reprise::journal
