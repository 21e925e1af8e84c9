// A store's folder as a source, without changing a byte of it.
#pragma once

#include <memory>
#include <string>

#include "tests/verifier/source.h"

namespace reprise::verifier {

/// Opens a copy of the database: data files are linked, all else is copied, into a folder of its
/// own under `scratch` that goes with the source. A torn tail of the write-ahead file is dropped
/// there. Returns null and says why in `wrong`.
[[nodiscard]] std::unique_ptr<Source> open_rocks(const std::string& path,
                                                 const std::string& scratch, std::string& wrong);

}  // namespace reprise::verifier
