// Strings (names, source sites) interned per shard: id ↔ text. A fold over string_interned.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace reprise::replay {

/// Ids are dense from 1 in the order interned; 0 is the empty text.
class Names {
 public:
  Names() = default;
  Names(const Names& other);
  Names& operator=(const Names& other);
  Names(Names&&) = default;
  Names& operator=(Names&&) = default;

  /// 0 if `text` is empty or not interned yet.
  [[nodiscard]] std::uint32_t find(std::string_view text) const noexcept;
  /// "" for 0 and for an id not held.
  [[nodiscard]] std::string_view text(std::uint32_t id) const noexcept;
  /// Adds the next id. Returns it.
  std::uint32_t add(std::string_view text);
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(texts_.size());
  }

 private:
  std::deque<std::string> texts_;  // Stable addresses for the views in ids_.
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

}  // namespace reprise::replay
