#include "tests/rot/workload.h"

#include <chrono>
#include <stdexcept>
#include <utility>

#include "sim/twenty_operations.h"
#include "support/driven_engine.h"

#include <fmt/format.h>

namespace reprise::rot {
namespace {

using namespace std::chrono_literals;

constexpr auto far_off = 100'000h;

/// Bytes that no compression makes shorter by much.
std::string noise(std::uint64_t seed, std::uint64_t size) {
  runtime::SeededRandom random(seed);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>('!' + random.below(93));
  return text;
}
int busy() { throw std::runtime_error("busy"); }

Workflow<std::string> greet(Context ctx, std::string whom) {
  auto length = co_await ctx.step("length", test::square, static_cast<int>(whom.size()));
  co_return fmt::format("{} {}", whom, length);
}
Workflow<std::string> hold(Context ctx, std::string what) {
  auto kept = co_await ctx.step("keep", test::square, static_cast<int>(what.size()));
  auto go = co_await ctx.signal<std::string>("go");
  co_return fmt::format("{} {} {}", what, kept, go);
}
Workflow<std::string> large(Context ctx, std::uint64_t seed, std::uint64_t size) {
  auto much = co_await ctx.step("much", noise, seed, size);
  auto go = co_await ctx.signal<std::string>("go");
  co_return much.substr(0, 8) + go;
}
Workflow<std::string> nap(Context ctx, int number) {
  co_await ctx.sleep(far_off + std::chrono::hours(number));
  co_return "awake";
}
Workflow<std::string> retrying(Context ctx) {
  auto never = co_await ctx.step(
      "busy", {.attempts = 0, .backoff = far_off, .backoff_max = far_off, .jitter = 0.0}, busy);
  co_return fmt::format("{}", never);
}
Workflow<std::string> failing(Context ctx) {
  auto never = co_await ctx.step("broken", {.attempts = 2}, busy);
  co_return fmt::format("{}", never);
}
Workflow<std::string> parent(Context ctx, std::string what) {
  auto told = co_await ctx.child(hold, "child-" + ctx.id(), what);
  co_return "of a child: " + told;
}

std::string line(const EventInfo& event) {
  std::string text = fmt::format("{} {} {} {} {} {} {} {} {} ", event.seq, event.time, event.kind,
                                 event.op, event.attempt, event.name, event.text, event.due,
                                 static_cast<int>(event.payload.encoding));
  text += event.payload.bytes;
  if (event.failure) text += fmt::format(" {} {}", event.failure->code, event.failure->message);
  return text;
}

}  // namespace

Registry registry() {
  Registry workflows = test::twenty_registry();
  workflows.add("greet", greet);
  workflows.add("hold", hold);
  workflows.add("large", large);
  workflows.add("nap", nap);
  workflows.add("retrying", retrying);
  workflows.add("failing", failing);
  workflows.add("parent", parent);
  return workflows;
}

Result<Told> ask(const Engine& engine, const std::string& id) {
  Told told;
  const auto info = engine.describe(id);
  if (!info) return info.error();
  const auto events = engine.history(id);
  if (!events) return events.error();
  for (const auto& event : *events) told.history.push_back(line(event));
  if (info->status != InstanceStatus::completed || info->workflow == "echo" ||
      info->workflow == "kid") {
    return told;
  }
  const auto run = engine.find<std::string>(id);
  if (!run) return run.error();
  auto result = run->result();
  if (!result) return std::move(result).error();
  told.result = std::move(*result);
  return told;
}

Result<Engine> open_engine(std::unique_ptr<journal::Store> store, std::uint64_t seed,
                           std::shared_ptr<runtime::SimulatedClock> clock) {
  test::world.clock = clock.get();
  EngineOptions options;
  auto parts = test::simulated_parts(options, std::move(store), std::move(clock), seed);
  return Engine::open(std::move(options), registry(), std::move(parts));
}

std::string Host::next(const char* kind) {
  ids_.push_back(fmt::format("{}-{}", kind, ids_.size()));
  return ids_.back();
}

void Host::start(const Engine& engine, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    switch (random_.below(6)) {
      case 0: (void)engine.start(greet, next("greet"), "world").value(); break;
      case 1:
        (void)engine.start(nap, next("nap"), static_cast<int>(random_.below(99))).value();
        break;
      case 2: (void)engine.start(retrying, next("retrying")).value(); break;
      case 3: (void)engine.start(failing, next("failing")).value(); break;
      case 4: {
        const auto id = next("parent");
        (void)engine.start(parent, id, "what").value();
        waiting_.push_back("child-" + id);
        ids_.push_back(waiting_.back());
        break;
      }
      default: {
        const auto id = next("hold");
        (void)engine.start(hold, id, "what").value();
        waiting_.push_back(id);
      }
    }
  }
  settle(engine);
}

void Host::start_large(const Engine& engine) {
  const auto id = next("large");
  const std::uint64_t size = blobs_ ? 90'000 : 4'200 + random_.below(800);
  blobs_ = false;
  (void)engine.start(large, id, random_.draw(), size).value();
  waiting_.push_back(id);
  settle(engine);
}

void Host::start_twenty(const Engine& engine) {
  const auto id = next("twenty");
  auto run = engine.start(test::twenty, id, 1).value();
  (void)engine.signal(id, "go", 41).value();
  (void)run.result().value();
  ids_.push_back("echo-" + id);
  ids_.push_back("kid-" + id);
  settle(engine);
}

void Host::signal_some(const Engine& engine) {
  std::vector<std::string> left;
  for (auto& id : waiting_) {
    if (random_.below(2) == 0) {
      left.push_back(std::move(id));
    } else {
      (void)engine.signal(id, "go", std::string("gone"), {.id = "only"}).value();
    }
  }
  waiting_ = std::move(left);
  settle(engine);
}

void Host::settle(const Engine& engine) const {
  // The clock of the engine moves only while somebody waits; all timers but the far ones fire.
  const auto nap_id = std::string("settle");
  auto run = engine.start(nap, nap_id, 0).value();
  (void)run.result(1min);
}

Tellings Host::ask_all(const Engine& engine) const {
  Tellings tellings;
  for (const auto& id : ids_) tellings[id] = ask(engine, id).value();
  return tellings;
}

}  // namespace reprise::rot
