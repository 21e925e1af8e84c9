#include "journal/manifest.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include <reprise/detail/mark.h>

#include "journal/bytes.h"
#include "journal/crc32c.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

constexpr std::size_t block_size = 32768;
constexpr std::size_t head_size = 7;
constexpr std::size_t recycled_head_size = 11;
/// Sequence number and count, that a batch begins with.
constexpr std::size_t batch_head = 12;
/// RocksDB packs such a number and a byte into 64 bits. Only a forged one comes near.
constexpr std::uint64_t sequence_max = std::uint64_t{1} << 55;
/// How far numbers of a store's own files may be ahead of its MANIFEST's.
constexpr std::uint64_t numbers_ahead = std::uint64_t{1} << 32;
/// It asserts that no number of a file reaches 2^62.
constexpr std::uint64_t manifest_max = std::uint64_t{1} << 60;
constexpr unsigned full = 1;
constexpr unsigned first = 2;
constexpr unsigned middle = 3;
constexpr unsigned last = 4;
/// As much of a record as its numbers stand in.
constexpr std::size_t head_of_record_max = 256;
/// How far behind damage a whole record is searched for at every offset.
constexpr std::size_t search_max = std::size_t{4} << 20;

struct Fragment {
  unsigned type = 0;     ///< full … last, of plain and recycled fragments alike.
  std::size_t size = 0;  ///< Head and payload.
  std::size_t head = 0;
};

unsigned type_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at + 6]);
}

std::size_t head_of(unsigned type) { return type > last ? recycled_head_size : head_size; }

/// Bytes from `at` to the end of its block or of the file.
std::size_t room_at(std::string_view bytes, std::size_t at) {
  return std::min(block_size - at % block_size, bytes.size() - at);
}

/// The fragment at `at`, if it is whole and its checksum matches.
std::optional<Fragment> fragment_at(std::string_view bytes, std::size_t at) {
  const std::size_t room = room_at(bytes, at);
  if (room < head_size) return std::nullopt;
  const unsigned type = type_at(bytes, at);
  if (type < full || type > last + 4) return std::nullopt;
  const std::size_t head = head_of(type);
  const std::size_t size = head + load_le<std::uint16_t>(bytes, at + 4);
  if (size > room) return std::nullopt;
  const auto covered = bytes.substr(at + 6, size - 6);
  if (masked_crc(crc32c(0, covered)) != load_le<std::uint32_t>(bytes, at)) return std::nullopt;
  return Fragment{type > last ? type - 4 : type, size, head};
}

/// True when the fragment would be whole with another size or another type.
bool head_is_damaged(std::string_view bytes, std::size_t at) {
  const std::size_t room = room_at(bytes, at);
  if (room < head_size) return false;
  const auto stored = load_le<std::uint32_t>(bytes, at);
  const auto matches = [&](std::uint32_t crc) { return masked_crc(crc) == stored; };
  std::uint32_t crc = crc32c(0, bytes.substr(at + 6, 1));
  if (type_at(bytes, at) != 0 && matches(crc)) return true;
  for (std::size_t size = head_size; size < room && type_at(bytes, at) != 0; ++size) {
    crc = crc32c(crc, bytes.substr(at + size, 1));
    if (matches(crc)) {
      REPRISE_MARK("journal/size_damaged");
      return true;
    }
  }
  const std::size_t size = head_size + load_le<std::uint16_t>(bytes, at + 4);
  if (size > room) return false;
  for (unsigned type = full; type <= last; ++type) {
    const char byte = static_cast<char>(type);
    crc = crc32c(crc32c(0, {&byte, 1}), bytes.substr(at + head_size, size - head_size));
    if (matches(crc)) return true;
  }
  return false;
}

/// Of a record that begins so; nothing when its kind has none, or it is too short to have them.
std::optional<Numbers> numbers_of(std::string_view head, Holds holds) {
  if (holds != Holds::batches || head.size() < batch_head) return std::nullopt;
  const auto sequence = load_le<std::uint64_t>(head, 0);
  const auto count = load_le<std::uint32_t>(head, 8);
  if (sequence > sequence_max - count) return std::nullopt;
  return Numbers{sequence, sequence + count};
}

/// Appends what of the payload still belongs to the head of its record.
void add_head(std::string& head, std::string_view payload) {
  head += payload.substr(0, head_of_record_max - std::min(head_of_record_max, head.size()));
}

/// What a record behind broken framing must be like. Its checksum alone says little: the payload
/// of an append that was cut off may hold any bytes, those of a whole fragment too.
struct Expected {
  Holds holds;
  std::size_t from;               ///< Where the whole records end.
  std::optional<Numbers> walked;  ///< Of those.
};

/// The record that begins at `at`, as far as its numbers need it; what is whole of that.
std::string head_at(std::string_view bytes, std::size_t at) {
  std::string head;
  while (at < bytes.size() && head.size() < batch_head) {
    const auto fragment = fragment_at(bytes, at);
    if (!fragment) break;
    add_head(head, bytes.substr(at + fragment->head, fragment->size - fragment->head));
    if (fragment->type == full || fragment->type == last) break;
    at += fragment->size;
  }
  return head;
}

/// True when a record of the file itself can begin at `at`. Batches are numbered on from those
/// walked, and each number takes a byte at least of what lies between.
bool can_begin(std::string_view bytes, std::size_t at, const Expected& expected) {
  const auto fragment = fragment_at(bytes, at);
  if (!fragment || (fragment->type != full && fragment->type != first)) return false;
  if (fragment->type == first && (at + fragment->size) % block_size != 0) return false;
  const auto head = head_at(bytes, at);
  if (expected.holds == Holds::anything) return !head.empty();
  const auto numbers = numbers_of(head, expected.holds);
  if (!numbers || !expected.walked) return numbers.has_value();
  const auto next = expected.walked->next;
  return numbers->first >= next && numbers->first - next <= at - expected.from;
}

/// True when a record begins, with a valid checksum, somewhere after `at`.
bool record_begins_after(std::string_view bytes, std::size_t at, const Expected& expected) {
  const std::size_t near = std::min(bytes.size(), at + search_max);
  for (std::size_t offset = at + 1; offset < near; ++offset) {
    if (can_begin(bytes, offset, expected)) return true;
  }
  // Farther off only where fragments follow each other from the start of a block.
  for (std::size_t block = near / block_size * block_size; block < bytes.size();
       block += block_size) {
    const std::size_t end = std::min(block + block_size, bytes.size());
    for (std::size_t offset = block; offset < end;) {
      const auto fragment = fragment_at(bytes, offset);
      if (!fragment) break;
      if (offset > at && can_begin(bytes, offset, expected)) {
        REPRISE_MARK("journal/record_far_behind_damage");
        return true;
      }
      offset += fragment->size;
    }
  }
  return false;
}

/// N of a name PREFIX-N or N.SUFFIX, if it is written as RocksDB writes it.
std::optional<std::uint64_t> number_in(std::string_view name, std::string_view prefix,
                                       std::string_view suffix) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) ||
      name.size() < prefix.size() + suffix.size()) {
    return std::nullopt;
  }
  const auto digits = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || digits != fmt::format("{:06}", number)) return std::nullopt;
  return number;
}

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

}  // namespace

FramingScan scan_framing(std::string_view bytes, Holds holds) {
  FramingScan scan;
  std::string head;     // Of the record that is walked.
  bool inside = false;  // Between a first and a last fragment.
  std::size_t at = 0;
  while (at < bytes.size()) {
    const std::size_t left = block_size - at % block_size;
    if (left < head_size) {
      // Too short for a head: the writer fills it with zeros. Cut short, it is still filling.
      const std::size_t filler = std::min(left, bytes.size() - at);
      if (!all_zero(bytes.substr(at, filler))) break;
      at += filler;
      if (!inside && filler == left) scan.end = at;
      continue;
    }
    const auto fragment = fragment_at(bytes, at);
    const bool begins = fragment && (fragment->type == full || fragment->type == first);
    if (!fragment || begins == inside) break;
    if (begins) head.clear();
    add_head(head, bytes.substr(at + fragment->head, fragment->size - fragment->head));
    at += fragment->size;
    inside = fragment->type == first || fragment->type == middle;
    if (inside) continue;
    const auto numbers = numbers_of(head, holds);
    // No batch; or a write that stood there before, and would be taken in twice.
    if ((holds == Holds::batches && !numbers) ||
        (numbers && scan.numbers && numbers->first < scan.numbers->next)) {
      REPRISE_MARK("journal/write_that_rocksdb_would_assert");
      scan.damaged = true;
      break;
    }
    ++scan.records;
    scan.end = at;
    if (numbers) {
      scan.numbers = {scan.numbers ? scan.numbers->first : numbers->first, numbers->next};
    }
  }
  scan.torn = bytes.size() - scan.end;
  if (at < bytes.size() && !scan.damaged) {
    scan.damaged = fragment_at(bytes, at).has_value() || head_is_damaged(bytes, at) ||
                   record_begins_after(bytes, at, {holds, scan.end, scan.numbers});
  }
  return scan;
}

void for_each_record(std::string_view bytes, std::uint64_t from,
                     const std::function<void(std::string_view)>& sink) {
  std::string record;
  bool inside = false;
  std::size_t search_left = search_max;
  for (std::size_t at = from; at < bytes.size();) {
    const std::size_t left = block_size - at % block_size;
    const auto fragment = left < head_size ? std::nullopt : fragment_at(bytes, at);
    if (!fragment) {
      // A block begins with a fragment, so a search that gets there is as good as a new start. A
      // filler is no damage: a record may go on behind it.
      inside = inside && left < head_size;
      const std::size_t step = left < head_size || search_left == 0 ? left : 1;
      search_left -= std::min(search_left, step);
      at += step;
      continue;
    }
    const bool begins = fragment->type == full || fragment->type == first;
    if (begins) record.clear();
    if (begins || inside) {
      record += bytes.substr(at + fragment->head, fragment->size - fragment->head);
      inside = fragment->type == first || fragment->type == middle;
      if (!inside) sink(record);
    }
    at += fragment->size;
  }
}

std::string manifest_name(std::uint64_t number) { return fmt::format("MANIFEST-{:06}", number); }

Result<std::uint64_t> manifest_named(std::string_view current, const std::string& path) {
  constexpr std::string_view prefix = "MANIFEST-";
  std::uint64_t number = 0;
  if (current.starts_with(prefix)) {
    static_cast<void>(
        std::from_chars(current.data() + prefix.size(), current.data() + current.size(), number));
  }
  if (number == 0 || number > manifest_max || current != manifest_name(number) + "\n") {
    return Error(Code::corrupt, fmt::format("{} is damaged.", path));
  }
  return number;
}

Result<std::uint64_t> current_manifest(Files& files, const std::string& folder) {
  const auto path = folder + "/CURRENT";
  if (!files.exists(path)) return Error(Code::missing_data, fmt::format("{} is missing.", path));
  auto text = files.read_file(path);
  if (!text) return std::move(text).error();
  return manifest_named(*text, path);
}

bool is_own_name(std::string_view name, std::uint64_t manifest) {
  if (name == "CURRENT" || name == "IDENTITY" || name == "LOCK") return true;
  for (const auto& [prefix, suffix] :
       {std::pair("", ".log"), std::pair("", ".sst"), std::pair("", ".dbtmp"),
        std::pair("MANIFEST-", ""), std::pair("OPTIONS-", ""), std::pair("OPTIONS-", ".dbtmp")}) {
    const auto number = number_in(name, prefix, suffix);
    if (number) return *number > 0 && *number <= manifest + numbers_ahead;
  }
  return false;
}

Result<std::vector<std::string>> own_files(Files& files, const std::string& folder) {
  const auto manifest = current_manifest(files, folder);
  if (!manifest) return manifest.error();
  auto names = files.list_folder(folder);
  if (!names) return names;
  std::erase_if(*names, [&](const std::string& name) {
    return name == "LOCK" || !is_own_name(name, *manifest);
  });
  return names;
}

std::vector<std::string> write_ahead_among(std::vector<std::string> names, std::uint64_t manifest) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  for (auto& name : names) {
    const auto number = number_in(name, "", ".log");
    if (number && is_own_name(name, manifest)) found.emplace_back(*number, std::move(name));
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> sorted;
  for (auto& [number, name] : found) sorted.push_back(std::move(name));
  return sorted;
}

Result<std::vector<std::string>> write_ahead_files(Files& files, const std::string& folder,
                                                   std::uint64_t manifest) {
  auto names = files.list_folder(folder);
  if (!names) return names;
  return write_ahead_among(std::move(*names), manifest);
}

Result<bool> write_ahead_is_empty(Files& files, const std::string& folder, std::uint64_t manifest) {
  auto names = write_ahead_files(files, folder, manifest);
  if (!names) return std::move(names).error();
  for (const auto& name : *names) {
    auto size = files.size_of(folder + "/" + name);
    if (!size) return std::move(size).error();
    if (*size > 0) return false;
  }
  return true;
}

}  // namespace reprise::journal
