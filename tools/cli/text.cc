#include "tools/cli/text.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace reprise::cli {
namespace {

constexpr Nanos second = 1'000'000'000;

std::tm calendar(Nanos time) {
  // Rounded down, also before 1970.
  const Nanos seconds = time / second - (time % second < 0 ? 1 : 0);
  const auto moment = static_cast<std::time_t>(seconds);
  std::tm parts = {};
  ::gmtime_r(&moment, &parts);
  return parts;
}

Nanos fraction(Nanos time) { return ((time % second) + second) % second; }

/// C1 controls, and what turns the direction of text or hides it.
bool steers(std::uint32_t value) {
  constexpr std::pair<std::uint32_t, std::uint32_t> ranges[] = {
      {0x80, 0x9F},     {0xAD, 0xAD},     {0x61C, 0x61C},   {0x180E, 0x180E}, {0x200B, 0x200F},
      {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}};
  return std::any_of(std::begin(ranges), std::end(ranges), [&](const auto& range) {
    return value >= range.first && value <= range.second;
  });
}

/// Bytes of the code point at the start of `text`; 0 if it is malformed.
std::size_t code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  std::uint32_t value = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return 0;
    value = (value << 6) | (next & 0x3F);
  }
  constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  if (value < least[size] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return 0;
  return steers(value) ? 0 : size;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string time_text(Nanos time) {
  if (time == 0) return {};
  const auto parts = calendar(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     fraction(time) / 1'000'000);
}

std::string time_exact(Nanos time) {
  const auto parts = calendar(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     fraction(time));
}

std::string delta_text(Nanos delta) {
  delta = std::max<Nanos>(delta, 0);
  const Nanos seconds = delta / second;
  if (delta < 1'000'000) return fmt::format("+{}us", delta / 1000);
  if (seconds < 1) return fmt::format("+{}ms", delta / 1'000'000);
  if (seconds < 60) return fmt::format("+{}.{:03}s", seconds, delta % second / 1'000'000);
  if (seconds < 3600) return fmt::format("+{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("+{}h {}m", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("+{}d {}h", seconds / 86400, seconds % 86400 / 3600);
}

Nanos apart(Nanos earlier, Nanos later) {
  if (later <= earlier) return 0;
  Nanos gap = 0;
  const bool over = __builtin_sub_overflow(later, earlier, &gap);
  return over ? std::numeric_limits<Nanos>::max() : gap;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 5> units = {"KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

std::string shown(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text[0]);
    const auto size = code_point(text);
    std::string next;
    if (size == 0 || byte < 0x20 || byte == 0x7F) {
      next = byte == '\n' ? "\\n" : byte == '\t' ? "\\t" : fmt::format("\\x{:02x}", byte);
    } else {
      next = text.substr(0, size);
    }
    const std::size_t wide = size > 1 ? 1 : next.size();
    const std::size_t taken = std::max<std::size_t>(size, 1);
    // Cut one column early, unless nothing follows.
    if (used + wide > width || (used + wide == width && text.size() > taken)) return out + "…";
    out += next;
    used += wide;
    text.remove_prefix(taken);
  }
  return out;
}

std::string shown(const Payload& payload, std::uint64_t size, std::size_t width) {
  switch (payload.encoding) {
    case Encoding::none: return {};
    case Encoding::json:
      return payload.bytes.size() == size ? shown(payload.bytes, width)
                                          : fmt::format("<{} of JSON>", size_text(size));
    case Encoding::raw: return fmt::format("<{} of raw bytes>", size_text(size));
    case Encoding::flatbuffer: return fmt::format("<FlatBuffer of {}>", size_text(size));
    case Encoding::custom: return fmt::format("<{} of own encoding>", size_text(size));
    case Encoding::list: return fmt::format("<arguments of {}>", size_text(size));
  }
  return fmt::format("<{} of unknown encoding>", size_text(size));
}

std::string number(std::uint64_t value) { return value == 0 ? "" : std::to_string(value); }

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string colored(std::string_view text, std::string_view shade, bool color) {
  if (!color || shade.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", shade, text);
}

Table::Table(std::vector<std::pair<std::string, Align>> heads) : heads_(std::move(heads)) {}

void Table::add(std::vector<Cell> row) {
  row.resize(heads_.size());
  rows_.push_back(std::move(row));
}

void Table::print(std::ostream& out, bool color) const {
  std::vector<std::size_t> widths(heads_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], columns(row[i].text));
    }
  }
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    if (widths[i] != 0) widths[i] = std::max(widths[i], columns(heads_[i].first));
  }
  const auto line = [&](const auto& cell_of) {
    std::string text;
    std::size_t owed = 0;  // Spaces before the next cell; none at a line's end.
    for (std::size_t i = 0; i < heads_.size(); ++i) {
      if (widths[i] == 0) continue;
      const Cell& cell = cell_of(i);
      const std::size_t pad = widths[i] - columns(cell.text);
      const bool right = heads_[i].second == Align::right;
      if (!cell.text.empty()) {
        text += std::string(owed + (right ? pad : 0), ' ') + colored(cell.text, cell.color, color);
        owed = (right ? 0 : pad) + 2;
      } else {
        owed += pad + 2;
      }
    }
    out << text << '\n';
  };
  std::vector<Cell> heads;
  for (const auto& [head, align] : heads_) heads.emplace_back(head, color::bold);
  line([&](std::size_t i) -> const Cell& { return heads[i]; });
  for (const auto& row : rows_) {
    line([&](std::size_t i) -> const Cell& { return row[i]; });
  }
}

}  // namespace reprise::cli
