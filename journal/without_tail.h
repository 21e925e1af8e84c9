// A database whose write-ahead files do not end with a whole record: what is told of it, and the
// copy that takes its place when a damaged part is given up.
//
// Invariants:
// - Only with a loss accepted is a whole record given up.
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

/// Checks the database without its damaged part, and tells what is given up with that.
/// REQUIRES: a loss is accepted. Errors: those of check_database.
Result<void> check_without_tail(const Layout& layout, const std::optional<Anchor>& anchor,
                                const OpenOptions& options, const Walk& walk, Checked& checked);

/// Puts a copy of what `checked` shows of the database in its place. Errors: io_error, no_space.
Result<void> swap_without_tail(const Layout& layout, const std::optional<Anchor>& anchor,
                               Checked& checked);

}  // namespace reprise::journal
