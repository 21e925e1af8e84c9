// CRC-32C (Castagnoli), the checksum in RocksDB's own files. Ours are XXH3.
#pragma once

#include <cstdint>
#include <string_view>

namespace reprise::journal {

/// The checksum of the bytes that gave `crc`, followed by `bytes`. Start from 0.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, std::string_view bytes) noexcept;

/// As RocksDB stores it: rotated and shifted, so that a checksum of checksums stays useful.
[[nodiscard]] constexpr std::uint32_t masked_crc(std::uint32_t crc) noexcept {
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

}  // namespace reprise::journal
