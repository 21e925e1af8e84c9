#include "tests/rot/damage.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace reprise::rot {
namespace {

using Kind = Edit::Kind;

struct Spelling {
  Kind kind;
  std::string_view name;
  std::size_t numbers;
};
constexpr Spelling spellings[] = {
    {Kind::flip, "flip", 2},         {Kind::zero, "zero", 2},
    {Kind::swap, "swap", 3},         {Kind::stale, "stale", 3},
    {Kind::alien, "alien", 3},       {Kind::cut, "cut", 1},
    {Kind::missing, "missing", 0},   {Kind::older, "older", 1},
    {Kind::replaced, "replaced", 1}, {Kind::added, "added", 1},
    {Kind::database, "database", 1}, {Kind::whole_folder, "whole", 1},
};

const Spelling& spelling_of(Kind kind) {
  return *std::find_if(std::begin(spellings), std::end(spellings),
                       [&](const Spelling& spelling) { return spelling.kind == kind; });
}

constexpr std::uint64_t page_sizes[] = {512, 4096};

std::vector<std::string> names_of(const Tree& tree) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : tree) names.push_back(name);
  return names;
}

/// Bytes of the file numbered so among those of the sample; behind the last of them, rubbish.
std::string other_bytes(const Sample& sample, std::uint64_t number) {
  const auto names = names_of(sample.tree);
  if (number < names.size()) return sample.tree.at(names[number]);
  const auto kind = number - names.size();
  if (kind == 0) return "";
  if (kind == 1) return std::string(100, '\0');
  runtime::SeededRandom random(number);
  std::string rubbish(5'000, '\0');
  for (char& byte : rubbish) byte = static_cast<char>(random.below(256));
  return rubbish;
}

void put_page(std::string& bytes, std::uint64_t offset, std::uint64_t size, std::string_view with) {
  if (offset >= bytes.size()) return;
  const std::size_t room = std::min<std::size_t>(size, bytes.size() - offset);
  std::string page(with.substr(0, room));
  page.resize(room, '\0');
  bytes.replace(offset, room, page);
}

std::string page_at(const std::string& bytes, std::uint64_t offset, std::uint64_t size) {
  return offset < bytes.size() ? bytes.substr(offset, size) : std::string();
}

void apply_to_file(const Sample& sample, const Edit& edit, Tree& tree) {
  const auto found = tree.find(edit.file);
  if (found == tree.end()) return;
  std::string& bytes = found->second;
  const auto& [a, b, c] = edit.numbers;
  const auto then = [&](std::uint64_t moment) {
    const Tree& was = sample.older.at(moment).tree;
    const auto at = was.find(edit.file);
    return at == was.end() ? bytes : at->second;
  };
  switch (edit.kind) {
    case Kind::flip:
      if (a < bytes.size()) bytes[a] = static_cast<char>(bytes[a] ^ (1 << (b % 8)));
      break;
    case Kind::zero: put_page(bytes, a, b, ""); break;
    case Kind::swap: {
      const auto one = page_at(bytes, a, c);
      const auto other = page_at(bytes, b, c);
      put_page(bytes, a, c, other);
      put_page(bytes, b, c, one);
      break;
    }
    case Kind::stale: put_page(bytes, a, b, page_at(then(c), a, b)); break;
    case Kind::alien: put_page(bytes, a, b, page_at(other_bytes(sample, c), a, b)); break;
    case Kind::cut: bytes.resize(std::min<std::size_t>(bytes.size(), a)); break;
    case Kind::older: bytes = then(a); break;
    case Kind::replaced: bytes = other_bytes(sample, a); break;
    default: tree.erase(found); break;  // missing
  }
}

/// The pages of one file: zeroed, stale, of other files, swapped; and the file cut off at each of
/// the smallest.
bool each_page(const Sample& sample, const std::string& file, std::uint64_t page,
               const EachEdit& each) {
  const std::uint64_t size = sample.tree.at(file).size();
  const auto names = names_of(sample.tree);
  for (std::uint64_t at = 0; at < size; at += page) {
    if (!each({Kind::zero, file, {at, page}})) return false;
    if (page == page_sizes[0] && !each({Kind::cut, file, {at}})) return false;
    for (std::uint64_t moment = 0; moment < sample.older.size(); ++moment) {
      if (!each({Kind::stale, file, {at, page, moment}})) return false;
    }
    if (!each({Kind::alien, file, {at, page, (at / page * 7 + size) % names.size()}})) return false;
    if (at + page < size && !each({Kind::swap, file, {at, at + page, page}})) return false;
    const std::uint64_t across = (at + size / 2) / page * page;
    if (across == at + page) continue;  // That was it.
    if (across + page < size && !each({Kind::swap, file, {at, across, page}})) return false;
  }
  return true;
}

}  // namespace

std::string to_text(const Edit& edit) {
  const Spelling& spelling = spelling_of(edit.kind);
  std::string text = fmt::format("{}:{}", spelling.name, edit.file);
  for (std::size_t i = 0; i < spelling.numbers; ++i) text += fmt::format(":{}", edit.numbers.at(i));
  return text;
}

std::optional<Edit> edit_from(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(':', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const auto spelling = std::find_if(std::begin(spellings), std::end(spellings),
                                     [&](const Spelling& each) { return each.name == parts[0]; });
  if (spelling == std::end(spellings) || parts.size() != 2 + spelling->numbers) return std::nullopt;
  Edit edit{spelling->kind, std::string(parts[1]), {}};
  for (std::size_t i = 0; i < spelling->numbers; ++i) {
    const auto digits = parts[2 + i];
    const auto end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, edit.numbers.at(i));
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  }
  return edit;
}

bool apply(const Sample& sample, const Edit& edit, Tree& tree) {
  const Tree before = tree;
  switch (edit.kind) {
    case Kind::added: tree[edit.file] = other_bytes(sample, edit.numbers[0]); break;
    case Kind::whole_folder: tree = sample.older.at(edit.numbers[0]).tree; break;
    case Kind::database:
      tree = sample.older.at(edit.numbers[0]).tree;
      tree["anchor"] = before.at("anchor");
      break;
    default: apply_to_file(sample, edit, tree); break;
  }
  return tree != before;
}

Files kind_of(std::string_view name) {
  if (name == "anchor" || name == "db/CURRENT" || name.starts_with("db/MANIFEST-")) {
    return Files::small;
  }
  return name.ends_with(".log") || name.ends_with(".sst") ? Files::large : Files::unread;
}

std::vector<std::string> files_of(const Tree& tree, Files which) {
  std::vector<std::string> files;
  for (const auto& [name, bytes] : tree) {
    if (kind_of(name) == which) files.push_back(name);
  }
  return files;
}

bool each_flip(const Sample& sample, Files which, unsigned round, std::size_t stride,
               std::uint64_t drawn, const EachEdit& each) {
  for (const auto& file : files_of(sample.tree, which)) {
    const std::size_t size = sample.tree.at(file).size();
    for (std::size_t at = drawn % stride; at < size; at += stride) {
      // The bit of a byte is drawn too, or one round would flip the same one everywhere.
      const std::uint64_t bit = (drawn + at * 0x9E3779B97F4A7C15ULL / 8 + round) % 8;
      if (!each({Kind::flip, file, {at, bit}})) return false;
    }
  }
  return true;
}

bool each_other(const Sample& sample, const EachEdit& each) {
  const auto names = names_of(sample.tree);
  for (std::uint64_t moment = 0; moment < sample.older.size(); ++moment) {
    if (!each({Kind::database, "-", {moment}})) return false;
    if (!each({Kind::whole_folder, "-", {moment}})) return false;
  }
  for (std::uint64_t number = 0; number < names.size() + 3; ++number) {
    // Numbers above and below those in use, names that RocksDB reads, and names that nobody knows.
    for (const char* name : {"db/000001.log", "db/999999.log", "db/999999.sst",
                             "db/MANIFEST-999999", "db/000000.dbtmp", "db/notes", "anchor.new",
                             "db.new/CURRENT", "aside-1/CURRENT", "notes"}) {
      if (!each({Kind::added, name, {number}})) return false;
    }
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& file = names[i];
    if (!each({Kind::missing, file, {}})) return false;
    const std::uint64_t size = sample.tree.at(file).size();
    if (size > 0 && !each({Kind::cut, file, {size - 1}})) return false;
    for (std::uint64_t moment = 0; moment < sample.older.size(); ++moment) {
      if (!each({Kind::older, file, {moment}})) return false;
    }
    if (kind_of(file) == Files::unread) continue;
    for (std::uint64_t number = 0; number < names.size() + 3; ++number) {
      if (number != i && !each({Kind::replaced, file, {number}})) return false;
    }
  }
  for (const std::uint64_t page : page_sizes) {
    for (const auto& file : names) {
      if (kind_of(file) == Files::unread) continue;
      if (!each_page(sample, file, page, each)) return false;
    }
  }
  return true;
}

}  // namespace reprise::rot
