#include "journal/anchor.h"

#include <utility>

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include "journal/bytes.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

constexpr std::string_view magic = "RPANCHOR";
constexpr std::uint32_t anchor_version = 1;
constexpr std::uint32_t flag_clean = 1;
constexpr std::uint32_t flag_creating = 2;
constexpr std::size_t sector = 512;
constexpr std::size_t claims_at = 80;
constexpr std::size_t claim_size = 28;
constexpr std::size_t checksum_size = 8;

std::size_t slot_size(std::size_t shards) {
  const std::size_t size = claims_at + claim_size * shards + checksum_size;
  return (size + sector - 1) / sector * sector;
}

}  // namespace

std::string encode_anchor(const Anchor& anchor) {
  REPRISE_ASSERT(!anchor.shards.empty() && anchor.shards.size() <= 0xFFFF);
  std::string slot(magic);
  append_le(slot, anchor_version);
  append_le(slot, (anchor.clean ? flag_clean : 0) | (anchor.creating ? flag_creating : 0));
  append_le(slot, anchor.generation);
  append_le(slot, anchor.store_id[0]);
  append_le(slot, anchor.store_id[1]);
  append_le(slot, anchor.manifest.number);
  append_le(slot, anchor.manifest.size);
  append_le(slot, anchor.manifest.hash);
  append_le(slot, static_cast<std::uint16_t>(anchor.shards.size()));
  append_le(slot, std::uint16_t{0});
  append_le(slot, anchor.format);
  append_le(slot, anchor.features);
  REPRISE_ASSERT(slot.size() == claims_at);
  for (const auto& claim : anchor.shards) {
    append_le(slot, claim.last);
    append_le(slot, claim.epoch);
    append_le(slot, claim.chain.low);
    append_le(slot, claim.chain.high);
  }
  slot.resize(slot_size(anchor.shards.size()) - checksum_size);
  append_le(slot, hash64(slot));
  return slot;
}

Result<Anchor> decode_anchor(std::string_view slot) {
  const auto damaged = [] { return Error(Code::corrupt, "A slot of the anchor is damaged."); };
  if (slot.size() < claims_at + checksum_size || !slot.starts_with(magic)) return damaged();
  const auto body = slot.substr(0, slot.size() - checksum_size);
  if (hash64(body) != load_le<std::uint64_t>(slot, body.size())) return damaged();
  Anchor anchor;
  const auto flags = load_le<std::uint32_t>(slot, 12);
  anchor.format = load_le<std::uint32_t>(slot, 68);
  anchor.features = load_le<std::uint64_t>(slot, 72);
  if (load_le<std::uint32_t>(slot, 8) != anchor_version || flags > (flag_clean | flag_creating) ||
      anchor.format > format_version || (anchor.features & ~features_known) != 0) {
    return Error(Code::newer_format,
                 fmt::format("The store has format {} and features {:#x}; this build knows format "
                             "{} and features {:#x}.",
                             anchor.format, anchor.features, format_version, features_known));
  }
  anchor.clean = (flags & flag_clean) != 0;
  anchor.creating = (flags & flag_creating) != 0;
  anchor.generation = load_le<std::uint64_t>(slot, 16);
  anchor.store_id[0] = load_le<std::uint64_t>(slot, 24);
  anchor.store_id[1] = load_le<std::uint64_t>(slot, 32);
  anchor.manifest = {load_le<std::uint64_t>(slot, 40), load_le<std::uint64_t>(slot, 48),
                     load_le<std::uint64_t>(slot, 56)};
  const std::size_t shards = load_le<std::uint16_t>(slot, 64);
  if (shards == 0 || slot_size(shards) != slot.size()) return damaged();
  for (std::size_t i = 0; i < shards; ++i) {
    const std::size_t at = claims_at + i * claim_size;
    anchor.shards.push_back(
        {load_le<std::uint64_t>(slot, at), load_le<std::uint32_t>(slot, at + 8),
         Hash128{load_le<std::uint64_t>(slot, at + 12), load_le<std::uint64_t>(slot, at + 20)}});
  }
  return anchor;
}

Result<AnchorFile> AnchorFile::create(Files& files, const std::string& path, Anchor anchor) {
  // Whole before it gets its name: an anchor that cannot be read refuses the open.
  const auto partial = path + ".new";
  auto file = files.open(partial, Files::Open::emptied);
  if (!file) return std::move(file).error();
  AnchorFile result;
  result.file_ = std::move(*file);
  const auto slot = encode_anchor(anchor);
  Result<void> done = result.file_->write_durably(slot + slot, 0);
  if (done) done = files.rename_file(partial, path);
  if (!done) return std::move(done).error();
  result.newest_ = std::move(anchor);
  result.durable_ = true;
  return result;
}

Result<AnchorFile> AnchorFile::open(Files& files, const std::string& path) {
  auto result = read(files, path);
  if (!result) return result;
  auto file = files.open(path, Files::Open::existing);
  if (!file) return std::move(file).error();
  result->file_ = std::move(*file);
  return result;
}

Result<AnchorFile> AnchorFile::read(Files& files, const std::string& path) {
  if (!files.exists(path)) return Error(Code::not_found, fmt::format("{} is missing.", path));
  auto bytes = files.read_file(path);
  if (!bytes) return std::move(bytes).error();
  AnchorFile result;
  result.files_ = &files;
  result.path_ = path;
  const std::size_t half = bytes->size() / 2;
  bool found = false;
  for (std::size_t slot = 0; slot < 2; ++slot) {
    auto anchor = decode_anchor(std::string_view(*bytes).substr(slot * half, half));
    if (anchor.code() == Code::newer_format) return std::move(anchor).error();
    if (!anchor) {
      REPRISE_MARK("journal/anchor_slot_damaged");
      result.slot_damaged_ = true;
    } else if (!found || anchor->generation > result.newest_.generation) {
      result.newest_ = std::move(*anchor);
      result.newest_slot_ = slot;
      found = true;
    }
  }
  if (!found) return Error(Code::corrupt, fmt::format("Both slots of {} are damaged.", path));
  return result;
}

Result<void> AnchorFile::write(Anchor anchor) {
  REPRISE_ASSERT(file_ != nullptr && anchor.shards.size() == newest_.shards.size());
  if (!durable_) {
    if (auto synced = files_->sync_file(path_); !synced) return synced;
    durable_ = true;
  }
  anchor.generation = newest_.generation + 1;
  const auto slot = encode_anchor(anchor);
  const std::size_t target = 1 - newest_slot_;
  if (auto written = file_->write_durably(slot, target * slot.size()); !written) {
    return written;
  }
  newest_ = std::move(anchor);
  newest_slot_ = target;
  slot_damaged_ = false;
  return {};
}

}  // namespace reprise::journal
