// A history of many small steps, made by hand: for tests and measurements of length.
#pragma once

#include <string>
#include <vector>

#include "support/story.h"

namespace reprise::testing {

inline int plus(int a, int b) { return a + b; }

/// `steps` steps, one after the other.
inline Workflow<int> chain(Context ctx, int steps) {
  int sum = 0;
  for (int i = 0; i < steps; ++i) {
    auto next = co_await ctx.step("add", plus, sum, 1);
    sum = next;
  }
  co_return sum;
}

struct LongHistory {
  Story story;
  std::vector<std::string> bytes;

  /// All of a chain's events but its last: 1 + 2 × steps.
  explicit LongHistory(int steps) {
    story.start(chain, steps);
    const auto scheduled = replay::decode(story.history()[1]).value();
    bytes.push_back(story.history()[0]);
    replay::EventEncoder encoder;
    for (int i = 0; i < steps; ++i) {
      replay::Event event = scheduled;
      event.op = static_cast<OpId>(i + 1);
      event.hash = detail::hash_of(detail::encode_args<int, int>(i, 1).value());
      encoder.encode(event, bytes.emplace_back());
      const auto value = std::to_string(i + 1);
      event = {};
      event.kind = replay::EventKind::step_completed;
      event.op = static_cast<OpId>(i + 1);
      event.attempt = 1;
      event.time = scheduled.time + i;
      event.encoding = Encoding::json;
      event.payload = value;
      encoder.encode(event, bytes.emplace_back());
    }
  }
  [[nodiscard]] std::vector<replay::HistoryEvent> events() const {
    std::vector<replay::HistoryEvent> events;
    events.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) events.push_back({i + 1, bytes[i]});
    return events;
  }
};

}  // namespace reprise::testing
