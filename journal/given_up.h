// What is given up of damaged write-ahead files when a loss is accepted, and what can be seen of
// it.
//
// Invariants:
// - Nothing here decides what is kept: the files are only read, to say what the loss is.
// - A record is counted only when its own checksum holds, whatever stood around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reprise/result.h>

#include "journal/file.h"
#include "journal/manifest.h"
#include "journal/store.h"

namespace reprise::journal {

/// A write-ahead file's name, and what walking it found.
struct WalkedFile {
  std::string name;
  FramingScan scan;
};

/// What keeping only the whole records before the first damage gives up; files in their order.
/// A torn tail that nothing follows is no damage unless `tail_is_damage`.
[[nodiscard]] std::vector<GivenUp> given_up(const std::vector<WalkedFile>& files,
                                            bool tail_is_damage);
/// What RocksDB gives up by itself: of each file what follows its whole records.
[[nodiscard]] std::vector<GivenUp> torn_ends(const std::vector<WalkedFile>& files);

/// Records that stand whole in what was given up of `folder`'s files, behind the end of what is
/// kept of their shard. Errors: io_error.
Result<std::vector<SeenLost>> seen_lost(Files& files, const std::string& folder,
                                        const std::vector<GivenUp>& given_up,
                                        const std::vector<ShardEnds>& kept);

/// One sentence: which file, from which byte, how much.
[[nodiscard]] std::string sentence(const GivenUp& part);

}  // namespace reprise::journal
