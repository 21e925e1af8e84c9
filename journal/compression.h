// Bytes made smaller and back: the one compression of the stored format, zstd.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <reprise/result.h>

namespace reprise::journal {

/// More than this is never expanded, whatever stored bytes claim.
inline constexpr std::uint64_t expanded_size_max = std::uint64_t{1} << 30;

/// Keeps zstd's working memory between uses, once there was one. One thread at a time.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  /// Replaces `out` by `plain` compressed; false, and `out` unspecified, if that does not save at
  /// least an eighth.
  bool compress(std::string_view plain, std::string& out);

  /// The plain bytes, `size` of them. Errors: corrupt (not one whole zstd frame of that size, or
  /// above expanded_size_max). Nothing is allocated before the frame was asked.
  Result<std::string> expand(std::string_view packed, std::uint64_t size);

  /// Whether expand() would do it, in memory that does not grow with `size`. Errors: those of
  /// expand(), and corrupt for a frame that needs more memory than any of compress() does.
  Result<void> check(std::string_view packed, std::uint64_t size);

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace reprise::journal
