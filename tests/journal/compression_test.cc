// The one compression of the stored format: what expands is checked alike, in little memory.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "journal/compression.h"

namespace reprise::journal {
namespace {

constexpr std::size_t sizes[] = {100, 1024, 100'000, 5'000'000};

std::string packed_zeros(Compressor& compressor, std::size_t size) {
  std::string packed;
  REQUIRE(compressor.compress(std::string(size, '\0'), packed));
  return packed;
}

}  // namespace

TEST_SUITE("journal/compression") {
  TEST_CASE("what expands is checked, and what is checked expands") {
    Compressor compressor;
    for (const std::size_t size : sizes) {
      const auto packed = packed_zeros(compressor, size);
      CHECK(compressor.expand(packed, size).value() == std::string(size, '\0'));
      CHECK(compressor.check(packed, size).ok());
      for (const auto& damaged : std::vector<std::string>{packed.substr(0, packed.size() - 1),
                                                          packed + "x", packed + packed, "", "x"}) {
        CHECK(compressor.check(damaged, size).code() == Code::corrupt);
        CHECK(compressor.expand(damaged, size).code() == Code::corrupt);
      }
      CHECK(compressor.check(packed, size - 1).code() == Code::corrupt);
      CHECK(compressor.check(packed, size + 1).code() == Code::corrupt);
      // One that was refused leaves nothing behind.
      CHECK(compressor.check(packed, size).ok());
      CHECK(compressor.expand(packed, size).ok());
    }
  }

  TEST_CASE("every byte that is changed is noticed alike, or expands to as many") {
    Compressor compressor;
    const auto packed = packed_zeros(compressor, 100'000);
    for (std::size_t at = 0; at < packed.size(); ++at) {
      for (const int bit : {1, 8, 64}) {
        auto changed = packed;
        changed[at] = static_cast<char>(changed[at] ^ bit);
        const bool expands = compressor.expand(changed, 100'000).ok();
        CHECK(compressor.check(changed, 100'000).ok() == expands);
      }
    }
  }

  TEST_CASE("more than a payload can be is refused before it is tried") {
    Compressor compressor;
    const auto packed = packed_zeros(compressor, 1024);
    CHECK(compressor.check(packed, expanded_size_max + 1).code() == Code::corrupt);
  }
}

}  // namespace reprise::journal
