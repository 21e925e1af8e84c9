#include "journal/without_tail.h"

#include <cstddef>
#include <utility>

#include <reprise/detail/mark.h>

#include "journal/given_up.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

/// The folder's files, cut at `sizes`; data files are links.
Result<void> copy_kept(Files& files, const std::string& from, const std::string& to,
                       const Sizes& sizes) {
  if (auto made = files.make_folder(to); !made) return made;
  auto names = own_files(files, from);
  if (!names) return std::move(names).error();
  for (const auto& name : *names) {
    const auto source = from + "/" + name;
    const auto target = to + "/" + name;
    if (name.ends_with(".sst")) {
      if (auto linked = files.link_file(source, target); !linked) return linked;
      continue;
    }
    const auto kept = sizes.find(name);
    // Of these only the one in use was walked.
    if (name.starts_with("MANIFEST-") && kept == sizes.end()) continue;
    std::optional<std::uint64_t> size;
    if (kept != sizes.end()) size = kept->second;
    if (auto copied = files.copy_file(source, target, size); !copied) return copied;
  }
  return files.sync_folder(to);
}

std::string aside_name(const Layout& layout, std::uint64_t generation) {
  return fmt::format("{}/aside-{}", layout.root, generation);
}

}  // namespace

bool tail_is_damage(const std::optional<Anchor>& anchor, const Checked& checked) {
  if (!anchor || checked.clean) return checked.clean;
  for (std::size_t shard = 0; shard < checked.ends.size(); ++shard) {
    if (checked.ends[shard].last < anchor->shards[shard].last) return true;
  }
  return false;
}

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

Result<void> check_without_tail(const Layout& layout, const std::optional<Anchor>& anchor,
                                const OpenOptions& options, const Walk& walk, Checked& checked) {
  const auto check = [&](std::size_t last_kept) {
    checked.shown = kept_sizes(walk, last_kept);
    return check_database(*layout.files, layout.database(), anchor, options, checked);
  };
  // What stands behind a torn tail was written by an open that had dropped it. Where it does not
  // fit, the tail was damage, and all behind it goes as well.
  bool torn_is_damage = false;
  std::size_t last_kept = last_before_damage(walk.write_ahead, torn_is_damage);
  auto result = check(last_kept);
  if (result.code() == Code::corrupt) {
    REPRISE_MARK("journal/torn_is_damage");
    torn_is_damage = true;
    last_kept = last_before_damage(walk.write_ahead, torn_is_damage);
    result = check(last_kept);
  }
  if (!result) return result;
  torn_is_damage = torn_is_damage || tail_is_damage(anchor, checked);
  auto parts = given_up(walk.write_ahead, last_kept, torn_is_damage);
  if (torn_is_damage && walk.manifest_scan.torn > 0) {
    const auto& scan = walk.manifest_scan;
    parts.insert(parts.begin(), {manifest_name(walk.manifest), scan.end, scan.torn, true});
  }
  return tell_given_up(*layout.files, layout.database(), std::move(parts), checked);
}

Result<void> swap_without_tail(const Layout& layout, const std::optional<Anchor>& anchor,
                               Checked& checked) {
  Files& files = *layout.files;
  // By its last name before the swap, and by one that is free: nobody can tell whether what bears
  // such a name is an original.
  auto generation = anchor ? anchor->generation : 0;
  while (files.exists(aside_name(layout, generation))) ++generation;
  const auto aside = aside_name(layout, generation);
  const auto copy = layout.quarantine() + "/copy";
  Result<void> result = files.make_folder(layout.quarantine());
  if (result) result = files.remove_folder(copy);
  if (result) result = copy_kept(files, layout.database(), copy, checked.shown);
  if (!result) {
    static_cast<void>(files.remove_folder(copy));
    return result;
  }
  result = files.rename_file(copy, aside);
  if (result) result = files.sync_folder(layout.root);
  if (result) result = files.exchange(layout.database(), aside);
  if (!result) return result;
  checked.notes.push_back(
      fmt::format("The database was opened without its damaged part; the original is {}.", aside));
  return files.sync_folder(layout.root);
}

}  // namespace reprise::journal
