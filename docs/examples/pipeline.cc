// A pipeline: many inputs, a bounded number at a time, flaky work retried with backoff.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

#include <reprise/reprise.h>

using namespace std::chrono_literals;

// Every seventh call fails, as a busy service would; the step is tried again.
std::int64_t square(std::int64_t value) {
  static std::atomic<int> calls{0};
  if (++calls % 7 == 0) throw std::runtime_error("busy, try again");
  return value * value;
}

reprise::Workflow<std::int64_t> pipeline(reprise::Context ctx, std::int64_t count) {
  std::vector<std::int64_t> inputs;
  for (std::int64_t i = 1; i <= count; ++i) inputs.push_back(i);
  auto squares = co_await ctx.map(
      "square", {.concurrency = 8, .step = {.attempts = 5, .backoff = 10ms}}, inputs, square);
  std::int64_t sum = 0;
  for (const auto value : squares) sum += value;
  co_return sum;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("pipeline", pipeline);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "pipeline.reprise"}, workflows).value();
  auto run = engine.start(pipeline, "squares-to-100", 100).value();
  fmt::print("sum of squares: {}\n", run.result().value());
}
