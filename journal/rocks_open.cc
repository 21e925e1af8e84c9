// The order of opening (docs/format.md): nothing is changed before everything was checked, and
// nothing at all when the store is opened for reading only.
#include <utility>

#include <reprise/detail/mark.h>

#include "journal/live.h"
#include "journal/opening.h"
#include "journal/rocks_store.h"
#include "journal/status.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

Result<void> check_options(const OpenOptions& options) {
  if (options.shards == 0) {
    return Error(Code::invalid_argument, "A store has at least one shard.");
  }
  if (options.path.empty()) return Error(Code::invalid_argument, "A store needs a path.");
  if (options.live && (!options.read_only || !options.accept_loss.empty())) {
    return Error(
        Code::invalid_argument,
        "A store that another process may write is opened read_only, and accepts no loss.");
  }
  return {};
}

/// The folder is there, ours to write, and holds a store or nothing.
Result<void> check_folder(const Layout& layout, const OpenOptions& options) {
  const bool create = options.create && !options.read_only;
  const auto unusable = [&](std::string_view what) {
    return Error(Code::store_unusable, fmt::format("{}: {}.", layout.root, what));
  };
  Files& files = *layout.files;
  auto there = files.has_usable_folder(layout.root);
  if (!there) return std::move(there).error();
  if (!*there) {
    if (!create) return unusable("there is no store");
    auto made = files.make_folder(layout.root);
    if (!made) return Error(Code::store_unusable, made.error().message());  // It names the path.
    return {};
  }
  if (files.exists(layout.anchor()) || files.exists(layout.database())) return {};
  auto names = files.list_folder(layout.root);
  if (!names) return std::move(names).error();
  for (const auto& name : *names) {
    // An anchor that did not get its name yet: the creation was interrupted there.
    if (name == "lock" || name == "anchor.new") continue;
    return unusable("it holds files but no store");
  }
  if (!create) return unusable("there is no store");
  return {};
}

/// The anchor of a store that exists, or of one made here. Nothing: unreadable, and that is
/// accepted.
Result<std::optional<AnchorFile>> find_anchor(const Layout& layout, const OpenOptions& options,
                                              bool& created) {
  Files& files = *layout.files;
  const bool anchored = files.exists(layout.anchor());
  const bool database = files.exists(layout.database());
  if (!anchored && !database) {
    created = true;
    auto made = create_store(layout, options);
    if (!made) return std::move(made).error();
    return std::optional<AnchorFile>(std::move(*made));
  }
  auto anchor = AnchorFile::open(files, layout.anchor());
  if (anchor && anchor->newest().creating && !database) {
    if (options.read_only || !options.create) {
      return Error(
          Code::store_unusable,
          fmt::format("{}: its creation was interrupted. Nothing was acknowledged from it; "
                      "the next open that may create a store makes it anew.",
                      layout.root));
    }
    created = true;
    anchor = create_store(layout, options);
  }
  if (anchor.code() == Code::not_found || anchor.code() == Code::corrupt) {
    if (database && !options.accept_loss.empty()) return std::optional<AnchorFile>();
    return Error(Code::corrupt,
                 fmt::format("{} Without it a loss would go unnoticed: restore it from a backup, "
                             "or accept the loss for every shard.",
                             anchor.error().message()));
  }
  if (!anchor) return std::move(anchor).error();
  if (!files.exists(layout.database())) {
    return Error(
        Code::missing_data,
        fmt::format("{} is missing; the anchor says the store held records.", layout.database()));
  }
  return std::optional<AnchorFile>(std::move(*anchor));
}

/// What was left by an unclean stop is linked aside before RocksDB may delete any of it.
Result<void> keep_aside(const RocksStore::Parts& parts, bool clean) {
  if (clean || parts.report.created) return {};
  const auto generation = parts.anchor ? parts.anchor->newest().generation : 0;
  return quarantine(parts.layout, std::to_string(generation));
}

/// From here on the store is not closed in order until close() says so; claims stay as they were.
Result<void> mark_open(const Layout& layout, const StoreHeader& header,
                       std::optional<AnchorFile>& anchor) {
  if (anchor) {
    Anchor open = anchor->newest();
    open.clean = false;
    return anchor->write(std::move(open));
  }
  Anchor fresh;
  fresh.store_id[0] = header.store_id[0];
  fresh.store_id[1] = header.store_id[1];
  fresh.shards.resize(header.shards);
  auto made = AnchorFile::create(*layout.files, layout.anchor(), std::move(fresh));
  if (!made) return std::move(made).error();
  anchor = std::move(*made);
  return layout.files->sync_folder(layout.root);
}

/// Paths of the write-ahead files from before the open that are still there. The others are gone
/// for good: a loss of power could undo a removal, and give back a tail that was never synced.
Result<std::vector<std::string>> old_files(const Layout& layout, const Checked& checked) {
  if (checked.write_ahead.empty()) return std::vector<std::string>();
  if (auto synced = layout.files->sync_folder(layout.database()); !synced) {
    return std::move(synced).error();
  }
  std::vector<std::string> paths;
  for (const auto& name : checked.write_ahead) {
    auto path = layout.database() + "/" + name;
    if (layout.files->exists(path)) paths.push_back(std::move(path));
  }
  return paths;
}

/// No write-ahead file from before the open is left beside those that are written from now on. Of
/// one of which RocksDB recovered nothing it would keep the torn tail: that would be found again,
/// be damage after an orderly close, and stand before all that is acknowledged until then. Such a
/// file goes once something that is newer was flushed.
Result<void> remove_old_files(const Layout& layout, const Database& database,
                              const Checked& checked) {
  auto old = old_files(layout, checked);
  if (!old) return std::move(old).error();
  if (old->empty()) return {};
  for (const auto& path : *old) {
    REPRISE_MARK("journal/old_file_left_by_rocksdb");
    // Else the next file could go on from what a loss of power cuts off here.
    if (auto synced = layout.files->sync_file(path); !synced) return synced;
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  const auto status = database.db().Put(options, database.own(), std::string(header_key),
                                        encode_header(checked.header));
  if (!status.ok()) return from_status(status, "Dropping a torn tail");
  Result<void> removed = database.flush();
  if (removed) removed = database.remove_obsolete();
  if (!removed) return removed;
  old = old_files(layout, checked);
  if (!old) return std::move(old).error();
  if (old->empty()) return {};
  return Error(Code::io_error, fmt::format("{} could not be removed.", old->front()));
}

/// What the open recovers must be what the check saw.
Result<void> compare(const Database& database, const Checked& checked) {
  for (ShardId shard = 0; shard < checked.header.shards; ++shard) {
    auto ends = database.read_ends(shard);
    if (!ends) return std::move(ends).error();
    if (ends->last != checked.ends[shard].last || ends->chain != checked.ends[shard].chain) {
      return Error(
          Code::corrupt,
          fmt::format("Shard {} ended at {} when checked, and at {} when opened.{}", shard,
                      checked.ends[shard].last, ends->last,
                      checked.clean ? "" : " The quarantine folder has the files as they were."));
    }
  }
  return {};
}

/// Hands over what was checked.
void take(RocksStore::Parts& parts, Checked checked) {
  parts.report.clean = checked.clean || parts.report.created;
  parts.report.tail_bytes_dropped = checked.tail_bytes_dropped;
  parts.report.notes = std::move(checked.notes);
  parts.report.given_up = std::move(checked.given_up);
  parts.report.seen_lost = std::move(checked.seen_lost);
  parts.header = checked.header;
  parts.shards = std::make_unique<Shards>(parts.header.shards);
  parts.sums = std::make_unique<Sums>(parts.header.shards);
  for (ShardId shard = 0; shard < parts.header.shards; ++shard) {
    parts.shards->set(shard, checked.ends[shard]);
    parts.sums->set(shard, checked.sums[shard]);
  }
}

void note_damaged_slot(OpenReport& report) {
  report.notes.push_back("One slot of the anchor was damaged; the other one was used.");
}

Result<std::unique_ptr<Store>> open_beside(const OpenOptions& options, RocksStore::Parts parts) {
  auto view = open_live(parts.layout, options);
  if (!view) return std::move(view).error();
  parts.database = std::move(view->checked.database);
  take(parts, std::move(view->checked));
  parts.report.live = !view->holder.empty();
  if (view->slot_damaged) note_damaged_slot(parts.report);
  parts.read_only = true;
  return std::unique_ptr<Store>(std::make_unique<RocksStore>(std::move(parts)));
}

}  // namespace

Result<std::unique_ptr<Store>> open_rocks_store(const OpenOptions& options, Files& files) {
  if (auto valid = check_options(options); !valid) return std::move(valid).error();
  RocksStore::Parts parts;
  parts.layout = {&files, options.path};
  parts.space_reserve = options.space_reserve;
  if (options.live) return open_beside(options, std::move(parts));
  if (auto usable = check_folder(parts.layout, options); !usable) {
    return std::move(usable).error();
  }
  auto lock = files.lock_store(parts.layout.lock());
  if (!lock) return std::move(lock).error();
  parts.lock = std::move(*lock);
  auto anchor = find_anchor(parts.layout, options, parts.report.created);
  if (!anchor) return std::move(anchor).error();
  parts.anchor = std::move(*anchor);

  std::optional<Anchor> claims;
  if (parts.anchor) claims = parts.anchor->newest();
  auto checked = check_store(parts.layout, claims, options);
  if (!checked) return std::move(checked).error();
  const bool slot_damaged = parts.anchor && parts.anchor->slot_damaged();
  parts.read_only = options.read_only;
  if (!options.read_only) {
    Result<void> ready = keep_aside(parts, checked->clean);
    if (ready) ready = mark_open(parts.layout, checked->header, parts.anchor);
    if (!ready) return std::move(ready).error();
  }
  if (options.read_only) {
    parts.database = std::move(checked->database);
  } else {
    auto database =
        Database::open(files, parts.layout.database(), Access::read_write, checked->shown);
    if (!database) return std::move(database).error();
    Result<void> same = compare(**database, *checked);
    if (same) same = remove_old_files(parts.layout, **database, *checked);
    if (!same) return std::move(same).error();
    parts.database = std::move(*database);
  }
  take(parts, std::move(*checked));
  if (slot_damaged) note_damaged_slot(parts.report);
  auto store = std::make_unique<RocksStore>(std::move(parts));
  if (!options.read_only) {
    if (auto renewed = store->renew_anchor(); !renewed) return std::move(renewed).error();
  }
  return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<Store>> open_rocks_store(const OpenOptions& options) {
  return open_rocks_store(options, real_files());
}

}  // namespace reprise::journal
