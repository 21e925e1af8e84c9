// A value as it is journaled: bytes and the encoding that reads them.
#pragma once

#include <cstdint>
#include <string>

namespace reprise {

/// How the bytes of a payload are to be read. Numbers are on disk: never renumbered.
enum class Encoding : std::uint8_t {
  none = 0,        ///< No value (void).
  json = 1,        ///< UTF-8 JSON text, one value.
  raw = 2,         ///< Bytes as the user gave them.
  flatbuffer = 3,  ///< A finished FlatBuffer.
  custom = 4,      ///< A user's own Codec<T>.
  list = 5,        ///< Arguments not all JSON; per argument u8 encoding, u32 LE size, bytes.
};

/// An encoded value. `bytes` is owned; std::string keeps small results without an allocation.
struct Payload {
  Encoding encoding = Encoding::none;
  std::string bytes;

  bool operator==(const Payload&) const = default;
};

/// Why an operation or a workflow did not succeed, as journaled. Replay throws from this, so a
/// failure is the same each time; nothing of the run time (addresses, stack text) belongs in it.
struct Failure {
  std::uint16_t code = 0;  ///< A reprise::Code.
  std::string type;        ///< Name the thrower gave it; "" if none. Non-retryable by name.
  std::string message;     ///< One line; at most 4 KiB are kept.
  bool retryable = true;

  bool operator==(const Failure&) const = default;
};

}  // namespace reprise
