#include "tests/faults/client.h"

#include <algorithm>
#include <functional>

#include "journal/record.h"
#include "journal/rocks_store.h"
#include "journal/verify.h"
#include "tests/faults/one_thread.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

using journal::Table;

constexpr Table tables[] = {Table::rows, Table::chunks, Table::index, Table::blobs};

/// Mostly small; now and then longer than a page, seldom longer than a block of RocksDB's files.
std::string value_of(runtime::SeededRandom& random) {
  const std::uint64_t kind = random.below(40);
  std::size_t size = random.below(200);
  if (kind < 4) size = 3000 + random.below(6000);
  if (kind == 4) size = 33000 + random.below(9000);
  std::string value(size, '\0');
  for (char& byte : value) byte = static_cast<char>('a' + random.below(26));
  return value;
}

Result<void> read_shard(const journal::Store& store, ShardId shard, Contents::Shard& found) {
  found.first = store.ends(shard).first;
  auto read =
      store.read(shard, found.first, [&](Position position, Epoch epoch, std::string_view body) {
        found.records[position] = fmt::format("{}:", epoch).append(body);
        return true;
      });
  if (!read) return read;
  const Position held = store.ends(shard).last + 1 - found.first;
  if (found.records.size() == held) return {};
  return Error(Code::corrupt, fmt::format("shard {} holds {} records and reads {}", shard, held,
                                          found.records.size()));
}

}  // namespace

Disk fresh_disk() {
  Disk disk;
  disk.apply({.kind = Op::Kind::make_folder, .node = Disk::root, .name = "data"});
  disk.apply({.kind = Op::Kind::sync_folder, .node = Disk::root});
  return disk;
}

Result<Contents> contents_of(const journal::Store& store) {
  if (store.header().shards != shard_count) return Error(Code::corrupt, "another shard count");
  Contents found;
  for (ShardId shard = 0; shard < shard_count; ++shard) {
    if (auto read = read_shard(store, shard, found.shards[shard]); !read) {
      return std::move(read).error();
    }
  }
  for (const Table table : tables) {
    auto read = store.scan(table, "", "", [&](std::string_view key, std::string_view value) {
      found.rows[{table, std::string(key)}] = value;
      return true;
    });
    if (!read) return std::move(read).error();
  }
  auto verified = journal::verify(store);
  if (!verified) return std::move(verified).error();
  if (!verified->problems.empty()) return Error(Code::corrupt, verified->problems.front());
  return found;
}

std::string difference(const Contents& expected, const Contents& found) {
  for (std::size_t shard = 0; shard < shard_count; ++shard) {
    const auto& due = expected.shards[shard];
    const auto& is = found.shards[shard];
    if (due == is) continue;
    return fmt::format("shard {} should hold {} to {} and holds {} to {}, or other bytes", shard,
                       due.first, due.first + due.records.size() - 1, is.first,
                       is.first + is.records.size() - 1);
  }
  for (const auto& [key, value] : expected.rows) {
    const auto at = found.rows.find(key);
    if (at == found.rows.end()) return fmt::format("row {} is missing", key.second);
    if (at->second != value) return fmt::format("row {} has another value", key.second);
  }
  if (found.rows.size() != expected.rows.size()) return "there are more rows than were put";
  return "";
}

std::string read_copy(SimFiles& files, const Copy& copy) {
  auto store = journal::open_rocks_store({.path = copy.path, .create = false}, files);
  if (!store) return fmt::format("{}: {}", copy.path, store.error().message());
  auto found = contents_of(**store);
  if (!found) return fmt::format("{}: {}", copy.path, found.error().message());
  if (*found != copy.contents) {
    return fmt::format("{}: {}", copy.path, difference(copy.contents, *found));
  }
  if (auto closed = (*store)->close(); !closed) return closed.error().message();
  return "";
}

Script make_script(std::uint64_t seed, std::size_t calls) {
  runtime::SeededRandom random(seed);
  Script script;
  while (script.size() < calls) {
    const std::uint64_t kind = random.below(20);
    Call call{Call::Kind::append, random.draw()};
    if (kind >= 12) call.kind = Call::Kind::renew_anchor;
    if (kind >= 14) call.kind = Call::Kind::trim;
    if (kind >= 16) call.kind = Call::Kind::background;
    if (kind >= 17) call.kind = Call::Kind::reopen;
    if (kind == 19) call.kind = Call::Kind::backup;
    script.push_back(call);
  }
  return script;
}

Result<void> Client::open() {
  const std::size_t begun = drive_.ops().size();
  auto opened = journal::open_rocks_store(
      {.path = store_path, .shards = shard_count, .store_id = {1, 2}}, files_);
  if (!opened) return std::move(opened).error();
  auto found = contents_of(**opened);
  if (!found) return std::move(found).error();
  store_ = std::move(*opened);
  const bool first = epoch_ == 0;
  if (!first && *found != held_ && *found != perhaps_) {
    wrong_ = "opened again: " + difference(held_, *found);
  }
  held_ = std::move(*found);
  perhaps_.reset();
  ++epoch_;
  keys_.resize(shard_count);
  for (ShardId shard = 0; shard < shard_count; ++shard) {
    epoch_ = std::max(epoch_, store_->ends(shard).epoch + 1);
    // Keys that a client before this one made are not known; nothing below them is cut.
    auto& keys = keys_[shard];
    std::erase_if(keys, [&](Position key) { return key > store_->ends(shard).last; });
  }
  marks_.push_back({begun, drive_.ops().size(), held_});
  return {};
}

Result<void> Client::perform(const Call& call) {
  switch (call.kind) {
    case Call::Kind::append: return append(call.seed);
    case Call::Kind::trim: return trim(call.seed);
    case Call::Kind::renew_anchor: return store_->renew_anchor();
    case Call::Kind::backup: return backup();
    case Call::Kind::background:
      while (run_job()) {
      }
      return {};
    case Call::Kind::reopen: {
      auto closed = close();
      if (!closed) return closed;
      return open();
    }
  }
  return {};
}

Result<void> Client::close() {
  auto closed = store_->close();
  store_.reset();
  return closed;
}

Result<void> Client::change(Contents after, const std::function<Result<void>()>& call) {
  const std::size_t begun = drive_.ops().size();
  auto result = call();
  if (result) {
    held_ = std::move(after);
    marks_.push_back({begun, drive_.ops().size(), held_});
  } else if (result.code() == Code::outcome_unknown) {
    perhaps_ = std::move(after);
  }
  return result;
}

void Client::add_puts(journal::ShardAppend& part, Contents& after, runtime::SeededRandom& random) {
  std::set<std::pair<Table, std::string>> used;
  for (std::uint64_t left = random.below(4); left > 0; --left) {
    journal::Put put;
    put.table = tables[random.below(4)];
    put.key = fmt::format("{}/{}", part.shard, random.below(6));
    if (!used.insert({put.table, put.key}).second) continue;
    if (random.below(4) != 0) put.value = value_of(random);
    if (put.value) {
      after.rows[{put.table, put.key}] = *put.value;
    } else {
      after.rows.erase({put.table, put.key});
    }
    part.puts.push_back(std::move(put));
  }
}

void Client::add_part(Group& group, ShardId shard, runtime::SeededRandom& random) {
  const auto ends = store_->ends(shard);
  journal::ShardAppend part;
  part.shard = shard;
  part.epoch = epoch_;
  part.first = ends.last + 1;
  part.chain_after = ends.chain;
  for (std::uint64_t left = 1 + random.below(3); left > 0; --left) {
    journal::RecordBuilder builder;
    const Position position = part.first + part.count;
    builder.add(RunId::make(shard, 1), position, value_of(random));
    const std::size_t at = part.bytes.size();
    part.chain_after = builder.finish(shard, epoch_, position, part.chain_after, part.bytes);
    const auto frame = journal::peek_frame(std::string_view(part.bytes).substr(at));
    group.after.shards[shard].records[position] =
        fmt::format("{}:", epoch_).append(frame.value().body);
    ++part.count;
  }
  add_puts(part, group.after, random);
  group.parts.push_back(std::move(part));
}

Result<void> Client::append(std::uint64_t seed) {
  runtime::SeededRandom random(seed);
  Group group{{}, held_};
  const std::uint64_t chosen = 1 + random.below((1U << shard_count) - 1);
  for (ShardId shard = 0; shard < shard_count; ++shard) {
    if (((chosen >> shard) & 1) != 0) add_part(group, shard, random);
  }
  return change(std::move(group.after), [&] {
    auto appended = store_->append(group.parts, true);
    // Of an unknown outcome the next open tells whether they are there.
    if (!appended && appended.code() != Code::outcome_unknown) return appended;
    for (const auto& part : group.parts) keys_[part.shard].insert(part.first);
    return appended;
  });
}

Result<void> Client::append_to_all() {
  runtime::SeededRandom random(epoch_ + 1000 * marks_.size());
  Group group{{}, held_};
  for (ShardId shard = 0; shard < shard_count; ++shard) add_part(group, shard, random);
  return change(std::move(group.after), [&] { return store_->append(group.parts, true); });
}

Result<void> Client::trim(std::uint64_t seed) {
  runtime::SeededRandom random(seed);
  const auto shard = static_cast<ShardId>(random.below(shard_count));
  const auto ends = store_->ends(shard);
  if (ends.last < ends.first) return {};
  const Position keep_from = ends.first + random.below(ends.last + 2 - ends.first);
  Contents after = held_;
  auto& kept = after.shards[shard];
  // Whole keys go: the shard begins with the last one that does not begin behind `keep_from`.
  const auto behind = keys_[shard].upper_bound(keep_from);
  if (behind == keys_[shard].begin()) return {};
  kept.first = std::max(kept.first, *std::prev(behind));
  kept.records.erase(kept.records.begin(), kept.records.lower_bound(kept.first));
  return change(std::move(after), [&] { return store_->trim(shard, keep_from); });
}

Result<void> Client::backup() {
  auto& copy = copies_.emplace_back();
  copy.path = fmt::format("/data/backup-{}", copies_.size());
  copy.begun = drive_.ops().size();
  copy.contents = held_;
  if (auto made = store_->backup(copy.path); !made) return made;
  copy.acknowledged = drive_.ops().size();
  const std::uint64_t faults = drive_.faults();
  const auto wrong = read_copy(files_, copy);
  if (wrong.empty()) return {};
  // A disk that fails meanwhile may keep it from being read; it is read once more after a crash.
  if (drive_.faults() == faults && !drive_.says_full()) wrong_ = wrong;
  return Error(Code::io_error, wrong);
}

}  // namespace reprise::faults
