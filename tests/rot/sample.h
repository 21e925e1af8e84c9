// A small store made by a real engine, in the state that is to be damaged, with all that it has
// acknowledged.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "support/store_tree.h"
#include "tests/rot/contents.h"
#include "tests/rot/workload.h"

namespace reprise::rot {

using test::Tree;

enum class Form : std::uint8_t {
  orderly,  ///< As an orderly close left it: the anchor claims all.
  killed,   ///< As a kill left it: behind what the anchor claims, more was acknowledged.
};
[[nodiscard]] std::string_view name(Form form);

/// The store as it was at some moment.
struct Moment {
  Tree tree;
  Contents contents;
};

/// What the store held after one append or trim of its last life.
struct State {
  Contents contents;
  std::uint64_t write_ahead_size = 0;  ///< Of the file that was written to.
};

struct Sample {
  std::uint64_t seed = 0;
  Form form = Form::orderly;
  Tree tree;
  /// From the oldest on: after each earlier life, and in the middle of the last one.
  std::vector<Moment> older;
  /// What the anchor claims, and what came behind it; the last one is all that was acknowledged.
  /// Only that one after an orderly close.
  std::vector<State> states;
  std::string write_ahead;  ///< The file of the last life, as it is named in the tree.
  Tellings told;            ///< At the end.
  Tellings claimed;         ///< When the anchor was renewed for the last time.

  [[nodiscard]] const Contents& all() const { return states.back().contents; }
};

/// Last positions per shard that the newest slot of an anchor claims, by docs/format.md.
[[nodiscard]] std::vector<Position> claims_of(std::string_view anchor);

/// Makes it in `folder`, which is there and is empty. Throws when the undamaged engine errs.
[[nodiscard]] Sample make_sample(std::uint64_t seed, Form form, const std::string& folder);

}  // namespace reprise::rot
