// The tests of this folder; or, told so, one simulation again, or as many as fit into a time:
//
//   sim_test --minutes N [--seed N]
//   sim_test --seed N
//   sim_test --plan JSON
//
// The last two are what a violation prints.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "tests/sim/long_form.h"

int main(int count, char** words) {
  using namespace reprise::sim;
  double minutes = 0;
  std::optional<std::uint64_t> seed;
  std::optional<Plan> plan;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view word = words[i];
    if (word == "--minutes") minutes = std::strtod(words[i + 1], nullptr);
    if (word == "--seed") seed = std::strtoull(words[i + 1], nullptr, 10);
    if (word != "--plan") continue;
    plan = plan_from(words[i + 1]);
    if (!plan) {
      fmt::print(stderr, "sim_test: that is no plan\n");
      return 2;
    }
  }
  if (plan) return run_plan(*plan);
  if (minutes > 0) return run_for(minutes, seed.value_or(1));
  if (seed) return run_plan(draw_plan(*seed));
  return doctest::Context(count, words).run();
}
