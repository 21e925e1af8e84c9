// Small workflow programs drawn from a seed, over operations of every kind, and what becomes of
// them by a plain interpreter: no race decides it, so every engine must give the same.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/options.h>
#include <nlohmann/json.hpp>

#include "runtime/simulation.h"

namespace reprise::sim {

/// In the order of their names in program.cc.
enum class OpKind : std::uint8_t {
  step,
  pure,
  inlined,
  lambda,
  big,      ///< A result that is kept as a blob.
  failing,  ///< Fails for good.
  flaky,    ///< Fails until some time has passed.
  slow,     ///< Attempts that time out while bodies take long.
  token,    ///< Ended by the host.
  shielded,
  timer,
  timer_until,
  signal,   ///< From the host.
  expired,  ///< A signal that never comes.
  child,
  detached,
  cancelled,  ///< A child that is given up, and cleans up behind itself.
  pingpong,   ///< Signals to a child and back.
  unheard,    ///< A signal to nobody.
  all,
  any,
  map,
  version,
  draws,  ///< Random numbers, a uuid, the time.
  fails,  ///< Ends the workflow.
};
inline constexpr std::uint8_t op_kinds = static_cast<std::uint8_t>(OpKind::fails) + 1;

struct Op {
  OpKind kind = OpKind::step;
  int value = 0;
  std::vector<Op> inner;  ///< Of a child.
};
using Program = std::vector<Op>;

void to_json(nlohmann::json& json, const Op& op);
/// Throws nlohmann::json::exception.
void from_json(const nlohmann::json& json, Op& op);

Program draw_program(runtime::SeededRandom& random, int depth = 0);

/// How a run ends.
struct End {
  InstanceStatus status = InstanceStatus::completed;
  int value = 0;         ///< Of a completed one.
  std::set<int> sums{};  ///< What a query may tell meanwhile.
};
/// Of all runs that `program` brings about as `id`, itself included.
std::map<std::string, End> interpret(const Program& program, const std::string& id);

/// Ids of runs that wait for signals from the host, once for each signal.
std::vector<std::string> signalled(const Program& program, const std::string& id);

/// Every sum of a program is below it.
inline constexpr int sum_bound = 10'007;
/// What each signal from the host carries.
inline constexpr int signal_value = 5;
/// The result of a `big` step, which nothing can compress much.
std::string big_text(int value);

}  // namespace reprise::sim
