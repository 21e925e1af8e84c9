// Histories that leave their store in a journal file, and come back as a store in memory.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <reprise/result.h>

#include "journal/journal_file.h"
#include "journal/store.h"
#include "replay/instance_state.h"
#include "runtime/history_buffer.h"

namespace reprise::runtime {

/// One instance, with the names its events use under the ids its shard gave them.
struct Exported {
  journal::FileInstance instance;
  std::map<std::uint32_t, std::string> names;
};

/// `events` is the whole history of `state`, `blobs` are all its blobs. Errors: corrupt,
/// unknown_kind.
Result<Exported> export_instance(const replay::InstanceState& state, const HistoryBuffer& events,
                                 const replay::Names& names, std::map<Seq, std::string> blobs);

/// A file without instances yet, as `store` and this build begin it.
journal::JournalFile begin_file(const journal::Store& store);
/// Adds an instance; its names get the file's ids.
void add(journal::JournalFile& file, Exported exported);

/// A store in memory that holds the file's instances, for a Reader. Every history is folded and
/// held against its hash, status and key. Errors: corrupt, unknown_kind.
Result<std::unique_ptr<journal::Store>> load(const journal::JournalFile& file);

}  // namespace reprise::runtime
