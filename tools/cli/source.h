// What a command reads: a store's folder, opened read_only, or a journal file, loaded into memory.
#pragma once

#include <memory>
#include <string>

#include "journal/store.h"
#include "runtime/reader.h"
#include "tools/cli/tool.h"

namespace reprise::cli {

/// What code is given of a payload out of a journal file, at most: what an engine takes, unless it
/// is told to take more.
inline constexpr std::uint64_t file_payload_max = std::uint64_t{16} << 20;

struct Source {
  std::string file;  ///< What a journal file says of itself; "" of a store.
  std::unique_ptr<journal::Store> store;
  std::unique_ptr<runtime::Reader> reader;
};

/// Errors: those of open_rocks_store, of read_journal_file and of load.
Result<Source> open_source(const std::string& path);

/// A torn tail, and the like: said on stderr beside whatever a command finds.
void tell_notes(const Source& source, const Console& console);

}  // namespace reprise::cli
