// A journal file (`*.journal`): histories of some instances, to be read elsewhere.
//
// The journal knows neither what an event means nor what a status says; both go in and come out as
// they were. Whoever reads the file holds each history against its hash (runtime/portable.h).
//
// Invariants:
// - A file is untrusted: every byte is under a checksum, every length is held against what is
//   there, and nothing is believed before both were looked at.
// - It is written whole under another name first: a file with its name is complete.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/hash.h>
#include <reprise/ids.h>
#include <reprise/result.h>

namespace reprise::journal {

struct FileInstance {
  InstanceKey key;
  RunId run;
  std::uint8_t status = 0;
  Hash128 hash;                     ///< History hash after the last event.
  std::vector<std::string> events;  ///< Seq 1 and on. Their name and site number `names`, from 1.
  std::vector<std::pair<Seq, std::string>> blobs;  ///< Seq and value, as the store keeps them.
};

struct JournalFile {
  std::uint64_t store_id[2] = {0, 0};
  std::uint16_t shards = 0;  ///< Of the store, so that runs keep their shard.
  std::string build;
  std::vector<std::string> names;
  std::vector<FileInstance> instances;
};

/// REQUIRES: no event or blob of 512 MiB or more.
[[nodiscard]] std::string encode(const JournalFile& file);

/// Errors: not_a_journal_file, newer_format, corrupt.
Result<JournalFile> decode_journal_file(std::string_view bytes);

/// Writes a file that is not there yet, durably, by way of `path`.partial. Errors: invalid_argument
/// (there is something at one of the two), io_error, no_space.
Result<void> write_journal_file(const std::string& path, const JournalFile& file);

/// Reads section by section: a file that is damaged costs no more memory than what of it is whole,
/// and one section (below 1 GiB).
/// Errors: those of decode, io_error.
Result<JournalFile> read_journal_file(const std::string& path);

}  // namespace reprise::journal
