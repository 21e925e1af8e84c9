// The checks before a store is opened (docs/format.md, "Order of opening").
//
// Invariants:
// - Nothing here changes a byte of the store but the lock file, the quarantine folder and, where a
//   loss is accepted, the swap of the database for a copy without what is given up.
// - RocksDB reads nothing of a walked file but what was found whole.
// - With OpenOptions::read_only nothing but the lock file changes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/anchor.h"
#include "journal/database.h"
#include "journal/file.h"
#include "journal/store.h"
#include "journal/walk.h"

namespace reprise::journal {

/// Where the parts of a store lie.
struct Layout {
  Files* files = nullptr;  ///< Outlives whatever is done with the store.
  std::string root;
  [[nodiscard]] std::string lock() const { return root + "/lock"; }
  [[nodiscard]] std::string anchor() const { return root + "/anchor"; }
  [[nodiscard]] std::string database() const { return root + "/db"; }
  [[nodiscard]] std::string new_database() const { return root + "/db.new"; }
  [[nodiscard]] std::string quarantine() const { return root + "/quarantine"; }
};

/// What the checks found; an input to the open that follows.
struct Checked {
  Sizes shown;  ///< How much of its files RocksDB may read.
  StoreHeader header;
  std::vector<ShardEnds> ends;
  std::vector<RowSum> sums;
  bool clean = false;
  std::uint64_t tail_bytes_dropped = 0;
  std::vector<std::string> notes;
  std::vector<GivenUp> given_up;
  std::vector<SeenLost> seen_lost;
  std::vector<std::string> write_ahead;  ///< Files that held anything: opening replaces them all.
  std::unique_ptr<Database> database;    ///< As it was checked; only with OpenOptions::read_only.
};

/// Makes the database of a new store, complete before it gets its name.
/// Errors: store_unusable, io_error, no_space.
Result<AnchorFile> create_store(const Layout& layout, const OpenOptions& options);

/// Checks a store that holds `anchor` (nothing: it is unreadable, and options accept that).
/// Errors: corrupt, missing_data, newer_format, io_error.
Result<Checked> check_store(const Layout& layout, const std::optional<Anchor>& anchor,
                            const OpenOptions& options);

/// What of the walked files no way in takes, or only one that accepts a loss. Errors: corrupt.
Result<void> check_walk(const std::string& folder, const Walk& walk, bool clean, bool accepting);

/// Opens a folder's database as far as it is `checked.shown`, changing nothing, and holds it
/// against the anchor: fills in header, ends and sums. Errors: corrupt, missing_data, newer_format,
/// io_error.
Result<void> check_database(Files& files, const std::string& folder,
                            const std::optional<Anchor>& anchor, const OpenOptions& options,
                            Checked& checked);
/// The same of one that is open.
Result<void> check_open_database(const Database& database, const std::optional<Anchor>& anchor,
                                 const OpenOptions& options, Checked& checked);

/// Hard links of every file of the database, so that whatever RocksDB deletes can be had back.
Result<void> quarantine(const Layout& layout, const std::string& name);

/// What may be claimed of a folder's MANIFEST now; `before` saves reading it when it is unchanged.
/// Meanwhile RocksDB may begin another one and remove this. Errors: corrupt, missing_data,
/// io_error.
Result<ManifestClaim> claim_manifest(Files& files, const std::string& folder,
                                     const ManifestClaim& before);

}  // namespace reprise::journal
