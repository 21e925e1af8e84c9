#include "tools/cli/source.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

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
  source.path = path;
  std::error_code ignored;
  if (std::filesystem::status(path, ignored).type() == std::filesystem::file_type::not_found) {
    return Error(Code::store_unusable, fmt::format("there is no file or folder {}", path));
  }
  if (std::filesystem::is_regular_file(path, ignored)) {
    auto file = journal::read_journal_file(path);
    if (!file) return std::move(file).error();
    auto store = runtime::load(*file);
    if (!store) return std::move(store).error();
    source.store = std::move(*store);
    source.file = fmt::format("{} of store {:016x}{:016x}, written by {}",
                              file->instances.size() == 1 ? "a history" : "histories",
                              file->store_id[1], file->store_id[0], shown(file->build, 60));
    source.reader = std::make_unique<runtime::Reader>(*source.store, file_payload_max);
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
  if (source.reader == nullptr) source.reader = std::make_unique<runtime::Reader>(*source.store);
  return source;
}

Result<InstanceKey> key_given(const Source& source, const std::optional<std::string>& id,
                              const std::optional<std::string>& space) {
  if (id) return InstanceKey{space.value_or(""), *id};
  ListFilter filter;
  filter.space = space;
  filter.limit = 2;
  std::vector<std::string> damaged;
  auto found = source.reader->list(filter, damaged);
  if (!found) return std::move(found).error();
  if (!damaged.empty()) return Error(Code::corrupt, damaged.front());
  if (found->size() == 1) return found->front().key;
  if (found->empty()) {
    return Error(Code::not_found, fmt::format("{} holds no instance", source.path));
  }
  return Error(Code::invalid_argument,
               fmt::format("{} holds several instances: give the id of one", source.path));
}

Result<InstanceKey> key_given(const Source& source, const Arguments& given) {
  const auto id = given.ids.empty() ? std::nullopt : std::optional(given.ids.front());
  return key_given(source, id, given.space);
}

void tell_notes(const Source& source, const Console& console) {
  for (const auto& note : source.store->report().notes) {
    console.err << "note: " << shown(note, 2000) << '\n';
  }
}

}  // namespace reprise::cli
