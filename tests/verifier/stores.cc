#include "tests/verifier/stores.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sim/twenty_operations.h"
#include "support/driven_engine.h"
#include "tests/verifier/rocks_source.h"
#include "tests/verifier/verify.h"
#include "tools/testing/forwarding_store.h"

namespace reprise::test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Kept apart, as a blob, and compressed.
inline std::string letters(int count) {
  std::string text;
  std::uint32_t state = 1;
  for (int i = 0; i < count; ++i) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>('a' + (state >> 28));
  }
  return text;
}

Workflow<int> reads(Context ctx, std::string text) {
  auto long_text = co_await ctx.step("letters", letters, 300'000);
  co_return static_cast<int>(text.size() + long_text.size());
}
Workflow<int> waits(Context ctx) {
  ctx.start_child(echo, "detached-" + ctx.id(), ctx.id());
  int value = 0;
  const auto watched = ctx.watch("value", value);
  auto child = ctx.child(kid, {.id = "kid-" + ctx.id()}, 1);
  co_await ctx.sleep(2000h);
  value = co_await std::move(child);
  co_return value;
}
int refuse() { throw std::runtime_error("on purpose"); }
Workflow<int> fails(Context ctx) {
  auto never = co_await ctx.step("refuse", refuse);
  co_return never;
}
std::string asked_with;
int ask(StepContext& step) {
  asked_with = step.token();
  return 0;
}
/// Asked twice: nobody answers within the hour of the first attempt.
Workflow<int> asks(Context ctx) {
  auto answer =
      co_await ctx.step("ask", {.timeout = 1h, .attempts = 2, .runs_on = RunsOn::token}, ask);
  co_return answer;
}
/// Of twelve bodies the eighth has the engine take a snapshot, at which some are still open: when
/// the one before is over, and so late that none comes behind it.
const Engine* snapped = nullptr;
int bodies_left = 8;
int snap(int side) {
  if (--bodies_left == 0) snapped->snapshot();
  return side;
}
Workflow<int> snaps(Context ctx) {
  const std::vector<int> sides{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  auto all = co_await ctx.map("snap", {.concurrency = 12}, sides, snap);
  co_return all.front();
}

Registry registry() {
  Registry workflows = twenty_registry();
  workflows.add("asks", asks);
  workflows.add("reads", reads);
  workflows.add("waits", waits);
  workflows.add("fails", fails);
  workflows.add("snaps", snaps);
  return workflows;
}

struct Folder {
  fs::path path = fs::temp_directory_path() / fmt::format("reprise-verifier-{}", getpid());
  Folder() { fs::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

/// Nothing is trimmed.
class Untrimmed final : public testing::ForwardingStore {
 public:
  explicit Untrimmed(std::shared_ptr<journal::Store> store) : ForwardingStore(std::move(store)) {}
  Result<void> trim(ShardId, Position) override { return {}; }
};

void live(const std::string& path, std::uint64_t snapshot_every, const std::string& file,
          bool trims = true) {
  auto clock = std::make_shared<runtime::SimulatedClock>();
  world.clock = clock.get();
  EngineOptions options;
  options.snapshot_every = snapshot_every;
  options.retention = 400h;
  auto store = journal::open_rocks_store({.path = path, .shards = 2, .store_id = {3, 4}}).value();
  if (!trims) store = std::make_unique<Untrimmed>(std::move(store));
  auto parts = simulated_parts(options, std::move(store), clock, 5);
  const auto engine = Engine::open(std::move(options), registry(), std::move(parts)).value();
  (void)engine.start(fails, "early").value().result();
  clock->advance(401h / 1ns);
  auto run = engine.start(twenty, "main", 1).value();
  (void)engine.signal("main", "go", 41, {.id = "go-1"}).value();
  (void)run.result().value();
  (void)engine.start(reads, "reads", letters(5'000)).value().result().value();
  (void)engine.start(fails, "fails").value().result();
  auto asking = engine.start(asks, "asks").value();
  clock->advance(2h / 1ns);
  (void)asking.result(1min);
  engine.complete(asked_with, 1).value();
  (void)asking.result().value();
  (void)engine.start(asks, "is asking").value();
  (void)engine.start(waits, "waits").value();
  (void)engine.start(waits, "cancelled").value();
  (void)engine.start(waits, "terminated").value();
  (void)engine.signal("waits", "unread", 1, {.id = "unread-1"}).value();
  engine.cancel("cancelled").value();
  (void)engine.find<int>("cancelled").value().result();
  engine.terminate("terminated", "enough").value();
  engine.pause("waits").value();
  engine.resume("waits").value();
  if (!trims) {
    snapped = &engine;
    (void)engine.start(snaps, "snaps").value().result();
  }
  if (!file.empty()) engine.export_journal({"main", "reads", "waits"}, file).value();
}

void load(const std::string& path, verifier::Image& image) {
  std::string wrong;
  const auto source = verifier::open_rocks(path, fs::path(path).parent_path().string(), wrong);
  if (!source) throw std::runtime_error(wrong);
  verifier::copy_into(*source, image);
}

}  // namespace

const verifier::Image& whole_store() {
  static const verifier::Image& made = []() -> const verifier::Image& {
    static verifier::Image image;
    const Folder folder;
    live((folder.path / "whole").string(), 1'000'000, "");
    load((folder.path / "whole").string(), image);
    return image;
  }();
  return made;
}

const verifier::Image& trimmed_store() {
  static const verifier::Image& made = []() -> const verifier::Image& {
    static verifier::Image image;
    const Folder folder;
    live((folder.path / "trimmed").string(), 10, "");
    load((folder.path / "trimmed").string(), image);
    return image;
  }();
  return made;
}

const verifier::Image& kept_store() {
  static const verifier::Image& made = []() -> const verifier::Image& {
    static verifier::Image image;
    const Folder folder;
    live((folder.path / "kept").string(), 10, "", false);
    load((folder.path / "kept").string(), image);
    return image;
  }();
  return made;
}

const std::string& journal_file() {
  static const std::string made = [] {
    const Folder folder;
    const fs::path path = folder.path / "all.journal";
    live((folder.path / "exported").string(), 10, path.string());
    std::ifstream file(path, std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }();
  return made;
}

std::string rules_of(const verifier::Findings& findings) {
  std::set<std::string_view> rules;
  for (const auto& finding : findings.kept()) rules.insert(name(finding.rule));
  return fmt::format("{}", fmt::join(rules, " "));
}

void check(const verifier::Image& store, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    CAPTURE(change.what);
    verifier::Forge forge(store);
    change.make(forge);
    CHECK(rules_of(verify_store(forge.finish())) == verifier::name(change.rule));
  }
}

}  // namespace reprise::test
