#include "journal/anchor.h"

#include <doctest/doctest.h>

#include "tests/journal/damage.h"

namespace reprise::journal {
namespace {

Anchor sample(std::size_t shards) {
  Anchor anchor;
  anchor.generation = 41;
  anchor.clean = true;
  anchor.store_id[0] = 1;
  anchor.store_id[1] = 2;
  anchor.manifest = {7, 1234, 99};
  for (std::size_t i = 0; i < shards; ++i) {
    anchor.shards.push_back({i * 1000, static_cast<Epoch>(i), Hash128{i, ~i}});
  }
  return anchor;
}

}  // namespace

TEST_SUITE("journal/anchor") {
  TEST_CASE("a slot is whole sectors and gives back what was claimed") {
    for (const std::size_t shards : {1U, 8U, 15U, 16U, 300U}) {
      const auto slot = encode_anchor(sample(shards));
      CHECK(slot.size() % 512 == 0);
      CHECK((shards > 15 || slot.size() == 512));
      auto anchor = decode_anchor(slot);
      REQUIRE(anchor.ok());
      CHECK(anchor->generation == 41);
      CHECK(anchor->clean);
      CHECK_FALSE(anchor->creating);
      CHECK(anchor->store_id[1] == 2);
      CHECK(anchor->manifest == ManifestClaim{7, 1234, 99});
      CHECK(anchor->shards == sample(shards).shards);
    }
  }

  TEST_CASE("one flipped bit anywhere in a slot is found") {
    const auto slot = encode_anchor(sample(8));
    for (std::size_t bit = 0; bit < slot.size() * 8; ++bit) {
      auto flipped = slot;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      CHECK(decode_anchor(flipped).code() == Code::corrupt);
    }
  }

  TEST_CASE("slots are written in turn, and the newest whole one counts") {
    testing::TempFolder folder;
    const auto path = folder / "anchor";
    auto file = AnchorFile::create(real_files(), path, sample(8)).value();
    for (int i = 0; i < 3; ++i) REQUIRE(file.write(sample(8)).ok());
    CHECK(file.newest().generation == 44);
    const auto whole = testing::read_bytes(path);
    CHECK(AnchorFile::open(real_files(), path).value().newest().generation == 44);
    for (const std::size_t damaged : {std::size_t{20}, whole.size() / 2 + 20}) {
      auto bytes = whole;
      bytes[damaged] = static_cast<char>(bytes[damaged] ^ 1);
      testing::write_bytes(path, bytes);
      const auto opened = AnchorFile::open(real_files(), path);
      REQUIRE(opened.ok());
      CHECK(opened->slot_damaged());
      CHECK(opened->newest().generation >= 43);
    }
    auto bytes = whole;
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    bytes[whole.size() / 2 + 20] = static_cast<char>(bytes[whole.size() / 2 + 20] ^ 1);
    testing::write_bytes(path, bytes);
    CHECK(AnchorFile::open(real_files(), path).code() == Code::corrupt);
    CHECK(AnchorFile::open(real_files(), folder / "none").code() == Code::not_found);
  }

  TEST_CASE("an anchor of a newer format is refused as newer, not as damaged") {
    auto newer = sample(8);
    newer.format = 2;
    CHECK(decode_anchor(encode_anchor(newer)).code() == Code::newer_format);
    auto featured = sample(8);
    featured.features = 1;
    CHECK(decode_anchor(encode_anchor(featured)).code() == Code::newer_format);
  }
}

}  // namespace reprise::journal
