// RocksDB's MANIFEST and write-ahead files, read by our own strict eyes.
//
// RocksDB takes a damaged length near the end of such a file for the file's end: it opens, says
// ok, and deletes the data files that the unread part named. So the framing is walked here to the
// exact last byte before RocksDB may open the database for writing.
//
// Framing: blocks of 32 KiB; in each, fragments of crc32c (masked, 4 bytes), size (2), type (1),
// for recycled files a file number (4), payload. A record is one full fragment, or a first, middle
// ones and a last.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/result.h>

#include "journal/file.h"

namespace reprise::journal {

/// What the records of a file are.
enum class Holds : std::uint8_t {
  anything,
  batches,  ///< Of a write-ahead file.
};

/// Records are numbered: a batch from its sequence number to that of the next one.
struct Numbers {
  std::uint64_t first = 0;
  std::uint64_t next = 0;
};

/// What walking a file's framing found.
struct FramingScan {
  std::uint64_t records = 0;  ///< Whole ones, from the start.
  std::uint64_t end = 0;      ///< Offset after the last of them.
  std::uint64_t torn = 0;     ///< Bytes after `end`: 0 = the file ends with a whole record.
  /// Those bytes cannot be a write that was cut off: a whole record follows, or the fragment is
  /// whole but for its size or type field. False means a torn tail, which is dropped.
  bool damaged = false;
  std::optional<Numbers> numbers;  ///< From the first whole record to behind the last one.
};

[[nodiscard]] FramingScan scan_framing(std::string_view bytes, Holds holds = Holds::anything);

/// Calls `sink` for each whole record from `from` on, also behind damage: where the framing is
/// broken, the next fragment whose checksum holds is searched for. The view is valid in the call.
void for_each_record(std::string_view bytes, std::uint64_t from,
                     const std::function<void(std::string_view)>& sink);

/// The number in what CURRENT, at `path`, holds. Errors: corrupt.
Result<std::uint64_t> manifest_named(std::string_view current, const std::string& path);
/// The number in a database folder's CURRENT. Errors: corrupt, missing_data (no CURRENT), io_error.
Result<std::uint64_t> current_manifest(Files& files, const std::string& folder);
[[nodiscard]] std::string manifest_name(std::uint64_t number);

/// True for names as RocksDB gives its files, numbered so that those of MANIFEST number `manifest`
/// may be. With others it would go on from their numbers, assert, or read a file of another name.
[[nodiscard]] bool is_own_name(std::string_view name, std::uint64_t manifest);

/// The files with own names of a database folder but LOCK. Errors: those of current_manifest.
Result<std::vector<std::string>> own_files(Files& files, const std::string& folder);

/// The write-ahead files with own names among `names`, in order of their numbers.
[[nodiscard]] std::vector<std::string> write_ahead_among(std::vector<std::string> names,
                                                         std::uint64_t manifest);
/// Those of a database folder. Errors: io_error.
Result<std::vector<std::string>> write_ahead_files(Files& files, const std::string& folder,
                                                   std::uint64_t manifest);
/// True when none of them holds a byte, as RocksDB leaves them after a flush of everything.
Result<bool> write_ahead_is_empty(Files& files, const std::string& folder, std::uint64_t manifest);

}  // namespace reprise::journal
