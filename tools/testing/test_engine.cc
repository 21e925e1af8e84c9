#include <reprise/testing/test_engine.h>

#include <utility>

#include "tools/testing/lives.h"

namespace reprise::testing {
namespace {

void begin(Lives& lives) {
  if (auto begun = lives.begin(); !begun) throw std::move(begun).error();
}

/// What runs in a process can neither end it nor drive it.
void stay_outside(const Lives& lives) {
  if (!lives.within()) return;
  throw Error(Code::invalid_argument,
              "a step's body, an observer or the callback of an answer runs within the engine: "
              "only the test itself can let time pass, crash and restart it");
}
void end_outside(const Lives& lives) {
  stay_outside(lives);
  if (!lives.in_event()) return;
  throw Error(Code::invalid_argument,
              "an event of at() can't end the process it happens to: pass() the time, then crash() "
              "or restart()");
}

}  // namespace

EngineOptions TestOptions::quiet() {
  EngineOptions options;
  options.log.level.reset();
  options.verify_replay_every = 1;
  return options;
}

TestEngine::TestEngine(Registry workflows, TestOptions options)
    : lives_(std::make_unique<Lives>(std::move(workflows), std::move(options))) {
  begin(*lives_);
}
TestEngine::TestEngine(std::unique_ptr<Lives> lives) : lives_(std::move(lives)) {}
TestEngine::~TestEngine() = default;
TestEngine::TestEngine(TestEngine&&) noexcept = default;
TestEngine& TestEngine::operator=(TestEngine&&) noexcept = default;

Engine& TestEngine::operator*() const { return lives_->engine(); }
Engine* TestEngine::operator->() const { return &lives_->engine(); }
Mocks& TestEngine::mocks() noexcept { return lives_->mocks(); }
Ledger& TestEngine::ledger() noexcept { return lives_->ledger(); }
Nanos TestEngine::now() const noexcept { return lives_->clock().wall(); }

void TestEngine::at(std::chrono::nanoseconds after, std::function<void(Engine&)> event) {
  lives_->at(now() + after.count(), std::move(event));
}

void TestEngine::pass(std::chrono::nanoseconds time) {
  stay_outside(*lives_);
  if (lives_->dead())
    throw Error(Code::engine_failed, "the process is dead: no time passes for it");
  auto& clock = lives_->clock();
  const Nanos deadline = clock.steady() + time.count();
  runtime::Waiting here;
  (void)lives_->executor().wait(here, [] { return false; }, deadline);
  if (clock.steady() < deadline && !lives_->dead()) clock.advance(deadline - clock.steady());
}

void TestEngine::settle() {
  stay_outside(*lives_);
  while (lives_->executor().step()) {
  }
}

void TestEngine::crash() {
  end_outside(*lives_);
  lives_->kill();
  begin(*lives_);
}

void TestEngine::restart() {
  end_outside(*lives_);
  lives_->shut_down();
  begin(*lives_);
}

History TestEngine::history(const Id& id) const {
  auto events = lives_->engine().history(id);
  if (!events) throw std::move(events).error();
  return History(*std::move(events));
}

Verdict TestEngine::deterministic() const {
  std::string why;
  for (const auto& one : lives_->guard().heard()) {
    why += (why.empty() ? "" : "\n") + told(one);
  }
  return why.empty() ? Verdict() : Verdict(std::move(why));
}

std::uint64_t TestEngine::bodies(std::string_view step) const { return lives_->bodies(step); }

}  // namespace reprise::testing
