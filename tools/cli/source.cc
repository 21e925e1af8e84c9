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

void tell_notes(const Source& source, const Console& console) {
  for (const auto& note : source.store->report().notes) console.err << "note: " << note << '\n';
}

}  // namespace reprise::cli
