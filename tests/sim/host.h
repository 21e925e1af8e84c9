// The program that embeds the simulated engines: starts, signals, completes, asks, and keeps
// receipts of what was acknowledged.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <reprise/engine.h>

#include "tests/sim/outside.h"
#include "tests/sim/plan.h"

namespace reprise::sim {

/// What the host is told of the machine its engine runs on.
struct Surroundings {
  std::function<bool()> dead = [] { return false; };
  std::function<std::uint64_t()> refused = [] { return 0; };  ///< Writes, since it is full.
  bool registered = true;  ///< All workflows are known to its engine.
};

class Host {
 public:
  /// All three outlive it. `ends` is how each run of the plan's program ends.
  Host(const Plan& plan, const std::map<std::string, End>& ends, Outside& outside);

  /// What a host does, each with some chance, and waits a while for the result. Returns what an
  /// engine that is not dead may not answer, or "".
  std::string round(Engine& engine, runtime::SeededRandom& random, const Surroundings& around);
  /// Goes on until all runs have ended, and compares. Returns what is wrong, or "".
  std::string finish(Engine& engine, runtime::SeededRandom& random);

 private:
  void start(Engine& engine);
  void signal(Engine& engine, std::size_t i);
  void complete(Engine& engine, const std::string& token, int value);
  void ask(Engine& engine, const std::string& id);
  void await(Engine& engine);
  [[nodiscard]] bool all_ended(Engine& engine) const;
  [[nodiscard]] std::string compare(Engine& engine) const;
  void check_receipts(Engine& engine, const std::string& id);
  /// Notes an answer that is neither ok nor one of `allowed`, unless the engine is dead.
  void judge(std::string_view call, const Error& error, std::initializer_list<Code> allowed);
  /// The same of a call about `id`, which nobody may have heard of yet.
  void judge_of(const std::string& id, std::string_view call, const Error& error,
                std::initializer_list<Code> allowed);

  const Plan& plan_;
  const std::map<std::string, End>& ends_;
  Outside& outside_;
  const std::vector<std::string> targets_;
  std::uint64_t root_ = 0;       ///< Its run, once a start was acknowledged.
  std::set<std::string> there_;  ///< Runs of which an answer told.
  std::set<std::size_t> sent_;   ///< Signals that were acknowledged.
  bool ended_ = false;           ///< The root's result was given out.
  bool asks_ = true;             ///< Queries, in rounds.
  Surroundings around_;
  std::string wrong_;
};

}  // namespace reprise::sim
