// All that a store holds, as a value; and what of it a store serves after damage.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "journal/store.h"

namespace reprise::rot {

struct Contents {
  struct Shard {
    Position first = 1;
    Position last = 0;
    std::map<Position, std::string> records;  ///< Epoch and body.
  };
  std::vector<Shard> shards;
  std::map<std::pair<journal::Table, std::string>, std::string> rows;
};

/// What reading a store gave: what it served, and the errors it answered instead.
struct Served {
  Contents contents;
  std::vector<Error> errors;
  /// Tables whose scan ended with an error: what is missing of them was not passed over in silence.
  std::vector<journal::Table> cut_short;
  /// Why something was passed over in silence, or nothing.
  std::string silent;
};

/// Reads every shard and table from end to end.
[[nodiscard]] Served read_all(const journal::Store& store);

/// Reads every key of `expected` by itself. The first that is answered with another value, or with
/// none, in words.
[[nodiscard]] std::string wrong_keys(const journal::Store& store, const Contents& expected);

/// True when every shard begins and ends where it does in `expected`.
[[nodiscard]] bool same_ends(const Contents& expected, const Contents& found);

/// The first thing served that `expected` does not have so, or that is missing without an error.
[[nodiscard]] std::string difference(const Contents& expected, const Served& served);

}  // namespace reprise::rot
