// Measurements, not promises: run with `replay_test --no-skip -tc="speed*"`.
#include <ctime>

#include <doctest/doctest.h>

#include "support/long_history.h"

using namespace reprise;
using namespace reprise::testing;

namespace {

/// CPU time, so that a busy machine does not count.
template <class F>
double seconds(F work) {
  const auto start = std::clock();
  work();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

TEST_SUITE("replay/speed") {
  TEST_CASE("speed of decode, of both folds and of a whole replay" * doctest::skip()) {
    for (const int steps : {5'000, 5'000, 50'000, 500'000}) {
      const LongHistory history(steps);
      const auto count = static_cast<double>(history.bytes.size());
      replay::Event event;
      const auto decoding = seconds([&] {
        bool ok = true;
        for (const auto& bytes : history.bytes) ok = replay::decode(bytes, event).ok() && ok;
        REQUIRE(ok);
      });
      std::string out;
      replay::EventEncoder encoder;
      const auto encoding = seconds([&] {
        for (std::size_t i = 0; i < history.bytes.size(); ++i) {
          out.clear();
          encoder.encode(event, out);
        }
      });
      replay::InstanceState state;
      replay::ShardState shard;
      state.run = RunId::make(0, 1);
      const auto folding = seconds([&] {
        for (const auto& bytes : history.bytes) {
          (void)replay::decode(bytes, event);
          apply_shard(shard, state.run, event);
          apply_instance(state, event, bytes, history.story.names(), 1);
        }
      });
      auto events = history.events();
      auto decider = history.story.fresh();
      const auto replaying =
          seconds([&] { REQUIRE(decider->feed(std::move(events), history.story.names()).ok()); });
      REQUIRE(!decider->mismatch());
      MESSAGE(
          fmt::format("{:>9.0f} events, M events/s: decode {:.1f}, encode {:.1f}, decode and "
                      "fold {:.1f}, replay {:.2f} ({:.1f} ms)",
                      count, count / decoding / 1e6, count / encoding / 1e6, count / folding / 1e6,
                      count / replaying / 1e6, replaying * 1e3));
    }
  }
}
