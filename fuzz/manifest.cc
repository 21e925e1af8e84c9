// The strict scan of RocksDB's MANIFEST and write-ahead files, and CURRENT; all in memory.
#include <algorithm>

#include "fuzz/fuzz.h"
#include "fuzz/memory_files.h"
#include "fuzz/seals.h"
#include "journal/bytes.h"
#include "journal/manifest.h"

namespace reprise::fuzz {
namespace {

using journal::Holds;

constexpr std::size_t block = 32768;
constexpr std::size_t head = 7;

void check_scan(std::string_view bytes, Holds what) {
  const auto scan = journal::scan_framing(bytes, what);
  holds(scan.end + scan.torn == bytes.size(), "every byte is a whole record's or torn");
  holds(scan.torn != 0 || !scan.damaged, "what ends with a whole record is not damaged");
  holds(!scan.numbers || what == Holds::batches, "only batches are numbered");

  std::uint64_t records = 0;
  std::size_t size = 0;
  journal::for_each_record(bytes.substr(0, scan.end), 0, [&](std::string_view record) {
    ++records;
    size += record.size();
  });
  holds(records == scan.records, "both walks find the same whole records");
  holds(size <= bytes.size(), "no byte is two records'");
  if (scan.torn == 0) return;
  const auto again = journal::scan_framing(bytes.substr(0, scan.end), what);
  holds(again.records == scan.records && again.torn == 0 && !again.damaged,
        "without its torn tail the file is whole");

  std::uint64_t all = 0;
  journal::for_each_record(bytes, 0, [&](std::string_view) { ++all; });
  holds(all >= records, "a search behind damage loses none");
}

void check_current(std::string_view bytes) {
  MemoryFiles files;
  files.put("db/CURRENT", bytes);
  const auto number = journal::current_manifest(files, "db");
  if (!accepted(number)) return;
  holds(*number != 0 && journal::manifest_name(*number) + "\n" == bytes,
        "an accepted CURRENT is the one text there is");
}

/// Records as RocksDB writes them, all within one block.
std::string framed(const std::vector<std::size_t>& sizes, char filler) {
  std::string file;
  for (const std::size_t size : sizes) {
    file.append(4, '\0');
    journal::append_le(file, static_cast<std::uint16_t>(size));
    file.push_back(1);
    file.append(size, filler);
  }
  seal_fragments(file);
  return file;
}

/// What lies before an input's own bytes, as its first byte says: so much room up to the end of a
/// block, which is full of one record then; or nothing.
const std::string& start_of(std::string_view input) {
  static const auto starts = [] {
    std::vector<std::string> made(1);
    for (std::size_t room = 1; room < 64; ++room) {
      made.push_back(framed({block - head - room}, '\0'));
    }
    return made;
  }();
  const std::size_t room = input.empty() ? 0U : static_cast<unsigned char>(input[0]);
  return starts[room < starts.size() ? room : 0];
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all = {std::string(1, '\0') + "MANIFEST-000005\n"};
  for (const std::size_t room : {0U, 3U, 7U, 40U}) {
    const std::string start(1, static_cast<char>(room));
    all.push_back(start + framed({1}, 'x'));
    all.push_back(start + framed({12, 0, 40}, '\1'));
    all.push_back(start + framed({33, 20}, '\2') + std::string(30, '\0'));
    all.push_back(start + framed({100, 200, 300}, '\3'));
  }
  return all;
}

}  // namespace reprise::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace reprise::fuzz;
  Dice dice(seed);
  auto input = mutated(std::string(reinterpret_cast<const char*>(data), size), max_size);
  if (dice.roll(6) == 0) input.resize(std::min(max_size, input.size() + dice.roll(9)), '\0');
  if (!input.empty() && dice.roll(5) != 0) {
    const auto& start = start_of(input);
    auto file = start + input.substr(1);
    seal_fragments(file, start.size());
    input.replace(1, std::string::npos, file.substr(start.size()));
  }
  // Torn, or damaged behind its seals.
  if (dice.roll(4) == 0) input.resize(dice.roll(input.size() + 1));
  if (!input.empty() && dice.roll(8) == 0) input[dice.roll(input.size())] ^= 1;
  return give(input, data, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const auto file = fuzz::start_of(input) + std::string(input.substr(1));
  fuzz::check_scan(file, (size & 1) != 0 ? journal::Holds::anything : journal::Holds::batches);
  if (size < 64) fuzz::check_current(input.substr(1));
  return 0;
}
