#include "tests/sim/program.h"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

namespace reprise::sim {
namespace {

constexpr std::array<std::string_view, op_kinds> names{
    "step",  "pure",     "inlined",   "lambda",   "big",         "failing", "flaky",
    "slow",  "token",    "shielded",  "timer",    "timer_until", "signal",  "expired",
    "child", "detached", "cancelled", "pingpong", "unheard",     "all",     "any",
    "map",   "version",  "draws",     "fails"};

bool has_program(OpKind kind) { return kind == OpKind::child || kind == OpKind::detached; }

int interpret_into(const Program& program, const std::string& id,
                   std::map<std::string, End>& ends) {
  int sum = 1;
  std::set<int> sums{sum};
  for (std::size_t i = 0; i < program.size(); ++i) {
    const Op& op = program[i];
    const std::string inner = id + "." + std::to_string(i);
    switch (op.kind) {
      case OpKind::failing: sum += 3; break;
      case OpKind::flaky:
      case OpKind::draws: sum += 1; break;
      case OpKind::timer:
      case OpKind::timer_until:
      case OpKind::expired: sum *= 2; break;
      case OpKind::signal: sum = sum * 3 + signal_value; break;
      case OpKind::child: {
        const int value = interpret_into(op.inner, inner, ends);
        sum += ends[inner].status == InstanceStatus::completed ? value : 7;
        break;
      }
      case OpKind::detached:
        interpret_into(op.inner, inner, ends);
        sum *= 2;
        break;
      case OpKind::cancelled:
        ends[inner] = {InstanceStatus::cancelled, 0};
        sum += 11;
        break;
      case OpKind::pingpong:
        ends[inner] = {InstanceStatus::completed, op.value};
        sum += op.value + 1;
        break;
      case OpKind::unheard: sum += 13; break;
      case OpKind::all: sum += 2 * op.value + 3; break;
      case OpKind::any: sum = sum * 2 + op.value; break;
      case OpKind::map: sum += op.value * op.value + 5; break;
      case OpKind::version: sum += 2; break;
      case OpKind::big: sum += 17; break;
      case OpKind::fails: ends[id] = {InstanceStatus::failed, 0, sums}; return 0;
      default: sum += op.value; break;
    }
    sum %= sum_bound;
    sums.insert(sum);
  }
  ends[id] = {InstanceStatus::completed, sum, sums};
  return sum;
}

void signalled_into(const Program& program, const std::string& id,
                    std::vector<std::string>& targets) {
  for (std::size_t i = 0; i < program.size(); ++i) {
    if (program[i].kind == OpKind::fails) return;
    if (program[i].kind == OpKind::signal) targets.push_back(id);
    signalled_into(program[i].inner, id + "." + std::to_string(i), targets);
  }
}

}  // namespace

void to_json(nlohmann::json& json, const Op& op) {
  json = nlohmann::json::array({names.at(static_cast<std::size_t>(op.kind)), op.value});
  if (!op.inner.empty()) json.push_back(op.inner);
}

void from_json(const nlohmann::json& json, Op& op) {
  const auto found = std::find(names.begin(), names.end(), json.at(0).get<std::string>());
  if (found == names.end()) throw std::invalid_argument("there is no such operation");
  op.kind = static_cast<OpKind>(found - names.begin());
  op.value = json.at(1).get<int>();
  if (json.size() > 2) op.inner = json.at(2).get<Program>();
}

Program draw_program(runtime::SeededRandom& random, int depth) {
  Program program(1 + random.below(7));
  for (Op& op : program) {
    op.kind = static_cast<OpKind>(random.below(op_kinds));
    op.value = static_cast<int>(random.below(100));
    const bool rare = op.kind == OpKind::fails || op.kind == OpKind::big;
    if (rare && random.below(3) != 0) op.kind = OpKind::step;
    if (!has_program(op.kind)) continue;
    if (depth == 2) {
      op.kind = OpKind::step;
    } else {
      op.inner = draw_program(random, depth + 1);
    }
  }
  return program;
}

std::map<std::string, End> interpret(const Program& program, const std::string& id) {
  std::map<std::string, End> ends;
  interpret_into(program, id, ends);
  return ends;
}

std::vector<std::string> signalled(const Program& program, const std::string& id) {
  std::vector<std::string> targets;
  signalled_into(program, id, targets);
  return targets;
}

std::string big_text(int value) {
  std::minstd_rand random(static_cast<unsigned>(value) + 1);
  std::string text(70'000, ' ');
  for (char& c : text) c = static_cast<char>('0' + random() % 64);
  return text;
}

}  // namespace reprise::sim
