// What the verifier reads: the families of a store as ordered pairs, whoever holds them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::verifier {

enum class Family : std::uint8_t { standard, meta, rows, chunks, index, blobs, journal };
inline constexpr std::array<std::string_view, 7> family_names = {
    "default", "meta", "rows", "chunks", "index", "blobs", "journal"};

/// How much is checked. `bytes`: what a store itself writes (keys, seals, records, sums, anchor),
/// whatever its user's events and rows are.
enum class Depth : std::uint8_t { bytes, meaning };

/// A store at rest: nothing may write to it while it is read.
class Source {
 public:
  using Sink = std::function<void(std::string_view key, std::string_view value)>;

  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// Gives every pair of the family in the order of the keys. The views are valid during the call.
  /// Returns what went wrong, or "".
  [[nodiscard]] virtual std::string scan(Family family, const Sink& sink) const = 0;

  /// The anchor's bytes; nothing when there is none to check.
  [[nodiscard]] virtual std::optional<std::string> anchor() const { return {}; }

  /// Number and bytes of the MANIFEST; nothing when there is none to check.
  struct Manifest {
    std::uint64_t number = 0;
    std::string bytes;
  };
  [[nodiscard]] virtual std::optional<Manifest> manifest() const { return {}; }

  /// Of a store that frames nothing (one in memory): it has no header, trim points and sums, and
  /// each value of its journal is one record whose checksum and `previous` mean nothing.
  struct Bare {
    std::vector<std::uint64_t> first;  ///< Per shard: where its journal begins.
  };
  [[nodiscard]] virtual std::optional<Bare> bare() const { return {}; }
};

/// A whole store in memory, to be looked at and changed.
struct Image final : Source {
  std::array<std::map<std::string, std::string>, family_names.size()> families;
  std::optional<std::string> anchor_bytes;

  [[nodiscard]] std::map<std::string, std::string>& at(Family family) {
    return families[static_cast<std::size_t>(family)];
  }
  [[nodiscard]] std::string scan(Family family, const Sink& sink) const override {
    for (const auto& [key, value] : families[static_cast<std::size_t>(family)]) sink(key, value);
    return {};
  }
  [[nodiscard]] std::optional<std::string> anchor() const override { return anchor_bytes; }
};

}  // namespace reprise::verifier
