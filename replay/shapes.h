// Events of a shape that was written before: the same bytes with other numbers in them.
//
// A small event is a few numbers and a short payload. Which of them are there, and how long the
// payload is, decides every other byte of its buffer, so a buffer that FlatBuffers has built once
// is copied, and the numbers are put where it has them. What FlatBuffers would build is what this
// gives, byte for byte.
//
// Invariants:
// - A shape is learned when it is seen a second time, so that what occurs once costs nothing more.
// - As many shapes are kept as there are places; one that another takes is learned again.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "replay/event.h"

namespace reprise::replay {

/// The buffers of one encoder. Used by one thread at a time.
class Shapes {
 public:
  static constexpr std::size_t count = 18;
  /// The numbers of an event as they are on the wire, in the order of `fields` in shapes.cc; 0 is
  /// the default of each.
  using Numbers = std::array<std::uint64_t, count>;

  /// Whether a payload is short enough for its event to be kept here.
  [[nodiscard]] static bool fits(std::string_view payload) noexcept {
    return payload.size() <= payload_max;
  }

  /// Appends the buffer of an event whose shape is known. False, and nothing appended, if it is
  /// not. REQUIRES: fits.
  bool write(const Numbers& numbers, std::string_view payload, std::string& out);

  /// What FlatBuffers built, after write() has answered false for the same event.
  void learn(const Numbers& numbers, std::string_view payload, std::string_view buffer);

 private:
  static constexpr std::size_t payload_max = 64;
  static constexpr std::size_t places = 64;

  struct Shape {
    std::uint32_t key = 0;  ///< Which numbers are there, and above them the payload's size.
    std::string buffer;     ///< Empty until it is learned.
    std::uint16_t payload_at = 0;
    std::array<std::uint16_t, count> at{};  ///< Of the numbers that are there.
  };

  [[nodiscard]] static std::uint32_t key_of(const Numbers& numbers, std::size_t payload) noexcept;
  [[nodiscard]] Shape& place_of(std::uint32_t key) noexcept;

  std::array<Shape, places> shapes_;
};

}  // namespace reprise::replay
