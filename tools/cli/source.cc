#include "tools/cli/source.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "journal/journal_file.h"
#include "runtime/portable.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {

Result<std::unique_ptr<journal::Store>> open_beside(const std::string& path) {
  return journal::open_rocks_store({.path = path, .read_only = true, .live = true});
}

Result<Source> open_source(const std::string& path) {
  Source source;
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) {
    auto file = journal::read_journal_file(path);
    if (!file) return std::move(file).error();
    auto store = runtime::load(*file);
    if (!store) return std::move(store).error();
    source.store = std::move(*store);
    source.file = fmt::format("{} of store {:016x}{:016x}, written by {}",
                              file->instances.size() == 1 ? "a history" : "histories",
                              file->store_id[1], file->store_id[0], shown(file->build, 60));
  } else {
    auto store = journal::open_rocks_store({.path = path, .read_only = true});
    if (store.code() == Code::store_locked || store.code() == Code::store_unusable) {
      // An engine has it open; or its lock can't be had, as on a medium that is only read.
      auto beside = open_beside(path);
      if (beside || store.code() == Code::store_locked || beside.code() != Code::store_unusable) {
        store = std::move(beside);
      }
    }
    if (!store) return std::move(store).error();
    source.store = std::move(*store);
  }
  source.reader = std::make_unique<runtime::Reader>(*source.store);
  return source;
}

void tell_notes(const Source& source, const Console& console) {
  for (const auto& note : source.store->report().notes) {
    console.err << "note: " << shown(note, 2000) << '\n';
  }
}

}  // namespace reprise::cli
