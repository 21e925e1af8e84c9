// Keeps a damaged data file from ending the process.
//
// RocksDB 7.8.3 reads a table's block of properties before it has compared its checksum, and
// asserts what it finds there: one flipped bit ends the host. So both blocks that are read like
// that, the properties and the index that names them, are compared first, when a table is opened.
// What RocksDB compares by itself is left to it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <reprise/result.h>

namespace reprise::journal {

/// Reads so many bytes from there. Fewer, or none, where the file ends.
using ReadAt = std::function<Result<std::string>(std::uint64_t offset, std::size_t size)>;

/// Compares the two blocks of a table of `size` bytes. Errors: corrupt, and those of `read`. One
/// that has no footer of RocksDB's passes: RocksDB refuses it.
Result<void> check_table(std::uint64_t size, const ReadAt& read);

}  // namespace reprise::journal
