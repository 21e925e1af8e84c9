// Answers queries: asks the code of an instance, which it brings back first if it is not in memory.
//
// Invariants:
// - Nothing is recorded for a query; the answer is held until all that it could tell is durable.
// - Code brought back only to look (of a run that is closed or paused) is not kept.
#pragma once

#include "runtime/activation.h"
#include "runtime/core.h"

namespace reprise::runtime {

class Queries {
 public:
  Queries(Core& core, Activation& activation) : core_(core), activation_(activation) {}

  void answer(Request& request, Resident& resident);

 private:
  Result<Payload> ask(replay::Query query, Resident& resident);
  Result<Payload> ask_live(replay::Query query, Resident& resident);
  Result<Payload> ask_replayed(replay::Query query, const Resident& resident);

  Core& core_;
  Activation& activation_;
};

}  // namespace reprise::runtime
