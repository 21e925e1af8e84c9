#include "tests/verifier/anchor.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace reprise::verifier {

namespace {

constexpr std::uint32_t flag_clean = 1;

struct Slot {
  std::string place;
  std::uint32_t flags = 0;
  std::uint64_t generation = 0;
  std::uint64_t manifest = 0;
  std::uint64_t manifest_size = 0;
  std::uint64_t manifest_hash = 0;
};

class AnchorCheck {
 public:
  AnchorCheck(const std::optional<Source::Manifest>& manifest, const Contents& contents,
              const std::map<std::uint16_t, ShardWalk>& walks, Findings& findings)
      : manifest_(manifest), contents_(contents), walks_(walks), findings_(findings) {}

  void run(std::string_view bytes) {
    const std::size_t size = (80 + std::size_t{28} * contents_.shards + 8 + 511) / 512 * 512;
    if (bytes.size() != 2 * size) {
      return findings_.add(Rule::anchor, "anchor", fmt::format("{} bytes", bytes.size()));
    }
    bool torn = false;
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string_view slot = bytes.substr(i * size, size);
      // A slot that was being written when the power went is no damage; its checksum tells.
      if (whole(slot)) {
        take(slot, fmt::format("anchor slot {}", i));
      } else {
        torn = true;
      }
    }
    if (slots_.empty()) return findings_.add(Rule::anchor, "anchor", "no slot is whole");
    const bool second = slots_.size() == 2 && slots_[1].generation > slots_[0].generation;
    const Slot& newest = slots_[second ? 1 : 0];
    if ((newest.flags & flag_clean) != 0 && torn) {
      findings_.add(Rule::anchor, "anchor", "a slot is not whole, after an orderly close");
    }
    // One slot twice is what a new anchor begins with.
    if (slots_.size() == 2 && slots_[0].generation == slots_[1].generation &&
        bytes.substr(0, size) != bytes.substr(size)) {
      findings_.add(Rule::anchor, "anchor", "two slots of one generation differ");
    }
    check_manifest(newest);
  }

 private:
  static bool whole(std::string_view slot) {
    Reader checksum(slot.substr(slot.size() - 8));
    return hash64(slot.substr(0, slot.size() - 8)) == checksum.little<std::uint64_t>();
  }

  void take(std::string_view bytes, std::string place) {
    Reader reader(bytes.substr(0, bytes.size() - 8));
    Slot slot;
    slot.place = std::move(place);
    const auto wrong = [&](Rule rule, std::string text) {
      findings_.add(rule, slot.place, std::move(text));
    };
    if (reader.bytes(8) != "RPANCHOR" || reader.little<std::uint32_t>() != 1) {
      return wrong(Rule::anchor, "magic or version");
    }
    slot.flags = reader.little<std::uint32_t>();
    slot.generation = reader.little<std::uint64_t>();
    const Hash id = reader.hash();
    slot.manifest = reader.little<std::uint64_t>();
    slot.manifest_size = reader.little<std::uint64_t>();
    slot.manifest_hash = reader.little<std::uint64_t>();
    const auto shards = reader.little<std::uint16_t>();
    const auto zero = reader.little<std::uint16_t>();
    const auto format = reader.little<std::uint32_t>();
    const auto features = reader.little<std::uint64_t>();
    if (slot.flags > 3 || zero != 0 || format != 1 || features != contents_.features) {
      return wrong(Rule::anchor, "flags, format or features");
    }
    if (id != contents_.store_id || shards != contents_.shards) {
      return wrong(Rule::anchor, "is of another store");
    }
    for (std::uint16_t shard = 0; shard < shards; ++shard) {
      const auto position = reader.little<std::uint64_t>();
      const auto epoch = reader.little<std::uint32_t>();
      check_claim(slot, shard, position, epoch, reader.hash());
    }
    for (const char byte : reader.rest()) {
      if (byte == 0) continue;
      wrong(Rule::anchor, "is not padded with zeros");
      break;
    }
    slots_.push_back(std::move(slot));
  }

  void check_claim(const Slot& slot, std::uint16_t shard, std::uint64_t position,
                   std::uint32_t epoch, Hash head) {
    const ShardWalk& walk = walks_.at(shard);
    const auto wrong = [&](std::string_view text) {
      findings_.add(Rule::anchor_claim, slot.place,
                    fmt::format("shard {} position {}: {}", shard, position, text));
    };
    if (position > walk.last()) return wrong("the journal ends before it");
    if (position + 1 < walk.first()) return;
    if (walk.head_at(position) != head) wrong("another chain head");
    // A trim point says nothing of the epoch before it.
    if (position >= walk.first() && walk.epoch_at(position) != epoch) wrong("another epoch");
  }

  void check_manifest(const Slot& slot) {
    if (!manifest_ || slot.manifest == 0) return;
    const auto wrong = [&](std::string_view text) {
      findings_.add(Rule::anchor_claim, slot.place, fmt::format("MANIFEST: {}", text));
    };
    if (manifest_->number < slot.manifest) return wrong("an older one is there");
    if (manifest_->number != slot.manifest) return;
    if (manifest_->bytes.size() < slot.manifest_size) return wrong("is shorter");
    const std::string_view claimed =
        std::string_view(manifest_->bytes).substr(0, slot.manifest_size);
    if (hash64(claimed) != slot.manifest_hash) wrong("has other bytes");
    const bool exact = manifest_->bytes.size() == slot.manifest_size;
    if ((slot.flags & flag_clean) != 0 && !exact) wrong("is longer after an orderly close");
  }

  const std::optional<Source::Manifest>& manifest_;
  const Contents& contents_;
  const std::map<std::uint16_t, ShardWalk>& walks_;
  Findings& findings_;
  std::vector<Slot> slots_;
};

}  // namespace

void check_anchor(std::string_view bytes, const std::optional<Source::Manifest>& manifest,
                  const Contents& contents, const std::map<std::uint16_t, ShardWalk>& walks,
                  Findings& findings) {
  AnchorCheck(manifest, contents, walks, findings).run(bytes);
}

}  // namespace reprise::verifier
