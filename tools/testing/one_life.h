// What is the same in every case of a search (crash_matrix, explore): how one life goes, and what
// is wrong in itself when the last one is over.
//
// One thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <reprise/testing/crash_matrix.h>

#include "tools/testing/lives.h"

namespace reprise::testing {

/// Starts the workflow, or finds it started, and waits for its result, as bytes.
using Live = std::function<Result<std::string>(TestEngine&)>;

struct LifeEnd {
  Result<std::string> result;
  std::optional<std::string> threw;    ///< By the host, and what.
  std::optional<std::string> endless;  ///< It does not seem to end, and why.
};

/// While it lives, there is an end to what goes on in the lives.
class Bounded {
 public:
  Bounded(Lives& lives, Patience patience) noexcept : lives_(lives) { lives.patience() = patience; }
  ~Bounded() { lives_.patience() = Patience(); }
  Bounded(const Bounded&) = delete;
  Bounded& operator=(const Bounded&) = delete;

 private:
  Lives& lives_;
};

/// One life, to the result and `linger` beyond it, with `patience` for each. Each goes the same
/// way, killed or not: the crash points of one are counted in another. `told` hears of the result,
/// before time goes on.
[[nodiscard]] LifeEnd live_once(TestEngine& engine, Lives& lives, const Live& live,
                                Patience patience, std::chrono::nanoseconds linger,
                                const std::function<void()>& told = {});

/// Nobody knows the result any more: retention has let it go with its instance.
[[nodiscard]] bool is_forgotten(const Result<std::string>& result, const TestOptions& options);

/// What is wrong with the last life, whatever came before it: the host threw, it does not end, a
/// body ran again, the guard heard something, an invariant does not hold.
[[nodiscard]] std::vector<std::string> wrong_in_itself(TestEngine& engine, Lives& lives,
                                                       const LifeEnd& end,
                                                       const std::vector<Invariant>& invariants);

/// The result's bytes, or "code: message" of what it failed with.
[[nodiscard]] std::string shown(const Result<std::string>& result);
[[nodiscard]] std::string shown(const Effect& effect);
/// History and effects, a line each, for a case that is run alone.
[[nodiscard]] std::string shown(TestEngine& engine, const std::string& id);

}  // namespace reprise::testing
