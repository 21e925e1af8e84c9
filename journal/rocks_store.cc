#include "journal/rocks_store.h"

#include <utility>

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include "journal/copy.h"
#include "journal/manifest.h"
#include "journal/status.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

RocksStore::RocksStore(Parts parts)
    : parts_(std::move(parts)), batch_(0, 0, /*protection_bytes_per_key=*/8, 0) {
  REPRISE_ASSERT(parts_.database != nullptr && parts_.shards != nullptr);
}

RocksStore::~RocksStore() { static_cast<void>(close()); }

Result<void> RocksStore::readable() const {
  if (parts_.database == nullptr) return Error(Code::engine_failed, "The store was closed.");
  return {};
}

Result<void> RocksStore::writable() const {
  if (auto open = readable(); !open) return open;
  if (parts_.read_only) {
    return Error(Code::invalid_argument, "The store was opened for reading only.");
  }
  if (failed_) {
    return Error(Code::engine_failed,
                 "The store stopped writing after a failed append; open it again.");
  }
  return {};
}

Result<void> RocksStore::space_for(std::size_t bytes) const {
  auto free = parts_.layout.files->free_space(parts_.layout.root);
  if (!free) return std::move(free).error();
  if (*free >= parts_.space_reserve + 2 * bytes) return {};
  REPRISE_MARK("journal/space_reserve_reached");
  return Error(Code::no_space,
               fmt::format("{} has {} bytes left; {} are kept in reserve. Nothing was written.",
                           parts_.layout.root, *free, parts_.space_reserve));
}

Result<void> RocksStore::write() {
  rocksdb::WriteOptions options;
  options.sync = true;
  const auto status = parts_.database->db().Write(options, &batch_);
  if (status.ok()) return {};
  failed_ = true;
  return Error(Code::outcome_unknown,
               fmt::format("The append may or may not be durable; open the store again and retry "
                           "with the same id. RocksDB says: {}.",
                           status.ToString()));
}

Result<void> RocksStore::append(std::span<ShardAppend> group, bool /*sync*/) {
  if (auto open = writable(); !open) return open;
  if (auto checked = parts_.shards->check(group); !checked) return checked;
  auto sums =
      parts_.sums->after(group, [&](Table table, std::string_view key) { return get(table, key); });
  if (!sums) return std::move(sums).error();
  batch_.Clear();
  rocksdb::Status status;
  for (const auto& [shard, sum] : *sums) {
    status = batch_.Put(parts_.database->of(Table::meta), sum_key(shard), encode_sum(shard, sum));
    REPRISE_ASSERT(status.ok());
  }
  for (const auto& part : group) {
    if (part.count > 0) {
      status =
          batch_.Put(parts_.database->journal(), journal_key(part.shard, part.first), part.bytes);
    }
    for (const auto& put : part.puts) {
      if (!status.ok()) break;
      auto* family = parts_.database->of(put.table);
      status = put.value ? batch_.Put(family, put.key, *put.value) : batch_.Delete(family, put.key);
    }
    // Building a batch fails only on sizes, which check() has bounded.
    REPRISE_ASSERT(status.ok());
  }
  if (auto space = space_for(batch_.GetDataSize()); !space) return space;
  if (auto written = write(); !written) return written;
  parts_.sums->advance(*sums);
  parts_.shards->advance(group);
  return {};
}

Result<void> RocksStore::read(ShardId shard, Position from, const RecordSink& sink) const {
  if (auto open = readable(); !open) return open;
  const auto ends = parts_.shards->ends(shard);
  if (from < ends.first) {
    return Error(Code::invalid_argument,
                 fmt::format("Record {} of shard {} was trimmed.", from, shard));
  }
  if (from > ends.last) return {};
  return parts_.database->read(shard, from, ends.last, [&](const RecordFrame& frame) {
    return sink(frame.position, frame.epoch, frame.body);
  });
}

Result<void> RocksStore::trim(ShardId shard, Position keep_from) {
  if (auto open = writable(); !open) return open;
  auto ends = parts_.shards->ends(shard);
  if (keep_from > ends.last + 1) {
    return Error(Code::invalid_argument,
                 fmt::format("Trim of shard {} to {} is beyond its end.", shard, keep_from));
  }
  if (keep_from <= ends.first) return {};
  auto point = parts_.database->trim_point(shard, keep_from);
  if (!point) return std::move(point).error();
  if (point->first <= ends.first) return {};
  // What the anchor claims must be found at the next open, so it moves before records go.
  if (auto renewed = renew_anchor(); !renewed) return renewed;
  batch_.Clear();
  auto listed = parts_.database->keys_below(shard, point->first, [&](std::string_view key) {
    return batch_.Delete(parts_.database->journal(), slice(key)).ok();
  });
  if (!listed) return listed;
  const auto status =
      batch_.Put(parts_.database->own(), trim_key(shard), encode_trim(shard, *point));
  REPRISE_ASSERT(status.ok());
  if (auto written = write(); !written) return written;
  ends.first = point->first;
  parts_.shards->set(shard, ends);
  return {};
}

Result<std::optional<std::string>> RocksStore::get(Table table, std::string_view key) const {
  if (auto open = readable(); !open) return std::move(open).error();
  return parts_.database->get(parts_.database->of(table), key);
}

Result<void> RocksStore::scan(
    Table table, std::string_view from, std::string_view to,
    const std::function<bool(std::string_view, std::string_view)>& sink) const {
  if (auto open = readable(); !open) return open;
  return parts_.database->scan(parts_.database->of(table), from, to, sink);
}

Result<void> RocksStore::backup(const std::string& path) {
  if (auto open = writable(); !open) return open;
  Files& files = *parts_.layout.files;
  auto name = copy_name(files, parts_.layout.root, path);
  if (!name) return std::move(name).error();
  // Complete before it gets its name: what is found under `path` is a whole backup.
  const Layout copy{&files, *name + ".partial"};
  // Made here and nowhere else, or what is removed after a failure would not be ours.
  if (auto made = files.make_new_folder(copy.root); !made) return made;
  Result<void> result = parts_.database->copy_to(copy.database());
  if (result) result = anchor_copy(copy);
  if (result) result = files.rename_file(copy.root, *name);
  if (result) result = files.sync_folder(folder_of(*name));
  if (!result) static_cast<void>(files.remove_folder(copy.root));
  return result;
}

Result<void> RocksStore::anchor_copy(const Layout& copy) const {
  auto anchor = claims();
  if (!anchor) return std::move(anchor).error();
  auto manifest = claim_manifest(*copy.files, copy.database(), {});
  if (!manifest) return std::move(manifest).error();
  anchor->manifest = *manifest;
  anchor->clean = true;
  auto file = AnchorFile::create(*copy.files, copy.anchor(), *anchor);
  if (!file) return std::move(file).error();
  // Read back at once: a backup that does not open is worse than none.
  Checked checked;
  auto opens = check_database(*copy.files, copy.database(), *anchor, {}, checked);
  if (!opens) return opens;
  return copy.files->sync_folder(copy.root);
}

Result<Anchor> RocksStore::claims() const {
  Anchor anchor = parts_.anchor->newest();
  anchor.clean = false;
  anchor.creating = false;
  for (ShardId shard = 0; shard < parts_.header.shards; ++shard) {
    const auto ends = parts_.shards->ends(shard);
    anchor.shards[shard] = {ends.last, ends.epoch, ends.chain};
  }
  auto manifest = claim_manifest(*parts_.layout.files, parts_.layout.database(), anchor.manifest);
  if (!manifest) return std::move(manifest).error();
  anchor.manifest = *manifest;
  return anchor;
}

Result<void> RocksStore::renew_anchor() {
  if (auto open = writable(); !open) return open;
  auto anchor = claims();
  if (!anchor) return std::move(anchor).error();
  const auto& newest = parts_.anchor->newest();
  if (!newest.clean && !newest.creating && anchor->manifest == newest.manifest &&
      anchor->shards == newest.shards) {
    return {};
  }
  return parts_.anchor->write(std::move(*anchor));
}

Result<void> RocksStore::mark_closed() {
  auto anchor = claims();
  if (!anchor) return std::move(anchor).error();
  auto empty =
      write_ahead_is_empty(*parts_.layout.files, parts_.layout.database(), anchor->manifest.number);
  if (!empty) return std::move(empty).error();
  // Where RocksDB could not remove a file, the next open does, as after a kill.
  anchor->clean = *empty;
  // A write-ahead file that RocksDB has removed must not come back with the power, with a tail
  // that was never synced: after an orderly close that is damage.
  auto synced = parts_.layout.files->sync_folder(parts_.layout.database());
  if (!synced) return synced;
  // Both slots, so that damage to one of them loses no claim.
  if (auto written = parts_.anchor->write(*anchor); !written) return written;
  if (auto written = parts_.anchor->write(std::move(*anchor)); !written) return written;
  // Closed in order, all claims found: what was linked aside has served.
  return parts_.layout.files->remove_folder(parts_.layout.quarantine());
}

Result<void> RocksStore::close() {
  if (parts_.database == nullptr) return {};
  Result<void> result;
  if (failed_ || parts_.read_only) {
    // Nothing of ours to make durable; or nobody knows what is, RocksDB only repeats its error, and
    // the next open finds out.
    static_cast<void>(parts_.database->close());
  } else {
    result = parts_.database->flush();
    auto closed = parts_.database->close();
    if (result) result = std::move(closed);
    if (result) result = mark_closed();
  }
  parts_.database.reset();
  parts_.anchor.reset();
  parts_.lock.reset();
  return result;
}

}  // namespace reprise::journal
