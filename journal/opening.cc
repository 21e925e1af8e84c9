#include "journal/opening.h"

#include <algorithm>
#include <utility>

#include <reprise/detail/mark.h>

#include "journal/given_up.h"
#include "journal/status.h"
#include "journal/walk.h"
#include "journal/without_tail.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

std::optional<Position> accepted(const OpenOptions& options, ShardId shard) {
  for (const auto& [listed, position] : options.accept_loss) {
    if (listed == shard) return position;
  }
  return std::nullopt;
}

Error missing(std::string_view lost, std::string_view give_up) {
  return Error(Code::missing_data,
               fmt::format("Missing: {}. Nothing was changed. Restore a backup, or accept the loss "
                           "of all after (shard, position){}.",
                           lost, give_up));
}

/// The record at a claim must be there, unless it is trimmed, with its chain head, and all after it
/// must verify.
Result<void> check_claim(const Database& database, ShardId shard, const Claim& claim,
                         const ShardEnds& ends) {
  const Position from = std::max(claim.last, ends.first);
  if (from > ends.last) return {};
  Result<void> found;
  auto read = database.read(shard, from, ends.last, [&](const RecordFrame& frame) {
    if (frame.position != claim.last) return true;
    if (frame.chain != claim.chain || frame.epoch != claim.epoch) {
      REPRISE_MARK("journal/claim_not_met");
      found = Error(Code::corrupt,
                    fmt::format("Record {} of shard {} is not the one the anchor claims.",
                                claim.last, shard));
    }
    return found.ok();
  });
  return found.ok() ? read : found;
}

Error misplaced(const std::string& folder, const Misplaced& pair) {
  const auto& [first, second, kind, copy] = pair;
  std::string advice = "One of them was put there: move that one out of the folder, and keep it.";
  if (!copy.empty()) {
    advice = fmt::format("{} holds no more than the other: move it out of the folder, and keep it.",
                         copy);
  } else if (kind == Misplaced::Kind::went_apart) {
    advice += " They went on differently; if neither alone opens, restore a backup.";
  }
  return Error(Code::corrupt,
               fmt::format("{}/{} and {} {}. {} Nothing was changed.", folder, first, second,
                           kind == Misplaced::Kind::wrong_order ? "hold writes in the wrong order"
                                                                : "hold the same writes",
                           advice));
}

}  // namespace

Result<void> check_walk(const std::string& folder, const Walk& walk, bool clean, bool accepting) {
  // Also with a loss accepted: RocksDB must not be shown both, and nobody said which.
  if (walk.misplaced) return misplaced(folder, *walk.misplaced);
  const auto& files = walk.write_ahead;
  const auto held = std::find_if(files.begin(), files.end(),
                                 [](const auto& file) { return file.scan.records > 0; });
  if (clean && held != files.end()) {
    REPRISE_MARK("journal/writes_beside_an_orderly_close");
    return Error(Code::corrupt,
                 fmt::format("{}/{} holds {} writes, and the store was closed in order, which "
                             "leaves none in such a file: it was put there. Move it out of the "
                             "folder, and keep it. Nothing was changed.",
                             folder, held->name, held->scan.records));
  }
  if (walk.manifest_scan.damaged || (walk.damaged() && !accepting) ||
      (clean && walk.torn() + walk.manifest_scan.torn > 0 && !accepting)) {
    const auto [name, offset] = walk.first_damage();
    return Error(Code::corrupt,
                 fmt::format("{}/{} is damaged at byte {}, and no write that was cut off explains "
                             "it. Nothing was changed.",
                             folder, name, offset));
  }
  return {};
}

namespace {

Result<std::vector<ShardEnds>> check_journals(const Database& database, const StoreHeader& header,
                                              const std::optional<Anchor>& anchor,
                                              const OpenOptions& options) {
  if (anchor &&
      (anchor->shards.size() != header.shards || anchor->store_id[0] != header.store_id[0] ||
       anchor->store_id[1] != header.store_id[1])) {
    return Error(Code::corrupt, "The anchor belongs to another store.");
  }
  std::vector<ShardEnds> all;
  std::string lost;
  std::string give_up;
  for (ShardId shard = 0; shard < header.shards; ++shard) {
    auto ends = database.read_ends(shard);
    if (!ends) return std::move(ends).error();
    const auto accept = accepted(options, shard);
    const Claim claim = anchor ? anchor->shards[shard] : Claim{};
    // Without an anchor nothing says how far a shard went, unless the caller does.
    Position due = anchor ? claim.last : ends->last + 1;
    if (accept) due = anchor ? std::min(claim.last, *accept) : *accept;
    give_up += fmt::format(" ({}, {})", shard, std::min(accept.value_or(ends->last), ends->last));
    if (ends->last < due) {
      lost +=
          fmt::format("{}record {} of shard {}", lost.empty() ? "" : ", ", ends->last + 1, shard);
    } else if (ends->last >= claim.last) {
      if (auto found = check_claim(database, shard, claim, *ends); !found) {
        return std::move(found).error();
      }
    }
    all.push_back(*ends);
  }
  if (lost.empty()) return all;
  return missing(lost, give_up);
}

/// What was given up goes only where the caller said so: of a shard that is not named, or not so
/// far, nothing may be gone. Whose records stood in what is damaged nobody knows.
Result<void> check_given_up(const OpenOptions& options, const Checked& checked) {
  std::string lost;
  std::string give_up;
  for (ShardId shard = 0; shard < checked.header.shards; ++shard) {
    const Position kept = checked.ends[shard].last;
    const auto accept = accepted(options, shard);
    give_up += fmt::format(" ({}, {})", shard, accept ? std::min(*accept, kept) : kept);
    if (accept && *accept <= kept) continue;
    const auto seen = std::find_if(checked.seen_lost.begin(), checked.seen_lost.end(),
                                   [&](const auto& one) { return one.shard == shard; });
    if (!lost.empty()) lost += ", ";
    if (seen != checked.seen_lost.end()) {
      lost += fmt::format("records {} to {} of shard {}", kept + 1, seen->last, shard);
    } else {
      lost += fmt::format("whatever shard {} had after record {}", shard, kept);
    }
  }
  return lost.empty() ? Result<void>() : Result<void>(missing(lost, give_up));
}

/// Claim of MANIFEST `number`, which CURRENT named a moment ago.
Result<ManifestClaim> claim_of(Files& files, const std::string& folder, std::uint64_t number,
                               const ManifestClaim& before) {
  const auto path = folder + "/" + manifest_name(number);
  auto size = files.size_of(path);
  if (!size) return std::move(size).error();
  if (before.number == number && before.size == *size) return before;
  // What is claimed must be durable, and RocksDB may be between its write and its sync: of the
  // file, and of the folder in which CURRENT has just got its name.
  Result<void> synced;
  if (before.number != number) synced = files.sync_folder(folder);
  if (synced) synced = files.sync_file(path);
  if (!synced) return std::move(synced).error();
  auto bytes = files.read_prefix(path, *size);
  if (!bytes) return std::move(bytes).error();
  return ManifestClaim{number, bytes->size(), hash64(*bytes)};
}

}  // namespace

Result<void> check_database(Files& files, const std::string& folder,
                            const std::optional<Anchor>& anchor, const OpenOptions& options,
                            Checked& checked) {
  auto database = Database::open(files, folder, Access::read_only, checked.shown);
  if (!database) return std::move(database).error();
  auto result = check_open_database(**database, anchor, options, checked);
  if (result && options.read_only) checked.database = std::move(*database);
  return result;
}

Result<void> check_open_database(const Database& database, const std::optional<Anchor>& anchor,
                                 const OpenOptions& options, Checked& checked) {
  auto header = database.read_header();
  if (!header) return std::move(header).error();
  auto ends = check_journals(database, *header, anchor, options);
  if (!ends) return std::move(ends).error();
  checked.sums.assign(header->shards, {});
  for (ShardId shard = 0; shard < header->shards; ++shard) {
    auto stored = database.get(database.of(Table::meta), sum_key(shard));
    if (!stored) return std::move(stored).error();
    if (!*stored) continue;
    auto sum = decode_sum(shard, **stored);
    if (!sum) return std::move(sum).error();
    checked.sums[shard] = *sum;
  }
  checked.header = *header;
  checked.ends = std::move(*ends);
  return {};
}

Result<AnchorFile> create_store(const Layout& layout, const OpenOptions& options) {
  Files& files = *layout.files;
  // A store in a folder whose own name goes with the power is lost whole.
  if (auto synced = files.sync_folder(folder_of(layout.root)); !synced) {
    return std::move(synced).error();
  }
  // Left by a creation that was interrupted: nothing was ever acknowledged from it.
  if (auto removed = files.remove_folder(layout.new_database()); !removed) {
    return std::move(removed).error();
  }
  Anchor anchor;
  anchor.creating = true;
  anchor.store_id[0] = options.store_id[0];
  anchor.store_id[1] = options.store_id[1];
  anchor.shards.resize(options.shards);
  auto file = AnchorFile::create(files, layout.anchor(), anchor);
  if (!file) return file;
  // Its name must last before that of the database may.
  if (auto synced = files.sync_folder(layout.root); !synced) return std::move(synced).error();
  // Else it would work until the first unclean stop, and never open again.
  if (auto fit = files.probe(layout.new_database()); !fit) {
    // The folder becomes as it was; but without its anchor nobody could tell what db.new is.
    const bool gone = !files.exists(layout.new_database()) && files.sync_folder(layout.root).ok();
    if (gone) static_cast<void>(files.remove_folder(layout.anchor()));
    return std::move(fit).error();
  }
  auto database = Database::open(files, layout.new_database(), Access::create);
  if (!database) return std::move(database).error();
  StoreHeader header;
  header.shards = options.shards;
  header.store_id[0] = options.store_id[0];
  header.store_id[1] = options.store_id[1];
  rocksdb::WriteOptions write;
  write.sync = true;
  const auto status = (*database)->db().Put(write, (*database)->own(), std::string(header_key),
                                            encode_header(header));
  if (!status.ok()) return from_status(status, "Creating the store");
  Result<void> done = (*database)->flush();
  if (done) done = (*database)->close();
  if (done) done = files.rename_file(layout.new_database(), layout.database());
  if (done) done = files.sync_folder(layout.root);
  if (!done) return std::move(done).error();
  return file;
}

Result<Checked> check_store(const Layout& layout, const std::optional<Anchor>& anchor,
                            const OpenOptions& options) {
  Files& files = *layout.files;
  auto walk = walk_files(files, layout.database(), anchor);
  if (!walk) return std::move(walk).error();
  Checked checked;
  checked.clean = anchor && anchor->clean && anchor->manifest.number == walk->manifest;
  const bool accepting = !options.accept_loss.empty();
  if (auto fit = check_walk(layout.database(), *walk, checked.clean, accepting); !fit) {
    return std::move(fit).error();
  }
  // What RocksDB would make of the rest, tolerate or assert, is not tried.
  checked.shown = kept_sizes(*walk, walk->write_ahead.size());
  Result<void> result;
  bool giving_up = walk->damaged();
  if (!giving_up) {
    result = check_database(files, layout.database(), anchor, options, checked);
    // Records are missing that a file with a torn tail may have held.
    giving_up = result.code() == Code::corrupt && walk->torn() > 0 && accepting;
    if (result && tail_is_damage(anchor, checked)) {
      auto parts = given_up(walk->write_ahead, walk->write_ahead.size(), true);
      result = tell_given_up(files, layout.database(), std::move(parts), checked);
    }
  }
  if (giving_up) result = check_without_tail(layout, anchor, options, *walk, checked);
  if (result && !checked.given_up.empty()) {
    result = check_given_up(options, checked);
  }
  if (result && !checked.given_up.empty() && !options.read_only) {
    result = swap_without_tail(layout, anchor, checked);
  }
  if (!result) return std::move(result).error();
  for (const auto& [name, scan] : walk->write_ahead) {
    if (scan.end + scan.torn > 0) checked.write_ahead.push_back(name);
  }
  // What damage took is told as that: a torn tail was never acknowledged.
  checked.tail_bytes_dropped = checked.given_up.empty() ? walk->torn() : 0;
  if (checked.tail_bytes_dropped > 0) {
    checked.notes.push_back(fmt::format("{} bytes of an append that was cut off {}.",
                                        checked.tail_bytes_dropped,
                                        options.read_only ? "are passed over" : "were dropped"));
  }
  return checked;
}

Result<void> quarantine(const Layout& layout, const std::string& name) {
  Files& files = *layout.files;
  const auto folder = layout.quarantine() + "/" + name;
  if (auto removed = files.remove_folder(layout.quarantine()); !removed) return removed;
  if (auto made = files.make_folder(layout.quarantine()); !made) return made;
  if (auto made = files.make_folder(folder); !made) return made;
  auto names = own_files(files, layout.database());
  if (!names) return std::move(names).error();
  for (const auto& file : *names) {
    if (auto linked = files.link_file(layout.database() + "/" + file, folder + "/" + file);
        !linked) {
      return linked;
    }
  }
  // The links, then the names that lead to them.
  Result<void> synced = files.sync_folder(folder);
  if (synced) synced = files.sync_folder(layout.quarantine());
  if (synced) synced = files.sync_folder(layout.root);
  return synced;
}

Result<ManifestClaim> claim_manifest(Files& files, const std::string& folder,
                                     const ManifestClaim& before) {
  auto number = current_manifest(files, folder);
  while (number) {
    auto claim = claim_of(files, folder, *number, before);
    if (claim) return claim;
    auto newer = current_manifest(files, folder);
    if (!newer || *newer == *number) return claim;
    // RocksDB began another file meanwhile, and may have removed the one looked for.
    REPRISE_MARK("journal/manifest_changed_meanwhile");
    number = std::move(newer);
  }
  return std::move(number).error();
}

}  // namespace reprise::journal
