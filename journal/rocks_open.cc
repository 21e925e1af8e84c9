// The order of opening (docs/format.md): nothing is changed before everything was checked.
#include <utility>

#include "journal/rocks_store.h"
#include "journal/status.h"

#include <fmt/format.h>

namespace reprise::journal {

Result<std::unique_ptr<Store>> open_rocks_store(const OpenOptions& options) {
  if (options.shards == 0) {
    return Error(Code::invalid_argument, "A store has at least one shard.");
  }
  if (options.create) {
    if (auto made = make_folder(options.path); !made) {
      return Error(Code::store_unusable, made.error().message());
    }
  }
  RocksStore::Parts parts;
  parts.path = options.path;
  auto lock = lock_store(options.path + "/lock");
  if (!lock) return std::move(lock).error();
  parts.lock = std::move(*lock);
  const auto path = options.path + "/db";
  const bool create = !exists(path);
  if (create && !options.create) {
    return Error(Code::store_unusable, fmt::format("There is no store at {}.", options.path));
  }
  auto database = Database::open(path, create ? Access::create : Access::read_write, Tail::strict);
  if (!database) return std::move(database).error();
  parts.database = std::move(*database);
  if (create) {
    StoreHeader header;
    header.shards = options.shards;
    header.store_id[0] = options.store_id[0];
    header.store_id[1] = options.store_id[1];
    rocksdb::WriteOptions write;
    write.sync = true;
    const auto status = parts.database->db().Put(write, parts.database->own(),
                                                 std::string(header_key), encode_header(header));
    if (!status.ok()) return from_status(status, "Creating the store");
  }
  auto header = parts.database->read_header();
  if (!header) return std::move(header).error();
  parts.header = *header;
  parts.report.created = create;
  parts.shards = std::make_unique<Shards>(header->shards);
  for (std::uint16_t shard = 0; shard < header->shards; ++shard) {
    auto ends = parts.database->read_ends(shard);
    if (!ends) return std::move(ends).error();
    parts.shards->set(shard, *ends);
  }
  return std::unique_ptr<Store>(std::make_unique<RocksStore>(std::move(parts)));
}

}  // namespace reprise::journal
