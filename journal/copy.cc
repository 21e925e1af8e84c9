#include "journal/copy.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include <reprise/detail/mark.h>

#include "journal/anchor.h"
#include "journal/file.h"
#include "journal/manifest.h"
#include "journal/opening.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

Result<void> copy_files(const Layout& from, const Layout& to) {
  Files& files = *from.files;
  if (files.exists(from.anchor())) {
    if (auto copied = files.copy_file(from.anchor(), to.anchor()); !copied) return copied;
  }
  if (auto made = files.make_folder(to.database()); !made) return made;
  auto names = own_files(files, from.database());
  if (!names) return std::move(names).error();
  for (const auto& name : *names) {
    auto copied = files.copy_file(from.database() + "/" + name, to.database() + "/" + name);
    if (!copied) return copied;
  }
  if (auto synced = files.sync_folder(to.database()); !synced) return synced;
  return files.sync_folder(to.root);
}

/// The copy is gone when its error is read: what is damaged there is damaged in the store too.
Error told_of(const Error& error, const Layout& copy, const Layout& store) {
  std::string text = error.message();
  for (auto at = text.find(copy.root); at != std::string::npos;
       at = text.find(copy.root, at + store.root.size())) {
    text.replace(at, copy.root.size(), store.root);
  }
  return Error(error.code(), std::move(text));
}

/// Copies under a name of its own, lets `check` look at the copy, and only then gives it `to`.
Result<void> copy_checked(const std::string& from, const std::string& to,
                          const std::function<Result<void>(const Layout&)>& check) {
  Files& files = real_files();
  const Layout source{&files, from};
  if (!files.exists(source.database())) {
    return Error(Code::store_unusable, fmt::format("{}: there is no store.", from));
  }
  auto name = copy_name(files, from, to);
  if (!name) return std::move(name).error();
  auto lock = files.lock_store(source.lock());
  if (!lock) return std::move(lock).error();
  const Layout copy{&files, *name + ".partial"};
  // Made here and nowhere else, or what is removed after a failure would not be ours.
  if (auto made = files.make_new_folder(copy.root); !made) return made;
  Result<void> result = copy_files(source, copy);
  if (result) {
    result = check(copy);
    if (!result) result = told_of(result.error(), copy, source);
  }
  if (result) result = files.rename_file(copy.root, *name);
  if (result) result = files.sync_folder(folder_of(*name));
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

std::vector<Repaired::Loss> losses_of(const Store& store, const std::vector<Claim>& claims) {
  std::vector<Repaired::Loss> losses;
  for (ShardId shard = 0; shard < store.header().shards; ++shard) {
    Repaired::Loss loss;
    loss.shard = shard;
    loss.kept = store.ends(shard).last;
    if (shard < claims.size()) loss.claimed = claims[shard].last;
    loss.last = loss.claimed;
    for (const auto& seen : store.report().seen_lost) {
      if (seen.shard != shard) continue;
      loss.seen = seen.records;
      loss.last = std::max(loss.last, seen.last);
    }
    if (loss.last > loss.kept) losses.push_back(loss);
  }
  return losses;
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

Result<std::string> copy_name(Files& files, const std::string& from, std::string to) {
  while (to.size() > 1 && to.ends_with('/')) to.pop_back();
  if (to.empty()) return Error(Code::invalid_argument, "A copy needs a path.");
  for (const auto& taken : {to, to + ".partial"}) {
    if (files.exists(taken)) {
      return Error(Code::invalid_argument,
                   fmt::format("{} is there already; remove it, or give another name.", taken));
    }
  }
  std::error_code failed;
  const auto store = std::filesystem::weakly_canonical(from, failed);
  const auto copy = std::filesystem::weakly_canonical(to, failed);
  if (failed) return Error(Code::invalid_argument, fmt::format("{}: {}.", to, failed.message()));
  if (std::mismatch(store.begin(), store.end(), copy.begin(), copy.end()).first == store.end()) {
    return Error(Code::invalid_argument, fmt::format("{} lies in the store itself.", to));
  }
  return to;
}

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
      repaired.anchor_aged = anchor->slot_damaged();
    } else {
      repaired.anchor_lost = true;
    }
    const OpenOptions any{.path = copy.root, .create = false, .accept_loss = any_loss()};
    auto store = open_rocks_store(any);
    if (store.code() == Code::missing_data && !repaired.anchor_lost) {
      REPRISE_MARK("journal/database_older_than_its_anchor");
      // The database as a whole is older than the anchor, which has said all it can.
      repaired.older = true;
      if (auto removed = copy.files->remove_folder(copy.anchor()); !removed) return removed;
      store = open_rocks_store(any);
    }
    if (!store) return std::move(store).error();
    const auto& report = (*store)->report();
    repaired.given_up = report.given_up;
    repaired.tail_dropped = report.tail_bytes_dropped;
    repaired.losses = losses_of(**store, claims);
    if (auto closed = (*store)->close(); !closed) return closed;
    return remove_aside(copy);
  });
  if (!copied) return std::move(copied).error();
  return repaired;
}

}  // namespace reprise::journal
