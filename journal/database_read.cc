// What a store reads from its database: sealed values, ends of journals, records.
#include <reprise/assert.h>

#include "journal/bytes.h"
#include "journal/database.h"
#include "journal/shards.h"
#include "journal/status.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

constexpr std::size_t key_size = 2 + 8;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

rocksdb::ReadOptions read_options() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.total_order_seek = true;
  return options;
}

/// Every key of one shard's journal, as an iterator's bounds.
class JournalKeys {
 public:
  JournalKeys(const Database& database, ShardId shard)
      : lower_(journal_key(shard, 0)), upper_(journal_key(shard, ~Position{0})) {
    upper_.push_back('\0');
    lower_slice_ = slice(lower_);
    upper_slice_ = slice(upper_);
    auto options = read_options();
    options.iterate_lower_bound = &lower_slice_;
    options.iterate_upper_bound = &upper_slice_;
    iterator_.reset(database.db().NewIterator(options, database.journal()));
  }

  rocksdb::Iterator* operator->() const noexcept { return iterator_.get(); }
  /// First position of the current key. REQUIRES: Valid().
  [[nodiscard]] Position first() const {
    const auto key = view(iterator_->key());
    return key.size() == key_size ? load_be<std::uint64_t>(key, 2) : 0;
  }
  [[nodiscard]] std::string_view value() const { return view(iterator_->value()); }

 private:
  std::string lower_;
  std::string upper_;
  rocksdb::Slice lower_slice_;
  rocksdb::Slice upper_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

}  // namespace

std::string journal_key(ShardId shard, Position first) {
  std::string key;
  append_be(key, shard);
  append_be(key, first);
  return key;
}

Result<std::optional<std::string>> Database::get(rocksdb::ColumnFamilyHandle* family,
                                                 std::string_view key) const {
  std::string value;
  const auto status = db_->Get(read_options(), family, slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return from_status(status, "Reading a row");
  return std::optional<std::string>(std::move(value));
}

Result<void> Database::scan(
    rocksdb::ColumnFamilyHandle* family, std::string_view from, std::string_view to,
    const std::function<bool(std::string_view, std::string_view)>& sink) const {
  auto options = read_options();
  const auto upper = slice(to);
  if (!to.empty()) options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options, family));
  for (at->Seek(slice(from)); at->Valid(); at->Next()) {
    if (!sink(view(at->key()), view(at->value()))) return {};
  }
  if (!at->status().ok()) return from_status(at->status(), "Scanning rows");
  return {};
}

Result<StoreHeader> Database::read_header() const {
  auto stored = get(own(), header_key);
  if (!stored) return std::move(stored).error();
  if (!*stored) return Error(Code::corrupt, "The store has no header.");
  return decode_header(**stored);
}

Result<ShardEnds> Database::read_ends(ShardId shard) const {
  TrimPoint trim;
  auto stored = get(own(), trim_key(shard));
  if (!stored) return std::move(stored).error();
  if (*stored) {
    auto decoded = decode_trim(shard, **stored);
    if (!decoded) return std::move(decoded).error();
    trim = *decoded;
  }
  ShardEnds ends{trim.first, trim.first - 1, trim.previous, trim.epoch};
  const JournalKeys keys(*this, shard);
  // Not from the first key on: what was trimmed is stepped over for long, until it is compacted.
  const auto start = journal_key(shard, *stored ? trim.first : 0);
  keys->Seek(slice(start));
  if (!keys->Valid()) {
    if (!keys->status().ok()) return from_status(keys->status(), "Reading the journal");
    if (!*stored) return ends;
  }
  if (!keys->Valid() || keys.first() != trim.first) {
    return Error(Code::corrupt, fmt::format("Record {} of shard {} is missing: it should be the "
                                            "first one kept.",
                                            trim.first, shard));
  }
  keys->SeekToLast();
  if (!keys->Valid()) return from_status(keys->status(), "Reading the journal");
  Position position = keys.first();
  std::optional<Hash128> previous;
  if (position == trim.first) previous = trim.previous;
  auto read = read_records(keys.value(), shard, position, previous, [&](const RecordFrame& frame) {
    ends.last = frame.position;
    ends.chain = frame.chain;
    ends.epoch = frame.epoch;
    return true;
  });
  if (!read) return std::move(read).error();
  if (ends.last < ends.first) {
    return Error(Code::corrupt, fmt::format("The last key of shard {} is empty.", shard));
  }
  return ends;
}

Result<void> Database::read(ShardId shard, Position from, Position last,
                            const std::function<bool(const RecordFrame&)>& sink) const {
  REPRISE_ASSERT(from <= last);
  const auto missing = [&](Position position) {
    return Error(Code::corrupt,
                 fmt::format("Record {} of shard {} is missing; the journal ends at {}.", position,
                             shard, last));
  };
  const JournalKeys keys(*this, shard);
  const auto start = journal_key(shard, from);
  keys->SeekForPrev(slice(start));
  if (!keys->Valid()) {
    return keys->status().ok() ? missing(from) : from_status(keys->status(), "Reading the journal");
  }
  std::optional<Hash128> previous;
  Position position = keys.first();
  for (; keys->Valid() && position <= last; keys->Next()) {
    if (keys.first() != position) return missing(position);
    auto more =
        read_records(keys.value(), shard, position, previous, [&](const RecordFrame& frame) {
          return frame.position < from || (frame.position <= last && sink(frame));
        });
    if (!more) return std::move(more).error();
    if (!*more) return {};
  }
  if (!keys->status().ok()) return from_status(keys->status(), "Reading the journal");
  // RocksDB may skip a file it cannot read and still say ok, so the end is never believed.
  if (position <= last) return missing(std::max(position, from));
  return {};
}

Result<TrimPoint> Database::trim_point(ShardId shard, Position keep_from) const {
  const JournalKeys keys(*this, shard);
  const auto start = journal_key(shard, keep_from);
  keys->SeekForPrev(slice(start));
  if (!keys->Valid()) {
    return keys->status().ok()
               ? Error(Code::corrupt,
                       fmt::format("Shard {} has no record below {}.", shard, keep_from))
               : from_status(keys->status(), "Reading the journal");
  }
  const Position first = keys.first();
  auto frame = read_frame(keys.value(), shard, first, std::nullopt);
  if (!frame) return std::move(frame).error();
  return TrimPoint{first, frame->previous, frame->epoch};
}

Result<void> Database::keys_below(ShardId shard, Position first,
                                  const std::function<bool(std::string_view)>& sink) const {
  return scan(journal(), journal_key(shard, 0), journal_key(shard, first),
              [&](std::string_view key, std::string_view) { return sink(key); });
}

}  // namespace reprise::journal
