#include "journal/walk.h"

#include <algorithm>
#include <string_view>

#include <reprise/assert.h>

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
      torn->scan.damaged = true;
    }
    if (numbers) {
      torn = nullptr;
      before = numbers;
    }
    if (torn == nullptr && file.scan.torn > 0) torn = &file;
  }
}

/// Two files that hold writes of the same numbers, if there are any.
Result<std::optional<Repeated>> find_repeated(Files& files, const std::string& folder,
                                              const std::vector<WalkedFile>& walked) {
  const WalkedFile* before = nullptr;
  for (const auto& file : walked) {
    const auto& numbers = file.scan.numbers;
    if (!numbers) continue;
    if (before != nullptr && numbers->first < before->scan.numbers->next) {
      auto first = files.read_prefix(folder + "/" + before->name, before->scan.end);
      if (!first) return std::move(first).error();
      auto second = files.read_prefix(folder + "/" + file.name, file.scan.end);
      if (!second) return std::move(second).error();
      // Of two that are the same the one to keep is that with the higher number: the MANIFEST may
      // say that RocksDB has no need of the other.
      std::string copy;
      if (second->starts_with(*first)) {
        copy = before->name;
      } else if (first->starts_with(*second)) {
        copy = file.name;
      }
      return std::optional<Repeated>({before->name, file.name, std::move(copy)});
    }
    before = &file;
  }
  return std::optional<Repeated>();
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
    const auto scan = scan_framing(*content, Holds::batches);
    walk.write_ahead.push_back({std::move(name), scan});
  }
  find_gaps(walk.write_ahead);
  auto repeated = find_repeated(files, folder, walk.write_ahead);
  if (!repeated) return std::move(repeated).error();
  walk.repeated = std::move(*repeated);
  return walk;
}

}  // namespace reprise::journal
