#include "journal/copy.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "journal/anchor.h"
#include "journal/file.h"
#include "journal/opening.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

Result<void> copy_files(const Layout& from, const Layout& to) {
  Files& files = *from.files;
  if (auto made = files.make_folder(to.root); !made) return made;
  if (files.exists(from.anchor())) {
    if (auto copied = files.copy_file(from.anchor(), to.anchor()); !copied) return copied;
  }
  if (auto made = files.make_folder(to.database()); !made) return made;
  auto names = files.list_folder(from.database());
  if (!names) return std::move(names).error();
  for (const auto& name : *names) {
    if (name == "LOCK") continue;
    auto copied = files.copy_file(from.database() + "/" + name, to.database() + "/" + name);
    if (!copied) return copied;
  }
  if (auto synced = files.sync_folder(to.database()); !synced) return synced;
  return files.sync_folder(to.root);
}

/// Copies under a name of its own, lets `check` look at the copy, and only then gives it `to`.
Result<void> copy_checked(const std::string& from, const std::string& to,
                          const std::function<Result<void>(const Layout&)>& check) {
  Files& files = real_files();
  const Layout source{&files, from};
  if (!files.exists(source.database())) {
    return Error(Code::store_unusable, fmt::format("{}: there is no store.", from));
  }
  if (files.exists(to)) {
    return Error(Code::invalid_argument, fmt::format("{} is there already.", to));
  }
  auto lock = files.lock_store(source.lock());
  if (!lock) return std::move(lock).error();
  const Layout copy{&files, to + ".partial"};
  Result<void> result = files.remove_folder(copy.root);
  if (result) result = copy_files(source, copy);
  if (result) result = check(copy);
  if (result) result = files.rename_file(copy.root, to);
  if (result) result = files.sync_folder(folder_of(to));
  if (!result) static_cast<void>(files.remove_folder(copy.root));
  return result;
}

/// Without an anchor nobody knows how many shards there are; naming too many does no harm.
std::vector<std::pair<ShardId, Position>> any_loss() {
  constexpr std::size_t shards_max = 0xFFFF;
  std::vector<std::pair<ShardId, Position>> all;
  for (std::size_t shard = 0; shard < shards_max; ++shard) {
    all.emplace_back(static_cast<ShardId>(shard), 0);
  }
  return all;
}

/// What opening set aside; the store copied from still has it.
Result<void> remove_aside(const Layout& copy) {
  auto names = copy.files->list_folder(copy.root);
  if (!names) return std::move(names).error();
  for (const auto& name : *names) {
    if (!name.starts_with("aside-")) continue;
    if (auto removed = copy.files->remove_folder(copy.root + "/" + name); !removed) return removed;
  }
  return {};
}

}  // namespace

Result<void> copy_store(const std::string& from, const std::string& to) {
  return copy_checked(from, to, [](const Layout& copy) -> Result<void> {
    auto store = open_rocks_store({.path = copy.root, .read_only = true});
    if (!store) return std::move(store).error();
    return (*store)->close();
  });
}

Result<Repaired> repair_store(const std::string& from, const std::string& to) {
  Repaired repaired;
  auto copied = copy_checked(from, to, [&](const Layout& copy) -> Result<void> {
    std::vector<Claim> claims;
    if (auto anchor = AnchorFile::open(*copy.files, copy.anchor())) {
      claims = anchor->newest().shards;
    } else {
      repaired.anchor_lost = true;
    }
    const OpenOptions any{.path = copy.root, .create = false, .accept_loss = any_loss()};
    auto store = open_rocks_store(any);
    if (store.code() == Code::missing_data) {
      // The database as a whole is older than the anchor, which has said all it can.
      if (auto removed = copy.files->remove_folder(copy.anchor()); !removed) return removed;
      store = open_rocks_store(any);
    }
    if (!store) return std::move(store).error();
    repaired.report = (*store)->report();
    const auto shards = std::min<std::size_t>(claims.size(), (*store)->header().shards);
    for (ShardId shard = 0; shard < shards; ++shard) {
      const auto kept = (*store)->ends(shard).last;
      if (kept < claims[shard].last) repaired.losses.push_back({shard, kept, claims[shard].last});
    }
    if (auto closed = (*store)->close(); !closed) return closed;
    return remove_aside(copy);
  });
  if (!copied) return std::move(copied).error();
  return repaired;
}

}  // namespace reprise::journal
