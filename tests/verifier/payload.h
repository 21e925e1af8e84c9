// Payloads and the blobs they name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "tests/verifier/event.h"
#include "tests/verifier/finding.h"
#include "tests/verifier/source.h"

namespace reprise::verifier {

/// The blobs of a store or file, by run and seq of the event that brought them.
class Blobs {
 public:
  struct Blob {
    Hash seal;
    std::string bytes;
    bool named = false;
  };

  /// Reports a key or a value that is no blob's.
  void take(std::string_view key, std::string_view value, Findings& findings);

  /// The blob, marked as named; null when there is none.
  const Blob* find(std::uint64_t run, std::uint64_t seq);

  /// Reports what no event names. `held` says whether a run is there.
  void check_named(Findings& findings) const;

 private:
  std::map<std::pair<std::uint64_t, std::uint64_t>, Blob> blobs_;
};

/// Reports what is wrong with the payload of `run`. Returns its plain bytes; nothing when wrong.
std::optional<std::string> check_payload(const Payload& payload, std::uint64_t run, Blobs& blobs,
                                         Place place, Findings& findings);

}  // namespace reprise::verifier
