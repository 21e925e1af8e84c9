// What an engine does when its threads can't be made.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "support/sim_engine.h"

namespace {

using namespace reprise;
using namespace reprise::test;

int work() { return 7; }
Workflow<int> works(Context ctx) {
  auto done = co_await ctx.step("work", work);
  co_return done;
}
Registry registry() {
  Registry workflows;
  workflows.add("works", works);
  return workflows;
}

/// Its shards have run for a moment when another thread can't be made.
class HalfStarted final : public runtime::Executor {
 public:
  void start(runtime::Driven driven) override {
    for (int i = 0; i < 8; ++i) {
      driven.poll_shards();
      driven.poll_commit();
    }
    throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
  }
  void wake() override {}
  bool wait(runtime::Waiting& /*at*/, const std::function<bool()>& done,
            std::optional<Nanos> /*deadline*/) override {
    return done();
  }
  void notify(runtime::Waiting& /*at*/) override {}
  [[nodiscard]] bool on_shard_thread() const noexcept override { return false; }
  void stop() override { stopped = true; }
  bool stopped = false;
};

}  // namespace

TEST_SUITE("runtime/executor") {
  TEST_CASE("an engine whose threads can't all be made leaves no body behind") {
    const std::shared_ptr<journal::Store> disk = journal::make_memory_store(1);
    {
      EngineOptions options;
      options.log.level.reset();
      runtime::Parts parts;
      parts.store = std::make_unique<CrashingStore>(disk, 2);  // Dies with the body's intent.
      auto engine = Engine::open(std::move(options), registry(), std::move(parts)).value();
      (void)engine.start(works, "a");
    }
    {
      EngineOptions options;
      options.log.level.reset();
      runtime::Parts parts;
      parts.store = std::make_unique<CrashingStore>(disk);
      parts.executor = std::make_unique<HalfStarted>();
      const auto engine = Engine::open(std::move(options), registry(), std::move(parts));
      CHECK(engine.code() == Code::io_error);
    }
    EngineOptions options;
    options.log.level.reset();
    runtime::Parts parts;
    parts.store = std::make_unique<CrashingStore>(disk);
    auto engine = Engine::open(std::move(options), registry(), std::move(parts)).value();
    CHECK(engine.start(works, "a").value().result().value() == 7);
  }
}
