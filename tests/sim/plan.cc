#include "tests/sim/plan.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>

namespace reprise::sim {
namespace {

using Json = nlohmann::json;

Event draw_event(runtime::SeededRandom& random) {
  Event event;
  event.kind = static_cast<Event::Kind>(random.below(5));
  event.body = 1 + random.below(12);
  switch (event.kind) {
    case Event::Kind::jump:
      event.millis = static_cast<std::int64_t>(random.below(7'200'000)) - 3'600'000;
      break;
    case Event::Kind::stall: event.millis = static_cast<std::int64_t>(random.below(30'000)); break;
    default: event.millis = static_cast<std::int64_t>(1 + random.below(20'000)); break;
  }
  return event;
}

Life draw_life(runtime::SeededRandom& random) {
  Life life;
  life.rounds = 1 + random.below(6);
  life.slow_bodies = random.below(2) == 0;
  switch (random.below(4)) {
    case 0: break;  // Shut down in order, wherever it is.
    case 1:
      life.append = static_cast<Life::Append>(1 + random.below(3));
      life.append_at = 1 + random.below(20);
      break;
    default: life.records = random.below(1ULL << (1 + random.below(6))); break;
  }
  for (std::uint64_t i = random.below(4); i != 0; --i) life.events.push_back(draw_event(random));
  return life;
}

Json to_json(const Life& life) {
  Json events = Json::array();
  for (const Event& event : life.events) {
    events.push_back({static_cast<int>(event.kind), event.body, event.millis});
  }
  return {{"records", life.records},
          {"append", static_cast<int>(life.append)},
          {"append_at", life.append_at},
          {"rounds", life.rounds},
          {"slow", life.slow_bodies},
          {"unregistered", life.unregistered},
          {"events", events}};
}

Life life_from(const Json& json) {
  Life life;
  json.at("records").get_to(life.records);
  life.append = static_cast<Life::Append>(json.at("append").get<int>() & 3);
  json.at("append_at").get_to(life.append_at);
  json.at("rounds").get_to(life.rounds);
  json.at("slow").get_to(life.slow_bodies);
  json.at("unregistered").get_to(life.unregistered);
  for (const Json& event : json.at("events")) {
    life.events.push_back({static_cast<Event::Kind>(event.at(0).get<int>()),
                           event.at(1).get<std::uint64_t>(), event.at(2).get<std::int64_t>()});
  }
  return life;
}

/// Programs that leave an operation out, or put a child's program in its place.
std::vector<Program> smaller_programs(const Program& program) {
  std::vector<Program> found;
  const auto at = [](std::size_t i) { return static_cast<std::ptrdiff_t>(i); };
  if (program.size() > 3) {
    found.emplace_back(program.begin(), program.begin() + at(program.size() / 2));
    found.emplace_back(program.begin() + at(program.size() / 2), program.end());
  }
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program.size() > 1) {
      Program without = program;
      without.erase(without.begin() + at(i));
      found.push_back(std::move(without));
    }
    for (Program& inner : smaller_programs(program[i].inner)) {
      Program changed = program;
      changed[i].inner = std::move(inner);
      found.push_back(std::move(changed));
    }
    if (!program[i].inner.empty()) found.push_back(program[i].inner);
  }
  return found;
}

std::vector<Life> smaller_lives(const Life& life) {
  std::vector<Life> found;
  if (!life.events.empty()) {
    found.push_back(life);
    found.back().events.clear();
  }
  for (std::size_t i = 0; life.events.size() > 1 && i < life.events.size(); ++i) {
    found.push_back(life);
    found.back().events.erase(found.back().events.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (life.slow_bodies) {
    found.push_back(life);
    found.back().slow_bodies = false;
  }
  if (life.unregistered) {
    found.push_back(life);
    found.back().unregistered = false;
  }
  if (life.append != Life::Append::good) {
    found.push_back(life);
    found.back().append = Life::Append::good;
  }
  if (life.rounds > 1) {
    found.push_back(life);
    found.back().rounds = 1;
  }
  return found;
}

}  // namespace

Plan draw_plan(std::uint64_t seed) {
  runtime::SeededRandom random(seed);
  Plan plan;
  plan.seed = seed;
  constexpr std::uint16_t shard_counts[] = {1, 2, 8};
  plan.shards = shard_counts[random.below(3)];
  plan.snapshot_every = random.below(4) == 0 ? 100'000 : 1 + random.below(60);
  plan.evicts = random.below(2) == 0;
  plan.program = draw_program(random);
  for (std::uint64_t i = random.below(5); i != 0; --i) plan.lives.push_back(draw_life(random));
  // The start of a child fails where its workflow is not registered: another end than planned.
  const bool starts_its_like = std::any_of(plan.program.begin(), plan.program.end(),
                                           [](const Op& op) { return !op.inner.empty(); });
  for (Life& life : plan.lives) life.unregistered = !starts_its_like && random.below(6) == 0;
  return plan;
}

std::string to_text(const Plan& plan) {
  Json lives = Json::array();
  for (const Life& life : plan.lives) lives.push_back(to_json(life));
  return Json{
      {"seed", plan.seed},     {"shards", plan.shards},   {"snapshot_every", plan.snapshot_every},
      {"evicts", plan.evicts}, {"program", plan.program}, {"lives", lives}}
      .dump();
}

std::optional<Plan> plan_from(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Plan plan;
    json.at("seed").get_to(plan.seed);
    json.at("shards").get_to(plan.shards);
    json.at("snapshot_every").get_to(plan.snapshot_every);
    json.at("evicts").get_to(plan.evicts);
    json.at("program").get_to(plan.program);
    for (const Json& life : json.at("lives")) plan.lives.push_back(life_from(life));
    return plan;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::vector<Plan> smaller(const Plan& plan) {
  std::vector<Plan> found;
  for (std::size_t i = 0; i < plan.lives.size(); ++i) {
    found.push_back(plan);
    found.back().lives.erase(found.back().lives.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (Program& program : smaller_programs(plan.program)) {
    found.push_back(plan);
    found.back().program = std::move(program);
  }
  for (std::size_t i = 0; i < plan.lives.size(); ++i) {
    for (Life& life : smaller_lives(plan.lives[i])) {
      found.push_back(plan);
      found.back().lives[i] = std::move(life);
    }
  }
  if (plan.shards > 1) {
    found.push_back(plan);
    found.back().shards = 1;
  }
  if (plan.evicts) {
    found.push_back(plan);
    found.back().evicts = false;
  }
  if (plan.snapshot_every != 100'000) {
    found.push_back(plan);
    found.back().snapshot_every = 100'000;
  }
  return found;
}

}  // namespace reprise::sim
