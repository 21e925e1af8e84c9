#include "tests/verifier/links.h"

#include <set>

#include <fmt/format.h>

#include "tests/verifier/bytes.h"

namespace reprise::verifier {

void Links::check_taken(const std::vector<Taken>& all, Findings& findings) const {
  std::set<Op> seen;
  for (const Taken& taken : all) {
    const std::string place = fmt::format("run {} seq {}", run_text(taken.run), taken.seq);
    if (!seen.insert(taken.op).second) {
      findings.add(Rule::link, place, "one message was taken twice");
      continue;
    }
    if (!runs_.contains(taken.op.first)) continue;
    const auto asked = asked_.find(taken.op);
    if (asked == asked_.end()) {
      findings.add(Rule::link, place,
                   fmt::format("run {} never asked for it", run_text(taken.op.first)));
    } else if (asked->second.space != taken.what.space || asked->second.id != taken.what.id ||
               asked->second.name != taken.what.name || asked->second.hash != taken.what.hash ||
               asked->second.signal_id != taken.what.signal_id) {
      findings.add(Rule::link, place,
                   fmt::format("run {} asked for something else", run_text(taken.op.first)));
    }
  }
}

void Links::check(Findings& findings) const {
  check_taken(children_, findings);
  check_taken(signals_, findings);
  std::map<std::uint64_t, Op> parents;
  for (const Taken& child : children_) parents[child.run] = child.op;
  for (const Answer& answer : answers_) {
    const auto run = runs_.find(answer.run);
    if (run == runs_.end()) continue;
    const std::string place =
        fmt::format("run {} operation {}", run_text(answer.op.first), answer.op.second);
    const auto parent = parents.find(answer.run);
    if (parent == parents.end() || parent->second != answer.op) {
      findings.add(Rule::link, place, fmt::format("{} is not its child", run_text(answer.run)));
    } else if (answer.closed && !run->second) {
      findings.add(Rule::link, place,
                   fmt::format("{} is said to be closed, and is not", run_text(answer.run)));
    }
  }
}

}  // namespace reprise::verifier
