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

/// A file as RocksDB writes it, of records of these sizes.
std::string framed(const std::vector<std::size_t>& sizes) {
  std::string file;
  for (std::size_t left : sizes) {
    for (bool first = true; first || left != 0; first = false) {
      std::size_t room = block - file.size() % block;
      if (room < head) {
        file.append(room, '\0');
        room = block;
      }
      const auto part = std::min(left, room - head);
      left -= part;
      const int type = first ? (left == 0 ? 1 : 2) : (left == 0 ? 4 : 3);
      file.append(4, '\0');
      journal::append_le(file, static_cast<std::uint16_t>(part));
      file.push_back(static_cast<char>(type));
      file.append(part, static_cast<char>(sizes.size()));
    }
  }
  seal_fragments(file);
  return file;
}

}  // namespace

std::vector<std::string> seeds() {
  return {framed({1}),        framed({12, 0, 40}),         framed({100, 200, 300}),
          framed({block}),    framed({block - 14, 3, 50}), framed({20, 20}) + std::string(30, '\0'),
          "MANIFEST-000005\n"};
}

}  // namespace reprise::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace reprise::fuzz;
  Dice dice(seed);
  std::string file(reinterpret_cast<const char*>(data), size);
  const auto before = file;
  switch (dice.roll(6)) {
    case 0: file += before; break;
    case 1:
      // A writer fills what is too short for a head.
      file.resize(std::min<std::size_t>(max_size, (file.size() / block + 1) * block - dice.roll(9)),
                  dice.roll(3) == 0 ? '\0' : '\1');
      break;
    default: file = mutated(std::move(file), max_size); break;
  }
  if (dice.roll(5) != 0) seal_fragments(file);
  // Torn, or damaged behind its seals.
  if (dice.roll(4) == 0) file.resize(dice.roll(file.size() + 1));
  if (!file.empty() && dice.roll(8) == 0) file[dice.roll(file.size())] ^= 1;
  return give(file, data, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fuzz::check_scan(bytes, journal::Holds::anything);
  fuzz::check_scan(bytes, journal::Holds::batches);
  if (size < 64) fuzz::check_current(bytes);
  return 0;
}
