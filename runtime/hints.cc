#include "runtime/hints.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

std::string key_of(ShardId shard, RunId run, const Hints::value_type& hint) {
  if (hint.second == 0) return closed_key(shard, hint.first, run);
  return timer_key(shard, Timer{.due = hint.first, .run = run, .op = hint.second});
}

}  // namespace

Hints hints_of(const replay::InstanceState& state) {
  Hints hints;
  if (state.status != replay::Status::open) {
    hints.emplace_back(state.closed, 0);
    return hints;
  }
  for (const auto& [op, open] : state.open) {
    if (open.due != 0) hints.emplace_back(open.due, op);
  }
  std::sort(hints.begin(), hints.end());
  return hints;
}

void add_changes(ShardId shard, RunId run, const Hints& before, const Hints& after,
                 std::vector<journal::Put>& puts) {
  Hints gone;
  Hints fresh;
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(gone));
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(),
                      std::back_inserter(fresh));
  for (const auto& hint : gone) {
    puts.push_back({journal::Table::index, key_of(shard, run, hint), std::nullopt});
  }
  for (const auto& hint : fresh) {
    puts.push_back({journal::Table::index, key_of(shard, run, hint), std::string()});
  }
}

}  // namespace reprise::runtime
