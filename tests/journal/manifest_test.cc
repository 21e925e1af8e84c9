#include "journal/manifest.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "journal/bytes.h"
#include "journal/crc32c.h"

namespace reprise::journal {
namespace {

/// Frames a record as RocksDB does, at the end of `out`.
void add(std::string& out, std::string_view record) {
  constexpr std::size_t block = 32768;
  bool begin = true;
  do {
    const std::size_t left = block - out.size() % block;
    if (left < 7) {
      out.append(left, '\0');
      continue;
    }
    const std::size_t size = std::min(left - 7, record.size());
    const bool end = size == record.size();
    const char type = static_cast<char>(begin ? (end ? 1 : 2) : (end ? 4 : 3));
    append_le(out, masked_crc(crc32c(crc32c(0, {&type, 1}), record.substr(0, size))));
    append_le(out, static_cast<std::uint16_t>(size));
    out.push_back(type);
    out.append(record.substr(0, size));
    record.remove_prefix(size);
    begin = false;
    if (end) break;
  } while (true);
}

/// As RocksDB numbers a batch; `rest` stands for its entries.
std::string batch(std::uint64_t sequence, std::uint32_t count, std::string_view rest) {
  std::string out;
  append_le(out, sequence);
  append_le(out, count);
  out += rest;
  return out;
}

std::string sample(std::vector<std::size_t>* ends = nullptr) {
  std::string out;
  const auto add_one = [&](std::string_view record) {
    add(out, record);
    if (ends != nullptr) ends->push_back(out.size());
  };
  add_one("first");
  add_one(std::string(70'000, 'b'));
  add_one("");
  add_one(std::string(32768 - out.size() % 32768 - 7 - 3, 'c'));  // Leaves 3 bytes of a block.
  add_one("last one");
  return out;
}

}  // namespace

TEST_SUITE("journal/manifest") {
  TEST_CASE("the checksum is the one that RocksDB writes") {
    CHECK(crc32c(0, "123456789") == 0xE3069283U);
    CHECK(crc32c(crc32c(0, "1234"), "56789") == 0xE3069283U);
  }

  TEST_CASE("a sound file is walked to its last byte") {
    const auto bytes = sample();
    const auto scan = scan_framing(bytes);
    CHECK(scan.records == 5);
    CHECK(scan.end == bytes.size());
    CHECK(scan.torn == 0);
    CHECK_FALSE(scan.damaged);
    CHECK(scan_framing("").torn == 0);
  }

  TEST_CASE("what RocksDB would assert of a write is damage") {
    std::string sound;
    add(sound, batch(7, 2, "entries"));
    // No batch at all; a number that does not fit beside a byte; a number that was there.
    for (const auto& record : {std::string("short"), batch(std::uint64_t{1} << 56, 1, "entries"),
                               batch(8, 1, "entries"), batch(7, 2, "entries")}) {
      auto bytes = sound;
      add(bytes, record);
      const auto scan = scan_framing(bytes, Holds::batches);
      CHECK(scan.damaged);
      CHECK(scan.records == 1);
      CHECK(scan.end == sound.size());
    }
    add(sound, batch((std::uint64_t{1} << 55) - 1, 1, "entries"));
    CHECK(scan_framing(sound, Holds::batches).records == 2);
  }

  TEST_CASE("a file cut off at any byte is torn, not damaged, and keeps its whole records") {
    constexpr std::size_t block = 32768;
    std::vector<std::size_t> ends;
    const auto bytes = sample(&ends);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      // All of a filler belongs to what is before it; a part of it, to nothing.
      const auto whole = std::upper_bound(ends.begin(), ends.end(), size) - ends.begin();
      std::size_t end = whole == 0 ? 0 : ends[static_cast<std::size_t>(whole) - 1];
      const std::size_t filled = (end + block - 1) / block * block;
      if (filled - end < 7 && size >= filled) end = filled;
      const auto scan = scan_framing(std::string_view(bytes).substr(0, size));
      REQUIRE_FALSE(scan.damaged);
      REQUIRE(scan.records == static_cast<std::uint64_t>(whole));
      REQUIRE(scan.end == end);
      REQUIRE(scan.end + scan.torn == size);
    }
  }

  TEST_CASE("a tail of zeros is torn") {
    auto bytes = sample();
    const auto size = bytes.size();
    bytes.append(5000, '\0');
    const auto scan = scan_framing(bytes);
    CHECK_FALSE(scan.damaged);
    CHECK(scan.end == size);
    CHECK(scan.torn == 5000);
  }

  TEST_CASE("a flipped bit before the last record is damage") {
    std::string bytes;
    add(bytes, "one");
    add(bytes, "two");
    const std::size_t last = bytes.size();
    add(bytes, "three");
    for (std::size_t bit = 0; bit < last * 8; ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      CHECK(scan_framing(flipped).damaged);
    }
  }

  TEST_CASE("a flipped bit in the last record's size or type is damage, never the file's end") {
    std::string bytes;
    add(bytes, "one");
    const std::size_t last = bytes.size();
    add(bytes, "two");
    for (std::size_t bit = (last + 4) * 8; bit < (last + 7) * 8; ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      const auto scan = scan_framing(flipped);
      CHECK(scan.torn > 0);
      // A type of recycled files moves the bytes that the checksum covers.
      if (static_cast<unsigned char>(flipped[last + 6]) <= 4) CHECK(scan.damaged);
    }
  }

  TEST_CASE("what a torn append carries is not taken for records behind it") {
    std::string whole;
    add(whole, batch(100, 2, "one"));
    const auto torn_after = [&](const std::string& carried) {
      auto bytes = whole;
      std::string append;
      add(append, batch(102, 1, carried + "what a cut takes"));
      bytes += append.substr(0, append.size() - 5);
      const auto scan = scan_framing(bytes, Holds::batches);
      CHECK(scan.end == whole.size());
      CHECK(scan.torn == bytes.size() - whole.size());
      return scan;
    };
    const auto framed = [](const std::string& record) {
      std::string out;
      add(out, record);
      return out;
    };
    CHECK_FALSE(torn_after("nothing of the kind").damaged);
    CHECK_FALSE(torn_after(framed("")).damaged);                         // Seven bytes.
    CHECK_FALSE(torn_after(framed("too short")).damaged);                // No numbers.
    CHECK_FALSE(torn_after(framed(batch(101, 1, "older"))).damaged);     // Of a record before.
    CHECK_FALSE(torn_after(framed(batch(1000, 1, "far off"))).damaged);  // Leaves no room for 898.
    CHECK_FALSE(torn_after(framed(std::string(40'000, 'x')).substr(0, 32'768)).damaged);
    // Who knows the numbers can make it look like damage, which is refused and not lost.
    CHECK(torn_after(framed(batch(103, 1, "the next"))).damaged);
  }

  TEST_CASE("a write that stands there a second time is damage, and all before it is whole") {
    std::string bytes;
    add(bytes, batch(100, 2, "one"));
    add(bytes, batch(102, 1, "two"));
    const auto whole = scan_framing(bytes, Holds::batches);
    CHECK_FALSE(whole.damaged);
    for (std::uint64_t again = 100; again < 103; ++again) {
      std::string twice = bytes;
      add(twice, batch(again, 1, "again"));
      add(twice, batch(103, 1, "three"));
      const auto scan = scan_framing(twice, Holds::batches);
      CHECK(scan.damaged);
      CHECK(scan.records == 2);
      CHECK(scan.end == whole.end);
      CHECK(scan.torn == twice.size() - whole.end);
      CHECK(scan.numbers->next == 103);
    }
    add(bytes, batch(103, 1, "three"));
    CHECK_FALSE(scan_framing(bytes, Holds::batches).damaged);
  }

  TEST_CASE("a record behind damage shows it wherever its numbers stand") {
    for (std::size_t left = 7; left < 7 + 14; ++left) {
      CAPTURE(left);
      std::string bytes;
      add(bytes, batch(1, 1, "one"));
      const std::size_t damaged = bytes.size() + 20;
      add(bytes, batch(2, 3, std::string(32'768 - bytes.size() - 7 - 12 - left, 'x')));
      REQUIRE(bytes.size() == 32'768 - left);
      add(bytes, batch(5, 1, "three"));  // Its head, and its numbers, go on in the next block.
      bytes[damaged] ^= 1;
      CHECK(scan_framing(bytes, Holds::batches).damaged);
    }
  }

  TEST_CASE("damage in a large record is no torn tail, however few records follow") {
    for (const std::size_t size : {3u, 5u, 15u}) {
      for (const unsigned behind : {1u, 10u, 1000u}) {
        CAPTURE(size);
        CAPTURE(behind);
        std::string bytes;
        add(bytes, batch(1, 1, "one"));
        const std::size_t damaged = bytes.size() + 100;
        add(bytes, batch(2, 1, std::string(size << 20, 'x')));
        for (unsigned i = 0; i < behind; ++i) add(bytes, batch(3 + i, 1, "small"));
        bytes[damaged] ^= 1;
        CHECK(scan_framing(bytes, Holds::batches).damaged);
        const auto cut = bytes.find("small");
        CHECK_FALSE(
            scan_framing(std::string_view(bytes).substr(0, cut - 20), Holds::batches).damaged);
      }
    }
  }

  TEST_CASE("whole records are found again behind damage, wherever it is") {
    const auto bytes = sample();
    const auto records_of = [](std::string_view file) {
      std::vector<std::string> all;
      for_each_record(file, 0, [&](std::string_view record) { all.emplace_back(record); });
      return all;
    };
    const auto all = records_of(bytes);
    REQUIRE(all.size() == 5);
    CHECK(all[1] == std::string(70'000, 'b'));
    CHECK(all[4] == "last one");
    for (const std::size_t at : {std::size_t{1}, std::size_t{8}, std::size_t{40'000}}) {
      auto damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ 4);
      auto rest = all;
      rest.erase(rest.begin() + (at < 12 ? 0 : 1));
      CHECK(records_of(damaged) == rest);
    }
    std::vector<std::string> behind;
    for_each_record(bytes, 12, [&](std::string_view record) { behind.emplace_back(record); });
    CHECK(behind.size() == 4);
  }
}

}  // namespace reprise::journal
