// Puts the independent verifier (tests/verifier) behind any test that has a store at hand.
#pragma once

#include <string>

#include "journal/store.h"

namespace reprise::test {

/// REQUIREs that the verifier finds nothing: in what `store` holds, at any moment between two
/// appends; or in the store's folder or journal file at `path`, which nobody may have open for
/// writing.
void check_store(const journal::Store& store);
void check_store(const std::string& path);

/// The findings, a line each; "" when sound.
[[nodiscard]] std::string findings_of(const journal::Store& store);
[[nodiscard]] std::string findings_of(const std::string& path);
/// Of a store's folder whose events and rows mean nothing: keys, seals, records, sums, anchor.
[[nodiscard]] std::string findings_in_bytes(const std::string& path);

}  // namespace reprise::test
