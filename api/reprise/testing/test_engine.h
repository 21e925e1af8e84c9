// An engine on a simulated machine: one thread, a seed, a clock that skips to what is due next.
//
//   TestEngine engine(workflows);
//   auto run = engine->start(order, "o-1", 4711).value();
//   engine.at(48h, [](Engine& e) { (void)e.signal("o-1", "paid", 99); });
//   CHECK(run.result().value() == "shipped");       // Two days later, at once.
//   CHECK(engine.history("o-1").ran_once("charge"));
//
// A call that waits (result, signal, …) runs the engine until it has its answer; what is due
// meanwhile happens. The same seed, calls and code give the same journal, byte for byte. Step
// bodies run one at a time on the calling thread, in an order drawn from the seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include <reprise/engine.h>
#include <reprise/testing/history.h>
#include <reprise/testing/ledger.h>
#include <reprise/testing/mocks.h>
#include <reprise/testing/verdict.h>

namespace reprise::testing {

class Lives;

struct TestOptions {
  std::uint64_t seed = 1;
  std::uint16_t shards = 1;
  /// As of an engine; path, shards, step_threads, clock and random are the test's own. It logs
  /// nothing unless told where to.
  EngineOptions engine = quiet();

  /// Replays every run beside its live code, so that code which depends on more than its history
  /// is paused (mismatch) at once.
  static EngineOptions quiet();
};

/// Whether TestEngine::deterministic() can find anything. False in programs that are built with a
/// sanitizer of addresses, memory or threads, which must see those calls itself.
[[nodiscard]] bool sees_calls() noexcept;

/// One thread, on which everything happens. The constructor, crash() and restart() throw Error
/// where Engine::open would answer one; then crash() and restart() try again, and whatever needs
/// the engine throws Error{engine_failed}.
///
/// A step's body, an observer and the callback of an answer run within the engine: pass(),
/// settle(), crash() and restart() throw Error{invalid_argument} there, the last two also in an
/// event of at(). So a call of the engine that waits answers invalid_argument in a body, where one
/// in the pool of an Engine may make it. The destructor is a crash: bodies that wait never run.
class TestEngine {
 public:
  explicit TestEngine(Registry workflows, TestOptions options = {});
  ~TestEngine();
  TestEngine(TestEngine&&) noexcept;
  TestEngine& operator=(TestEngine&&) noexcept;

  /// The engine of this life: valid until crash() or restart().
  [[nodiscard]] Engine& operator*() const;
  [[nodiscard]] Engine* operator->() const;

  [[nodiscard]] Mocks& mocks() noexcept;
  [[nodiscard]] Ledger& ledger() noexcept;
  /// Wall time in nanoseconds since 1970. Starts at the same moment in every test.
  [[nodiscard]] Nanos now() const noexcept;

  /// Does `event` once `after` has passed from now, in whichever life that is.
  void at(std::chrono::nanoseconds after, std::function<void(Engine&)> event);
  /// Lets that much time pass; all that is due meanwhile happens.
  void pass(std::chrono::nanoseconds time);
  /// Runs all that can run without time passing.
  void settle();

  /// The process dies here, as by kill -9: bodies that wait never run. Callbacks that wait for an
  /// answer are told engine_failed. Then it is started again.
  void crash();
  /// An orderly shutdown, and started again.
  void restart();

  /// Throws Error where Engine::history would answer one.
  [[nodiscard]] History history(const Id& id) const;
  /// Workflow code was not seen, in any life so far, to call what its history does not answer: the
  /// usual functions for clocks, random numbers, environment, files, sockets, threads, processes
  /// and sleep. Else the verdict says where, a line each, and what to use. Holds always where
  /// !sees_calls().
  Verdict deterministic() const;
  /// Bodies of steps of that name that were begun, in all lives.
  [[nodiscard]] std::uint64_t bodies(std::string_view step) const;

 private:
  friend class CrashCase;
  friend class ExploreCase;
  explicit TestEngine(std::unique_ptr<Lives> lives);

  std::unique_ptr<Lives> lives_;
};

}  // namespace reprise::testing
