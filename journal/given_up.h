// What is given up of damaged write-ahead files when a loss is accepted, and what can be seen of
// it.
//
// Invariants:
// - Nothing here decides what is kept: the files are only read, to say what the loss is.
// - A record is counted only when its own checksum holds, whatever stood around it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/result.h>

#include "journal/file.h"
#include "journal/store.h"
#include "journal/walk.h"

namespace reprise::journal {

/// The first of the files, by its place, that is damaged: nothing is kept of those behind it. As
/// many as there are when none is.
[[nodiscard]] std::size_t last_before_damage(const std::vector<WalkedFile>& files,
                                             bool torn_is_damage);
/// What is given up of files that are kept up to their last whole record, or, behind the one at
/// `last_kept`, not at all. A torn tail is no loss unless `torn_is_damage`.
[[nodiscard]] std::vector<GivenUp> given_up(const std::vector<WalkedFile>& files,
                                            std::size_t last_kept, bool torn_is_damage);

/// Records that stand whole in what was given up of `folder`'s files, behind the end of what is
/// kept of their shard. Errors: io_error.
Result<std::vector<SeenLost>> seen_lost(Files& files, const std::string& folder,
                                        const std::vector<GivenUp>& given_up,
                                        const std::vector<ShardEnds>& kept);

/// One sentence: which file, from which byte, how much.
[[nodiscard]] std::string sentence(const GivenUp& part);

}  // namespace reprise::journal
