#include "tools/cli/source.h"

#include <utility>

namespace reprise::cli {

Result<Source> open_source(const std::string& path) {
  auto store = journal::open_rocks_store({.path = path, .read_only = true});
  if (!store) return std::move(store).error();
  Source source;
  source.store = std::move(*store);
  source.reader = std::make_unique<runtime::Reader>(*source.store);
  return source;
}

}  // namespace reprise::cli
