// How often the body of each step has run, as far as its history can tell.
//
// An attempt's body begins only behind its durable step_scheduled, and once at most. What is
// recorded of it afterwards says that it returned, or threw; an attempt of which nothing came back
// may have run, in part or whole, or not at all. An answer by a token says nothing of the body:
// only that it handed over does.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "replay/event.h"
#include "replay/names.h"

namespace reprise::replay {

/// The body of one step.
struct Effect {
  std::string name;
  std::string site;            ///< "file:line" of the step.
  std::uint32_t returned = 0;  ///< Attempts whose body came to its end.
  /// Attempts whose body threw, or returned what could not be recorded: it may have had its effect.
  std::uint32_t threw = 0;
  std::uint32_t unknown = 0;  ///< Attempts of which nothing is known, one at work now among them.
  bool pure = false;          ///< Attempts that were never recorded may have run, too.

  [[nodiscard]] std::uint32_t least() const noexcept { return returned; }
  [[nodiscard]] std::uint32_t most() const noexcept { return returned + threw + unknown; }
};

class Ledger {
 public:
  /// Takes in the run's events, in order; those that concern no step change nothing.
  void add(const Event& event, const Names& names);
  /// By operation: in the order in which the code started them.
  [[nodiscard]] std::map<OpId, Effect> effects() const;

 private:
  struct Step {
    Effect effect;
    bool on_token = false;
  };
  std::map<OpId, Step> steps_;
};

}  // namespace reprise::replay
