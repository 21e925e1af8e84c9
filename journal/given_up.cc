#include "journal/given_up.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "journal/bytes.h"
#include "journal/file.h"
#include "journal/record.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

namespace reprise::journal {
namespace {

/// The positions beyond what is kept, per shard: a set, since RocksDB may hold a write twice.
using Positions = std::vector<std::set<Position>>;

/// Picks the journal's records out of one write. Which family a value is put into is not asked: no
/// other value carries a frame whose checksum holds for the shard and the position of its key.
class Picker final : public rocksdb::WriteBatch::Handler {
 public:
  Picker(const std::vector<ShardEnds>& kept, Positions& found) : kept_(kept), found_(found) {}

  rocksdb::Status PutCF(std::uint32_t, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    pick({key.data(), key.size()}, {value.data(), value.size()});
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(std::uint32_t, const rocksdb::Slice&) override {
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteRangeCF(std::uint32_t, const rocksdb::Slice&,
                                const rocksdb::Slice&) override {
    return rocksdb::Status::OK();
  }

 private:
  void pick(std::string_view key, std::string_view records) {
    if (key.size() != sizeof(ShardId) + sizeof(Position)) return;
    const auto shard = load_be<ShardId>(key, 0);
    if (shard >= kept_.size()) return;
    auto position = load_be<Position>(key, sizeof(ShardId));
    for (std::optional<Hash128> previous; !records.empty(); ++position) {
      const auto frame = read_frame(records, shard, position, previous);
      if (!frame) return;
      if (position > kept_[shard].last) found_[shard].insert(position);
      previous = frame->chain;
      records.remove_prefix(frame->size);
    }
  }

  const std::vector<ShardEnds>& kept_;
  Positions& found_;
};

}  // namespace

std::size_t last_before_damage(const std::vector<WalkedFile>& files, bool torn_is_damage) {
  const auto ends = [&](const WalkedFile& file) {
    return file.scan.damaged || (torn_is_damage && file.scan.torn > 0);
  };
  return static_cast<std::size_t>(std::find_if(files.begin(), files.end(), ends) - files.begin());
}

std::vector<GivenUp> given_up(const std::vector<WalkedFile>& files, std::size_t last_kept,
                              bool torn_is_damage) {
  std::vector<GivenUp> all;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& [name, scan] = files[i];
    const bool behind = i > last_kept;
    const std::uint64_t offset = behind ? 0 : scan.end;
    const std::uint64_t bytes = scan.end + scan.torn - offset;
    if (bytes == 0 || (!behind && !scan.damaged && !torn_is_damage)) continue;
    all.push_back({name, offset, bytes, !behind});
  }
  return all;
}

Result<std::vector<SeenLost>> seen_lost(Files& files, const std::string& folder,
                                        const std::vector<GivenUp>& given_up,
                                        const std::vector<ShardEnds>& kept) {
  Positions found(kept.size());
  Picker picker(kept, found);
  for (const auto& part : given_up) {
    auto bytes = files.read_file(folder + "/" + part.file);
    if (!bytes) return std::move(bytes).error();
    for_each_record(*bytes, part.offset, [&](std::string_view record) {
      // What RocksDB makes nothing of holds nothing that could be counted.
      static_cast<void>(rocksdb::WriteBatch(std::string(record)).Iterate(&picker));
    });
  }
  std::vector<SeenLost> all;
  for (std::size_t shard = 0; shard < found.size(); ++shard) {
    if (found[shard].empty()) continue;
    all.push_back({static_cast<ShardId>(shard), *found[shard].rbegin(), found[shard].size()});
  }
  return all;
}

std::string sentence(const GivenUp& part) {
  if (!part.damaged) {
    return fmt::format("{}: {} bytes were given up, since they follow the damage.", part.file,
                       part.bytes);
  }
  return fmt::format("{} is damaged at byte {}: the {} bytes from there on were given up.",
                     part.file, part.offset, part.bytes);
}

}  // namespace reprise::journal
