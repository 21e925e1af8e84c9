// How a payload's bytes are kept when they are large: compressed, or apart from their event.
//
// Replay carries this along and never looks inside: the runtime packs and unpacks
// (runtime/packing.h). What is small is plain, and this then takes no byte on disk.
#pragma once

#include <cstdint>

#include <reprise/hash.h>
#include <reprise/ids.h>
#include <reprise/options.h>

namespace reprise::replay {

struct Packed {
  Compression compression = Compression::none;
  std::uint64_t size = 0;  ///< Of the plain payload; 0: the payload is plain.
  Seq blob = 0;            ///< Event whose blob holds the bytes, of the same run; 0: they are here.
  Hash128 hash;            ///< Of the blob, so that the history hash covers it.

  explicit operator bool() const noexcept { return size != 0; }
  bool operator==(const Packed&) const = default;
};

}  // namespace reprise::replay
