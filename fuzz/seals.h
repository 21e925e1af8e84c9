// Checksums of the stored format, put right again: so that what is fuzzed is behind them.
//
// Written from docs/format.md, apart from the code that is tested.
#pragma once

#include <string>
#include <string_view>

#include <reprise/hash.h>
#include <reprise/ids.h>

namespace reprise::fuzz {

/// A record's frame, whatever it holds: its size and its checksum become right. A text too short
/// for a frame stays as it is.
void seal_record(std::string& frame);
/// What a record's checksum and chain head are by its bytes. REQUIRES: a whole frame.
[[nodiscard]] Hash128 hash_of_record(std::string_view frame);

/// An anchor's slot: its last 8 bytes become its checksum.
void seal_slot(std::string& slot);

/// A journal file: the checksums of its start and of all sections that can be walked become right.
void seal_journal_file(std::string& file);

/// A MANIFEST or write-ahead file: the checksums of all fragments that can be walked from there on
/// become right.
void seal_fragments(std::string& file, std::size_t from = 0);

/// A row, chunk, blob or position row: the checksum of key and body, then the body.
[[nodiscard]] std::string sealed_row(std::string_view key, std::string_view body);
/// The store's own values: 8 bytes of the hash of key and body, then the body.
[[nodiscard]] std::string sealed_value(std::string_view key, std::string_view body);

}  // namespace reprise::fuzz
