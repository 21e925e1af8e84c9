#include "journal/opening.h"

#include <algorithm>
#include <utility>

#include <reprise/assert.h>

#include "journal/given_up.h"
#include "journal/status.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

/// Walked framing of the files that RocksDB reads at open.
struct Walk {
  std::uint64_t manifest = 0;  ///< Number.
  FramingScan manifest_scan;
  std::vector<WalkedFile> write_ahead;

  [[nodiscard]] bool damaged() const {
    return manifest_scan.damaged || std::any_of(write_ahead.begin(), write_ahead.end(),
                                                [](const auto& file) { return file.scan.damaged; });
  }
  /// The file to name in a refusal, and the byte where its whole records end.
  [[nodiscard]] std::pair<std::string, std::uint64_t> first_damage() const {
    std::vector<WalkedFile> all = {{manifest_name(manifest), manifest_scan}};
    all.insert(all.end(), write_ahead.begin(), write_ahead.end());
    auto worst = std::find_if(all.begin(), all.end(), [](const auto& f) { return f.scan.damaged; });
    if (worst == all.end()) {
      worst = std::find_if(all.begin(), all.end(), [](const auto& f) { return f.scan.torn > 0; });
    }
    REPRISE_ASSERT(worst != all.end());
    return {worst->name, worst->scan.end};
  }
  [[nodiscard]] std::uint64_t torn() const {
    std::uint64_t bytes = 0;
    for (const auto& [name, scan] : write_ahead) bytes += scan.torn;
    return bytes;
  }
};

Result<void> check_claimed_manifest(const Anchor& anchor, std::uint64_t number,
                                    std::string_view bytes) {
  const auto& claim = anchor.manifest;
  const auto lost = [&](std::string_view what) {
    return Error(Code::missing_data,
                 fmt::format("The anchor claims {} with {} bytes, but {}. Files are missing or "
                             "older than the anchor.",
                             manifest_name(claim.number), claim.size, what));
  };
  if (number < claim.number) return lost(fmt::format("CURRENT names {}", manifest_name(number)));
  if (number > claim.number) return {};
  if (bytes.size() < claim.size) return lost(fmt::format("it has {}", bytes.size()));
  if (hash64(bytes.substr(0, claim.size)) != claim.hash ||
      (anchor.clean && bytes.size() != claim.size)) {
    return Error(Code::corrupt, fmt::format("{} is damaged.", manifest_name(number)));
  }
  return {};
}

Result<Walk> walk_files(Files& files, const std::string& folder,
                        const std::optional<Anchor>& anchor) {
  Walk walk;
  auto number = current_manifest(files, folder);
  if (!number) return std::move(number).error();
  walk.manifest = *number;
  const auto path = folder + "/" + manifest_name(*number);
  if (!files.exists(path)) return Error(Code::missing_data, fmt::format("{} is missing.", path));
  auto bytes = files.read_file(path);
  if (!bytes) return std::move(bytes).error();
  if (anchor) {
    if (auto claimed = check_claimed_manifest(*anchor, *number, *bytes); !claimed) {
      return std::move(claimed).error();
    }
  }
  walk.manifest_scan = scan_framing(*bytes);
  auto names = write_ahead_files(files, folder);
  if (!names) return std::move(names).error();
  for (auto& name : *names) {
    auto content = files.read_file(folder + "/" + name);
    if (!content) return std::move(content).error();
    const auto scan = scan_framing(*content);
    walk.write_ahead.push_back({std::move(name), scan});
  }
  return walk;
}

/// The folder's files, cut at their last whole record; data files are links.
/// With `damaged`, write-ahead files behind the first damage are left out as well.
Result<void> copy_whole_records(Files& files, const std::string& from, const std::string& to,
                                const Walk& walk) {
  if (auto made = files.make_folder(to); !made) return made;
  auto names = files.list_folder(from);
  if (!names) return std::move(names).error();
  bool dropped = false;
  for (const auto& name : *names) {
    if (name == "LOCK") continue;
    const auto source = from + "/" + name;
    const auto target = to + "/" + name;
    if (name.ends_with(".sst")) {
      if (auto linked = files.link_file(source, target); !linked) return linked;
      continue;
    }
    if (name.starts_with("MANIFEST-") && name != manifest_name(walk.manifest)) continue;
    std::optional<std::uint64_t> size;
    if (name == manifest_name(walk.manifest)) size = walk.manifest_scan.end;
    for (const auto& [file, scan] : walk.write_ahead) {
      if (file == name) size = dropped ? 0 : scan.end;
      if (file == name && scan.torn > 0) dropped = true;
    }
    if (auto copied = files.copy_file(source, target, size); !copied) return copied;
  }
  return files.sync_folder(to);
}

std::optional<Position> accepted(const OpenOptions& options, ShardId shard) {
  for (const auto& [listed, position] : options.accept_loss) {
    if (listed == shard) return position;
  }
  return std::nullopt;
}

/// The record at a claim must be there, with its chain head, and all after it must verify.
Result<void> check_claim(const Database& database, ShardId shard, const Claim& claim,
                         const ShardEnds& ends) {
  if (claim.last == 0 || claim.last < ends.first) return {};
  Result<void> found;
  auto read = database.read(shard, claim.last, ends.last, [&](const RecordFrame& frame) {
    if (frame.position != claim.last) return true;
    if (frame.chain != claim.chain || frame.epoch != claim.epoch) {
      found = Error(Code::corrupt,
                    fmt::format("Record {} of shard {} is not the one the anchor claims.",
                                claim.last, shard));
    }
    return found.ok();
  });
  return found.ok() ? read : found;
}

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
    if (ends->last < due) {
      lost +=
          fmt::format("{}record {} of shard {}", lost.empty() ? "" : ", ", ends->last + 1, shard);
      give_up += fmt::format(" ({}, {})", shard, ends->last);
    } else if (ends->last >= claim.last) {
      if (auto found = check_claim(database, shard, claim, *ends); !found) {
        return std::move(found).error();
      }
    }
    all.push_back(*ends);
  }
  if (lost.empty()) return all;
  return Error(Code::missing_data,
               fmt::format("Missing: {}. Nothing was changed. Restore a backup, or accept the loss "
                           "of all after (shard, position){}.",
                           lost, give_up));
}

/// True when what ends a write-ahead file early can be no append that was cut off.
bool tail_is_damage(const std::optional<Anchor>& anchor, const Checked& checked) {
  if (!anchor || checked.clean) return checked.clean;
  for (std::size_t shard = 0; shard < checked.ends.size(); ++shard) {
    if (checked.ends[shard].last < anchor->shards[shard].last) return true;
  }
  return false;
}

/// Tells what of `parts` of the write-ahead files in `folder` is not in `checked.ends`.
Result<void> tell_given_up(Files& files, const std::string& folder, std::vector<GivenUp> parts,
                           Checked& checked) {
  checked.given_up = std::move(parts);
  auto seen = seen_lost(files, folder, checked.given_up, checked.ends);
  if (!seen) return std::move(seen).error();
  checked.seen_lost = std::move(*seen);
  for (const auto& part : checked.given_up) checked.notes.push_back(sentence(part));
  for (const auto& lost : checked.seen_lost) {
    checked.notes.push_back(fmt::format(
        "Records {} to {} of shard {} are lost with that; {} stood whole behind the damage.",
        checked.ends[lost.shard].last + 1, lost.last, lost.shard, lost.records));
  }
  return {};
}

/// RocksDB refuses the tail: check a copy without it, and only if that passes swap it in.
Result<void> check_copy(const Layout& layout, const std::optional<Anchor>& anchor,
                        const OpenOptions& options, const Walk& walk, Checked& checked) {
  Files& files = *layout.files;
  const auto copy = layout.quarantine() + "/copy";
  if (auto made = files.make_folder(layout.quarantine()); !made) return made;
  if (auto removed = files.remove_folder(copy); !removed) return removed;
  auto result = copy_whole_records(files, layout.database(), copy, walk);
  if (result) result = check_database(files, copy, anchor, options, checked);
  if (result) {
    const bool is_damage = tail_is_damage(anchor, checked);
    auto parts = given_up(walk.write_ahead, is_damage);
    if (is_damage && walk.manifest_scan.torn > 0) {
      const auto& scan = walk.manifest_scan;
      parts.insert(parts.begin(), {manifest_name(walk.manifest), scan.end, scan.torn, true});
    }
    result = tell_given_up(files, layout.database(), std::move(parts), checked);
  }
  if (result) result = files.sync_folder(layout.quarantine());
  if (!result) {
    static_cast<void>(files.remove_folder(copy));
    return result;
  }
  const auto aside = fmt::format("{}/aside-{}", layout.root, anchor ? anchor->generation : 0);
  // By its last name before the swap: the original is never where an open would remove it.
  if (auto removed = files.remove_folder(aside); !removed) return removed;
  if (auto renamed = files.rename_file(copy, aside); !renamed) return renamed;
  if (auto synced = files.sync_folder(layout.root); !synced) return synced;
  if (auto swapped = files.exchange(layout.database(), aside); !swapped) return swapped;
  checked.notes.push_back(fmt::format("The database was opened without its {}; the original is {}.",
                                      checked.given_up.empty() ? "torn tail" : "damaged part",
                                      aside));
  return files.sync_folder(layout.root);
}

}  // namespace

Result<void> check_database(Files& files, const std::string& folder,
                            const std::optional<Anchor>& anchor, const OpenOptions& options,
                            Checked& checked) {
  auto database = Database::open(files, folder, checked.access);
  if (!database) return std::move(database).error();
  auto header = (*database)->read_header();
  if (!header) return std::move(header).error();
  auto ends = check_journals(**database, *header, anchor, options);
  if (!ends) return std::move(ends).error();
  checked.sums.assign(header->shards, {});
  for (ShardId shard = 0; shard < header->shards; ++shard) {
    auto stored = (*database)->get((*database)->of(Table::meta), sum_key(shard));
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
  const auto torn = walk->torn() + walk->manifest_scan.torn;
  const bool accepting = !options.accept_loss.empty();
  if (walk->manifest_scan.damaged || (walk->damaged() && !accepting) ||
      (checked.clean && torn > 0 && !accepting)) {
    const auto [name, offset] = walk->first_damage();
    return Error(Code::corrupt,
                 fmt::format("{}/{} is damaged at byte {}, and no write that was cut off explains "
                             "it. Nothing was changed.",
                             layout.database(), name, offset));
  }
  const auto check_without_tail = [&] {
    if (!options.read_only) return check_copy(layout, anchor, options, *walk, checked);
    checked.access = Access::read_whole;
    return check_database(files, layout.database(), anchor, options, checked);
  };
  Result<void> result;
  if (walk->damaged()) {
    result = check_without_tail();
  } else {
    result = check_database(files, layout.database(), anchor, options, checked);
    if (result.code() == Code::corrupt && torn > 0) {
      result = check_without_tail();
    } else if (result && tail_is_damage(anchor, checked)) {
      result = tell_given_up(files, layout.database(), torn_ends(walk->write_ahead), checked);
    }
  }
  if (!result) return std::move(result).error();
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
  auto names = files.list_folder(layout.database());
  if (!names) return std::move(names).error();
  for (const auto& file : *names) {
    if (file == "LOCK") continue;
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
  if (!number) return std::move(number).error();
  const auto path = folder + "/" + manifest_name(*number);
  auto size = files.size_of(path);
  if (!size) return std::move(size).error();
  if (before.number == *number && before.size == *size) return before;
  // What is claimed must be durable, and RocksDB may be between its write and its sync.
  if (auto synced = files.sync_file(path); !synced) return std::move(synced).error();
  auto bytes = files.read_prefix(path, *size);
  if (!bytes) return std::move(bytes).error();
  return ManifestClaim{*number, bytes->size(), hash64(*bytes)};
}

}  // namespace reprise::journal
