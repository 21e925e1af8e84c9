// Checks a whole store, or a journal file, against docs/format.md: written from that page alone.
//
// It shares no code with what writes the bytes, so that a mistake of the writer is not repeated
// here. Levels are checked from the ground up: keys and seals, records, events, histories, rows.
// What stands on damaged ground is not judged.
//
// Invariants:
// - No bytes make it crash, or allocate more than they account for.
// - It changes nothing.
#pragma once

#include <string>
#include <string_view>

#include "tests/verifier/finding.h"
#include "tests/verifier/source.h"

namespace reprise::verifier {

/// Findings are empty when the store is sound.
[[nodiscard]] Findings verify_store(const Source& source, Depth depth = Depth::meaning);
/// The bytes of a journal file.
[[nodiscard]] Findings verify_file(std::string_view bytes);
/// A path: a folder is a store that nobody has open for writing, anything else a journal file.
[[nodiscard]] Findings verify_path(const std::string& path);

}  // namespace reprise::verifier
