// A store read beside the process that has it open: without its lock, without a change.
//
// The files that RocksDB reads from their start on when it opens (CURRENT, the MANIFEST,
// write-ahead files) are read into memory first, and RocksDB is shown those bytes. Data files never
// change, and all of them are open before the database is handed out: it stays whole when they are
// removed.
//
// Invariants:
// - What is read is one moment. RocksDB removes no file of the database before its MANIFEST, or a
//   new one, says that nothing needs it: while CURRENT and MANIFEST are as they were read, all that
//   they need is there. Where they are not, the look is not worth anything and is taken anew.
// - So what is found while they are as they were is damage, and never what is being written. The
//   end of the last write-ahead file alone may be either, and is passed over.
// - The anchor is read before: what it claims was durable by then, and must be found.
#pragma once

#include <memory>
#include <string>

#include <reprise/result.h>

#include "journal/database.h"
#include "journal/opening.h"

namespace reprise::journal {

struct LiveView {
  Checked checked;            ///< With its database.
  std::string holder;         ///< Who has the store open; "" if nobody has.
  bool slot_damaged = false;  ///< Of the anchor, and nobody was writing it.
};

/// Errors: store_unusable, store_locked (it changed under every look), newer_format, corrupt,
/// missing_data, io_error.
Result<LiveView> open_live(const Layout& layout, const OpenOptions& options);

}  // namespace reprise::journal
