// Several operations at a time: all of them, the first of them, and many with a bound.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <reprise/reprise.h>

using namespace std::chrono_literals;

std::int64_t ask_price(std::string shop) { return shop == "near" ? 450 : 410; }
std::int64_t count_letters(std::string word) { return static_cast<std::int64_t>(word.size()); }

reprise::Workflow<std::int64_t> best_price(reprise::Context ctx) {
  auto near = ctx.step("price", ask_price, "near");
  auto far = ctx.step("price", ask_price, "far");
  auto prices = co_await ctx.all(near, far);
  co_return std::min(std::get<0>(prices), std::get<1>(prices));
}

reprise::Workflow<std::string> first_answer(reprise::Context ctx) {
  auto accepted = ctx.signal<std::string>("accepted");
  auto declined = ctx.signal<std::string>("declined");
  auto too_late = ctx.sleep(48h);
  auto first = co_await ctx.any(accepted, declined, too_late);
  switch (first.index()) {
    case 0: co_return "accepted by " + std::get<0>(first);
    case 1: co_return "declined by " + std::get<1>(first);
    default: co_return "no answer";
  }
}

reprise::Workflow<std::int64_t> count_all(reprise::Context ctx, std::vector<std::string> words) {
  auto sizes = co_await ctx.map("count", {.concurrency = 8}, words, count_letters);
  std::int64_t sum = 0;
  for (const auto size : sizes) sum += size;
  co_return sum;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("best_price", best_price);
  workflows.add("first_answer", first_answer);
  workflows.add("count_all", count_all);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "fan_out.reprise"}, workflows).value();
  auto price = engine.start(best_price, "price-1").value();
  auto answer = engine.start(first_answer, "answer-1").value();
  auto count = engine.start(count_all, "count-1", {"durable", "execution"}).value();
  const auto sent = engine.signal("answer-1", "declined", std::string("Ann"));
  if (!sent && sent.code() != reprise::Code::closed) return 1;
  fmt::print("{} cents; {}; {} letters\n", price.result().value(), answer.result().value(),
             count.result().value());
  return price.result().value() == 410 && answer.result().value() == "declined by Ann" &&
                 count.result().value() == 16
             ? 0
             : 1;
}
