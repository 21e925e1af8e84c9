// The two slots of the anchor, and what they claim.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "tests/verifier/contents.h"
#include "tests/verifier/finding.h"
#include "tests/verifier/shard.h"
#include "tests/verifier/source.h"

namespace reprise::verifier {

/// Reports slots that are malformed, and claims that the store does not keep.
void check_anchor(std::string_view bytes, const std::optional<Source::Manifest>& manifest,
                  const Contents& contents, const std::map<std::uint16_t, ShardWalk>& walks,
                  Findings& findings);

}  // namespace reprise::verifier
