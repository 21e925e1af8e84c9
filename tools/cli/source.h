// What a command reads: a store's folder, opened read_only, or a journal file, loaded into memory.
// Of a store that an engine has open it reads what stands in it at one moment.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <reprise/ids.h>

#include "journal/store.h"
#include "runtime/reader.h"
#include "tools/cli/commands.h"
#include "tools/cli/tool.h"

namespace reprise::cli {

/// What code is given of a payload out of a journal file, at most: what an engine takes, unless it
/// is told to take more.
inline constexpr std::uint64_t file_payload_max = std::uint64_t{16} << 20;

struct Source {
  std::string path;  ///< As it was given.
  std::string file;  ///< What a journal file says of itself; "" of a store.
  std::unique_ptr<journal::Store> store;
  std::unique_ptr<runtime::Reader> reader;
};

/// A store as it stands, whoever has it open: no lock is taken, nothing is changed. Errors: those
/// of open_rocks_store.
Result<std::unique_ptr<journal::Store>> open_beside(const std::string& path);

/// A store that is open elsewhere, or may not be written, is read as open_beside() does, and a note
/// says so. Errors: store_unusable (there is nothing), and those of open_rocks_store, of
/// read_journal_file and of load.
Result<Source> open_source(const std::string& path);

/// The instance that is named, or the only one there is. Errors: not_found, invalid_argument (there
/// are several), io_error.
Result<InstanceKey> key_given(const Source& source, const std::optional<std::string>& id,
                              const std::optional<std::string>& space);
/// By the first of `given.ids`, if there is one.
Result<InstanceKey> key_given(const Source& source, const Arguments& given);

/// A torn tail, and the like: said on stderr beside whatever a command finds.
void tell_notes(const Source& source, const Console& console);

}  // namespace reprise::cli
