#include "journal/walk.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string_view>

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include <fmt/format.h>

namespace reprise::journal {
namespace {

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

/// An open that drops a torn tail uses its numbers again, so behind one the files go on without a
/// gap. Where there is one, what is torn was whole when they were begun.
void find_gaps(std::vector<WalkedFile>& files) {
  WalkedFile* torn = nullptr;
  std::optional<Numbers> before;
  for (auto& file : files) {
    const auto& numbers = file.scan.numbers;
    if (torn != nullptr && numbers && before && numbers->first > before->next) {
      REPRISE_MARK("journal/gap_behind_a_torn_file");
      torn->scan.damaged = true;
    }
    if (numbers) {
      torn = nullptr;
      before = numbers;
    }
    if (torn == nullptr && file.scan.torn > 0) torn = &file;
  }
}

/// True when a file with writes stands between the two, by its place.
bool any_between(const std::vector<const WalkedFile*>& written, const WalkedFile& one,
                 const WalkedFile& other) {
  return std::any_of(written.begin(), written.end(),
                     [&](const auto* file) { return file > &one && file < &other; });
}

/// Hands out a file's bytes, by its name. The view is valid in the call.
using Look = std::function<Result<void>(const std::string& name,
                                        const std::function<void(std::string_view)>&)>;

/// Of two files that hold the same writes, `one` first in their order.
Result<Misplaced> repeated(const Look& look, const std::vector<const WalkedFile*>& written,
                           const WalkedFile& one, const WalkedFile& other) {
  bool goes_on = false;  // The other one holds all of this one, and the same the other way round.
  bool within = false;
  Result<void> inner;
  auto outer = look(one.name, [&](std::string_view all) {
    const auto bytes = all.substr(0, one.scan.end);
    inner = look(other.name, [&](std::string_view others) {
      others = others.substr(0, other.scan.end);
      goes_on = others.starts_with(bytes);
      within = bytes.starts_with(others);
    });
  });
  if (!outer || !inner) return (outer ? inner : outer).error();
  const bool damaged = one.scan.damaged || other.scan.damaged;
  Misplaced found{one.name, other.name, Misplaced::Kind::repeated, ""};
  if (damaged || !(goes_on || within)) {
    found.kind = Misplaced::Kind::went_apart;
  } else if (goes_on && one.scan.torn == 0 && !any_between(written, one, other)) {
    // RocksDB needs no file below a number that its MANIFEST has: only with the lower one of two
    // nothing can go that the other does not hold. With one between them, the other is the copy.
    found.copy = one.name;
  }
  return found;
}

/// The first two files, by what they hold, that none of our own writes stand in so, if there are
/// any: both hold a write, or the one that was written first comes last.
Result<std::optional<Misplaced>> find_misplaced(const Look& look,
                                                const std::vector<WalkedFile>& walked) {
  std::vector<const WalkedFile*> written;  // By their first writes, then by their names.
  for (const auto& file : walked) {
    if (file.scan.numbers) written.push_back(&file);
  }
  const auto first_of = [](const WalkedFile* file) { return file->scan.numbers->first; };
  std::sort(written.begin(), written.end(), [&](auto* one, auto* other) {
    return std::pair(first_of(one), one) < std::pair(first_of(other), other);
  });
  std::optional<Misplaced> out_of_order;
  for (std::size_t i = 1; i < written.size(); ++i) {
    const auto& one = *written[i - 1];
    const auto& other = *written[i];
    if (one.scan.numbers->next > first_of(&other)) {
      auto found = repeated(look, written, one, other);
      if (!found) return std::move(found).error();
      return std::optional(std::move(*found));
    }
    if (&one > &other && !out_of_order) {
      out_of_order = {one.name, other.name, Misplaced::Kind::wrong_order, ""};
    }
  }
  return out_of_order;
}

/// MANIFEST `number` and the write-ahead files `names`.
Result<Walk> walk_all(std::uint64_t number, const std::vector<std::string>& names, const Look& look,
                      const std::optional<Anchor>& anchor) {
  Walk walk;
  walk.manifest = number;
  Result<void> claimed;
  auto looked = look(manifest_name(number), [&](std::string_view bytes) {
    if (anchor) claimed = check_claimed_manifest(*anchor, number, bytes);
    if (claimed) walk.manifest_scan = scan_framing(bytes);
  });
  if (!looked || !claimed) return (looked ? claimed : looked).error();
  for (const auto& name : names) {
    looked = look(name, [&](std::string_view bytes) {
      walk.write_ahead.push_back({name, scan_framing(bytes, Holds::batches)});
    });
    if (!looked) return std::move(looked).error();
  }
  find_gaps(walk.write_ahead);
  auto misplaced = find_misplaced(look, walk.write_ahead);
  if (!misplaced) return std::move(misplaced).error();
  walk.misplaced = std::move(*misplaced);
  return walk;
}

}  // namespace

bool Walk::damaged() const {
  return manifest_scan.damaged || std::any_of(write_ahead.begin(), write_ahead.end(),
                                              [](const auto& file) { return file.scan.damaged; });
}

std::pair<std::string, std::uint64_t> Walk::first_damage() const {
  std::vector<WalkedFile> all = {{manifest_name(manifest), manifest_scan}};
  all.insert(all.end(), write_ahead.begin(), write_ahead.end());
  auto worst = std::find_if(all.begin(), all.end(), [](const auto& f) { return f.scan.damaged; });
  if (worst == all.end()) {
    worst = std::find_if(all.begin(), all.end(), [](const auto& f) { return f.scan.torn > 0; });
  }
  REPRISE_ASSERT(worst != all.end());
  return {worst->name, worst->scan.end};
}

std::uint64_t Walk::torn() const {
  std::uint64_t bytes = 0;
  for (const auto& [name, scan] : write_ahead) bytes += scan.torn;
  return bytes;
}

Sizes kept_sizes(const Walk& walk, std::size_t last_kept) {
  Sizes sizes = {{manifest_name(walk.manifest), walk.manifest_scan.end}};
  for (std::size_t i = 0; i < walk.write_ahead.size(); ++i) {
    const auto& [name, scan] = walk.write_ahead[i];
    sizes[name] = i <= last_kept ? scan.end : 0;
  }
  return sizes;
}

Result<Walk> walk_files(Files& files, const std::string& folder,
                        const std::optional<Anchor>& anchor) {
  auto number = current_manifest(files, folder);
  if (!number) return std::move(number).error();
  const auto path = folder + "/" + manifest_name(*number);
  if (!files.exists(path)) return Error(Code::missing_data, fmt::format("{} is missing.", path));
  auto names = write_ahead_files(files, folder, *number);
  if (!names) return std::move(names).error();
  const Look look = [&](const std::string& name, const auto& sink) -> Result<void> {
    auto bytes = files.read_file(folder + "/" + name);
    if (!bytes) return std::move(bytes).error();
    sink(*bytes);
    return {};
  };
  return walk_all(*number, *names, look, anchor);
}

Result<Walk> walk_contents(const Contents& contents, const std::string& folder,
                           const std::optional<Anchor>& anchor) {
  auto number = manifest_named(contents.at("CURRENT"), folder + "/CURRENT");
  if (!number) return std::move(number).error();
  const Look look = [&](const std::string& name, const auto& sink) -> Result<void> {
    sink(contents.at(name));
    return {};
  };
  std::vector<std::string> names;
  for (const auto& [name, bytes] : contents) names.push_back(name);
  return walk_all(*number, write_ahead_among(std::move(names), *number), look, anchor);
}

}  // namespace reprise::journal
