// Text for people: times, sizes, payloads and aligned tables, safe to show on a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/ids.h>
#include <reprise/payload.h>

namespace reprise::cli {

/// "2026-11-21 06:46:47.123", UTC; "" for 0.
std::string time_text(Nanos time);
/// "2026-11-21T06:46:47.123456789Z".
std::string time_exact(Nanos time);
/// "+1.204s", "+3d 4h": how long after. Never negative.
std::string delta_text(Nanos delta);
/// How long after `earlier` it was; never negative, whatever the two are.
Nanos apart(Nanos earlier, Nanos later);
/// "312 B", "1.2 KiB".
std::string size_text(std::uint64_t bytes);

/// One line of at most `width` columns: control characters and malformed UTF-8 escaped, so that
/// stored bytes can't steer a terminal; "…" where it was cut.
std::string shown(std::string_view text, std::size_t width);
/// A payload as one such line; bytes that are no text are counted, and so is a payload of which
/// `size` bytes are known to be there, but not told.
std::string shown(const Payload& payload, std::uint64_t size, std::size_t width);

/// Columns that ids and names are cut to.
inline constexpr std::size_t id_width = 48;
inline constexpr std::size_t name_width = 32;

/// "" for 0: a column in which none has a number is left out.
std::string number(std::uint64_t value);

/// "1 event", "2 events".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

/// Columns as wide as their widest cell.
class Table {
 public:
  enum class Align { left, right };
  /// A cell, and the color it has on a terminal ("" for none).
  struct Cell {
    Cell(std::string given = {}, std::string_view shade = {})  // NOLINT
        : text(std::move(given)), color(shade) {}
    std::string text;
    std::string_view color;
  };

  explicit Table(std::vector<std::pair<std::string, Align>> heads);
  void add(std::vector<Cell> row);
  /// Leaves out columns that have no cell with text.
  void print(std::ostream& out, bool color) const;

 private:
  std::vector<std::pair<std::string, Align>> heads_;
  std::vector<std::vector<Cell>> rows_;
};

/// Terminal colors.
namespace color {
inline constexpr std::string_view red = "31";
inline constexpr std::string_view green = "32";
inline constexpr std::string_view yellow = "33";
inline constexpr std::string_view cyan = "36";
inline constexpr std::string_view dim = "2";
inline constexpr std::string_view bold = "1";
}  // namespace color

std::string colored(std::string_view text, std::string_view shade, bool color);

}  // namespace reprise::cli
