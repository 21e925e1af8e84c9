#include "journal/record.h"

#include <limits>

#include <doctest/doctest.h>

#include "journal/bytes.h"
#include "journal/format.h"
#include "tests/journal/store_fixture.h"

namespace reprise::journal {
namespace {

using testing::Fact;

std::vector<Fact> facts_of(std::string_view body) {
  std::vector<Fact> facts;
  for_each_event(body, [&](RunId run, Seq seq, std::string_view bytes) {
    facts.push_back({run.value, seq, std::string(bytes)});
  });
  return facts;
}

std::vector<Fact> sample() {
  return {{RunId::make(3, 0).value, 7, "mark"},
          {RunId::make(3, 41).value, 1, "started"},
          {RunId::make(3, 41).value, 2, std::string(300, 'x')},
          {RunId::make(3, 9).value, 5, ""},
          {RunId::make(3, 41).value, 3, "scheduled"},
          {RunId::make(3, 41).value, 5, "a gap in seq starts a segment"}};
}

std::string framed(const std::vector<Fact>& facts, Hash128 previous, Hash128* after = nullptr) {
  RecordBuilder builder;
  for (const auto& fact : facts) builder.add(RunId{fact.run}, fact.seq, fact.bytes);
  std::string out;
  const auto chain = builder.finish(3, 2, 10, previous, out);
  if (after != nullptr) *after = chain;
  return out;
}

}  // namespace

TEST_SUITE("journal/record") {
  TEST_CASE("a record gives back the events that were added, in order") {
    const Hash128 previous{5, 6};
    Hash128 after;
    const auto bytes = framed(sample(), previous, &after);
    auto frame = read_frame(bytes, 3, 10, previous);
    REQUIRE(frame.ok());
    CHECK(frame->epoch == 2);
    CHECK(frame->events == sample().size());
    CHECK(frame->size == bytes.size());
    CHECK(frame->chain == after);
    CHECK(facts_of(frame->body) == sample());
  }

  TEST_CASE("a record is read at any address") {
    const auto bytes = framed(sample(), {});
    for (std::size_t shift = 1; shift < 9; ++shift) {
      const auto moved = std::string(shift, ' ') + bytes;
      auto frame = read_frame(std::string_view(moved).substr(shift), 3, 10, Hash128{});
      REQUIRE(frame.ok());
      CHECK(facts_of(frame->body) == sample());
    }
  }

  TEST_CASE("one flipped bit anywhere in a record is found") {
    const auto bytes = framed(sample(), {});
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto damaged = bytes;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      CHECK(read_frame(damaged, 3, 10, Hash128{}).code() == Code::corrupt);
    }
  }

  TEST_CASE("a record cut off at any byte is found") {
    const auto bytes = framed(sample(), {});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK(read_frame(std::string_view(bytes).substr(0, size), 3, 10, Hash128{}).code() ==
            Code::corrupt);
    }
  }

  TEST_CASE("a record at another place, or after another record, is refused") {
    const auto bytes = framed(sample(), {1, 2});
    CHECK(read_frame(bytes, 3, 10, Hash128{1, 2}).ok());
    CHECK(read_frame(bytes, 3, 10, std::nullopt).ok());
    CHECK(read_frame(bytes, 4, 10, Hash128{1, 2}).code() == Code::corrupt);
    CHECK(read_frame(bytes, 3, 11, Hash128{1, 2}).code() == Code::corrupt);
    CHECK(read_frame(bytes, 3, 10, Hash128{2, 2}).code() == Code::corrupt);
  }

  TEST_CASE("seqs that would go on behind the highest there is are malformed") {
    constexpr auto highest = std::numeric_limits<Seq>::max();
    const auto bytes = framed({{1, highest - 1, "one"}, {1, highest, "two"}}, {});
    std::string body(read_frame(bytes, 3, 10, Hash128{}).value().body);
    // The first seq as a varint, one less than the highest; then the highest.
    const auto at = body.find("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    REQUIRE(at != std::string::npos);
    body[at] = '\xff';
    EventCursor cursor(body);
    CHECK_FALSE(cursor.next());
    CHECK_FALSE(cursor.complete());
  }

  TEST_CASE("a builder is used again, and keeps nothing of the record before") {
    RecordBuilder builder;
    std::string first;
    std::string second;
    builder.add(RunId::make(1, 1), 1, "one");
    builder.finish(1, 1, 1, {}, first);
    CHECK(builder.empty());
    CHECK(builder.events() == 0);
    builder.add(RunId::make(1, 1), 1, "one");
    CHECK(builder.events() == 1);
    CHECK(builder.size() > 0);
    builder.finish(1, 1, 1, {}, second);
    CHECK(first == second);
  }

  TEST_CASE("many small events cost less than ten bytes each beyond their own") {
    RecordBuilder builder;
    std::size_t own = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const std::string bytes(100, 'e');
      builder.add(RunId::make(7, 1'000'000 + i * 37), 1000 + i, bytes);
      own += bytes.size();
    }
    std::string out;
    builder.finish(7, 1, 1, {}, out);
    CHECK(out.size() - own < 10 * 1000);
  }

  TEST_CASE("integers survive their varint, and malformed ones are refused") {
    for (const std::uint64_t value : {0ULL, 1ULL, 127ULL, 128ULL, 1ULL << 35, ~0ULL}) {
      std::string bytes;
      append_varint(bytes, value);
      std::string_view rest = bytes;
      std::uint64_t found = 1;
      CHECK(take_varint(rest, found));
      CHECK(found == value);
      CHECK(rest.empty());
      CHECK(unzigzag(zigzag(value)) == value);
    }
    std::uint64_t found = 0;
    std::string_view cut = "\x80\x80";
    CHECK_FALSE(take_varint(cut, found));
    std::string_view wide = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
    CHECK_FALSE(take_varint(wide, found));
  }
}

}  // namespace reprise::journal
