// Two histories side by side, where payloads are many or large.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "replay/compare.h"

namespace reprise::replay {
namespace {

constexpr std::size_t large = 10u << 20;

/// Steps whose results are packed; what they unpack to is up to who reads.
struct Steps {
  std::vector<std::string> bytes;
  Names names;

  explicit Steps(std::size_t count) {
    names.add("step");
    for (std::size_t i = 1; i <= count; ++i) {
      Event event;
      event.kind = EventKind::step_completed;
      event.op = static_cast<OpId>(i);
      event.encoding = Encoding::json;
      event.packed.compression = Compression::zstd;
      event.packed.size = large;
      encode(event, bytes.emplace_back());
    }
  }
  std::vector<Entry> entries(const Unpack& unpack) const {
    std::vector<HistoryEvent> events;
    for (const auto& event : bytes) events.push_back({events.size() + 1, event});
    return entries_of(events, names, unpack).value();
  }
};

}  // namespace

TEST_SUITE("replay/compare") {
  TEST_CASE("payloads that are too many to keep are compared all the same") {
    const Steps history(8);
    const auto first = history.entries([](const Event&) { return std::string(large, 'a'); });
    std::size_t kept = 0;
    for (const auto& entry : first) {
      CHECK(entry.payload_size == large);
      kept += entry.payload.bytes.size();
    }
    CHECK(kept == 3 * large);  // As many as fit into payloads_kept.
    const auto second = history.entries(
        [](const Event& event) { return std::string(large, event.op == 7 ? 'b' : 'a'); });
    const auto found = compare(first, second, 10);
    REQUIRE(found.size() == 1);
    CHECK(found[0].first->seq == 7);
    CHECK(found[0].fields == std::vector<std::string_view>{"payload"});
    CHECK(compare(first, first, 10).empty());
  }

  TEST_CASE("what can't be unpacked is an error of its own") {
    const Steps history(1);
    std::vector<HistoryEvent> events = {{1, history.bytes[0]}};
    const auto told = entries_of(events, history.names, [](const Event&) {
      return Result<std::string>(Error(Code::payload_too_large, "too large"));
    });
    CHECK(told.code() == Code::payload_too_large);
  }
}

}  // namespace reprise::replay
