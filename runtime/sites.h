// Source lines seen last, with the ids their texts and names were given: a line is interned again
// and again by the same code, and mostly with the same name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <reprise/detail/command.h>

namespace reprise::runtime {

/// Interned ids of a source line and of the name that was given there.
struct Called {
  std::uint32_t name = 0;
  std::uint32_t site = 0;
};

/// Of one shard; its thread only.
class Sites {
 public:
  struct Known {
    detail::Site site;
    Called ids;  ///< `site` 0: nothing is known here yet.
  };

  /// Where `site` is kept. What is there may be another line: is() tells.
  [[nodiscard]] Known& place_of(const detail::Site& site) noexcept {
    return known_[(reinterpret_cast<std::uintptr_t>(site.file) / 8 + site.line) % known_.size()];
  }
  [[nodiscard]] static bool is(const Known& known, const detail::Site& site) noexcept {
    return known.ids.site != 0 && known.site.file == site.file && known.site.line == site.line;
  }

 private:
  std::array<Known, 256> known_{};
};

}  // namespace reprise::runtime
