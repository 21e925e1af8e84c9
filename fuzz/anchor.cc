// The anchor: its slots, and a file of two of them on a disk in memory.
#include <algorithm>

#include "fuzz/fuzz.h"
#include "fuzz/memory_files.h"
#include "fuzz/seals.h"
#include "journal/anchor.h"

namespace reprise::fuzz {
namespace {

bool same(const journal::Anchor& a, const journal::Anchor& b) {
  return a.generation == b.generation && a.clean == b.clean && a.creating == b.creating &&
         a.format == b.format && a.features == b.features && a.store_id[0] == b.store_id[0] &&
         a.store_id[1] == b.store_id[1] && a.manifest == b.manifest && a.shards == b.shards;
}

void check_slot(std::string_view slot) {
  auto anchor = journal::decode_anchor(slot);
  if (!accepted(anchor)) {
    holds(anchor.code() == Code::corrupt || anchor.code() == Code::newer_format,
          "a slot is refused as corrupt or newer");
    return;
  }
  holds(!anchor->shards.empty() && anchor->shards.size() * 28 <= slot.size(),
        "claims are no more than the slot holds");
  const auto again = journal::encode_anchor(*anchor);
  auto decoded = journal::decode_anchor(again);
  holds(accepted(decoded) && same(*decoded, *anchor), "a slot written anew says the same");
}

void check_file(std::string_view bytes) {
  MemoryFiles files;
  files.put("anchor", bytes);
  auto file = journal::AnchorFile::open(files, "anchor");
  if (!accepted(file)) return;
  const auto newest = file->newest();
  const bool damaged = file->slot_damaged();
  // Slots of two sizes are no file that write() has made; it needs as many shards as before.
  if (newest.generation == ~std::uint64_t{0}) return;
  holds(accepted(file->write(newest)), "the other slot is written");
  auto reopened = journal::AnchorFile::open(files, "anchor");
  holds(accepted(reopened), "what was written is read");
  auto expected = newest;
  expected.generation += 1;
  holds(same(reopened->newest(), expected), "the newest slot counts");
  holds(damaged || !reopened->slot_damaged(), "a write damages no slot");
}

journal::Anchor some_anchor(std::size_t shards) {
  journal::Anchor anchor;
  anchor.generation = 7;
  anchor.store_id[0] = 0x1234;
  anchor.manifest = {5, 4000, 99};
  for (std::size_t i = 0; i < shards; ++i) anchor.shards.push_back({i, 3, {i * 17, i}});
  return anchor;
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  for (const std::size_t shards : {1U, 2U, 8U, 40U}) {
    auto anchor = some_anchor(shards);
    const auto one = journal::encode_anchor(anchor);
    anchor.generation += 1;
    anchor.clean = true;
    all.push_back(one);
    all.push_back(one + journal::encode_anchor(anchor));
  }
  return all;
}

}  // namespace reprise::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace reprise::fuzz;
  Dice dice(seed);
  auto file = mutated(std::string(reinterpret_cast<const char*>(data), size), max_size);
  const bool two = dice.roll(2) == 0;
  // Whole sectors, or no slot is of its size.
  if (dice.roll(4) != 0) file.resize(std::max<std::size_t>(1, file.size() / 512) * 512);
  std::string sealed;
  for (std::size_t half = two ? file.size() / 2 : file.size(); !file.empty() && half != 0;) {
    auto slot = file.substr(0, half);
    file.erase(0, half);
    if (dice.roll(8) != 0) seal_slot(slot);
    sealed += slot;
  }
  return give(sealed, data, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  reprise::fuzz::check_slot(bytes);
  reprise::fuzz::check_file(bytes);
  return 0;
}
