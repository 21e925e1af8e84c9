// The text that names a step to the outside: its idempotency key, and the token that ends it.
//
//   token = store:16 hex digits "-" run:hex "-" op:decimal
//
// Invariants:
// - The same for every attempt and every process; a backup opened as a store goes on with it.
// - One step, one text: hex in lower case, and no zeros before run and op.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reprise/ids.h>

namespace reprise::runtime {

struct Token {
  std::uint64_t store = 0;  ///< The store's id, its first half.
  RunId run;
  OpId op = 0;
};

[[nodiscard]] std::string to_text(const Token& token);

/// Nothing if `text` is none that to_text made.
[[nodiscard]] std::optional<Token> parse_token(std::string_view text);

}  // namespace reprise::runtime
