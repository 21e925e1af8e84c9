// Stores of real engines for the verifier's tests, made once from a seed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/verifier/forge.h"

namespace reprise::test {

/// A store with operations of every kind, in two shards; nothing was trimmed from its journals.
[[nodiscard]] const verifier::Image& whole_store();
/// The same with snapshots and trims all the while, a deleted instance, and one that waits.
[[nodiscard]] const verifier::Image& trimmed_store();
/// The same, whose journals are whole all the same.
[[nodiscard]] const verifier::Image& kept_store();
/// All instances of the first, as a journal file.
[[nodiscard]] const std::string& journal_file();

/// Findings' rules, each once, joined by blanks.
[[nodiscard]] std::string rules_of(const verifier::Findings& findings);

/// Made before sums, chain and anchor are fitted; exactly `rule` is broken then.
struct Change {
  std::string what;
  verifier::Rule rule;
  std::function<void(verifier::Forge&)> make;
};
/// Makes each in a copy of `store` of its own, and checks what the verifier says.
void check(const verifier::Image& store, const std::vector<Change>& changes);

}  // namespace reprise::test
