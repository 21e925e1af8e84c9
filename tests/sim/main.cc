// The tests of this folder; or, told so, one simulation again, or as many as fit into a time:
//
//   sim_test --minutes N [--seed N]
//   sim_test --seed N
//   sim_test --plan JSON
//
// The last two are what a violation prints.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "support/arguments.h"
#include "tests/sim/long_form.h"

int main(int count, char** words) {
  using namespace reprise;
  double minutes = 0;
  std::optional<std::uint64_t> seed;
  std::optional<sim::Plan> plan;
  const auto given =
      test::read_arguments(count, words, {"--minutes", "--seed", "--plan"},
                           [&](std::string_view word, std::string_view value) {
                             if (word == "--minutes")
                               return test::read_number(value, minutes) && minutes > 0;
                             if (word == "--seed") return test::read_number(value, seed.emplace());
                             return (plan = sim::plan_from(value)).has_value();
                           });
  if (given == test::Given::wrong) {
    fmt::print(stderr, "sim_test: known are --minutes N, --seed N and --plan JSON\n");
    return 2;
  }
  if (plan) return sim::run_plan(*plan);
  if (minutes > 0) return sim::run_for(minutes, seed.value_or(1));
  if (seed) return sim::run_plan(sim::draw_plan(*seed));
  return doctest::Context(count, words).run();
}
