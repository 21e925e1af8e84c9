#include "tools/debug/loaded_run.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "runtime/portable.h"
#include "tools/cli/source.h"

namespace reprise::debug {
Result<LoadedRun> LoadedRun::load(const std::string& path, const std::string& space,
                                  const std::string& id) {
  auto source = cli::open_source(path);
  if (!source) return std::move(source).error();
  const auto one = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  auto key = cli::key_given(*source, one(id), one(space));
  if (!key) return std::move(key).error();
  auto exported = source->reader->exported(*key);
  if (!exported) return std::move(exported).error();
  auto file = runtime::begin_file(*source->store);
  runtime::add(file, std::move(*exported));
  auto store = runtime::load(file);
  if (!store) return std::move(store).error();
  LoadedRun loaded;
  loaded.store_ = std::move(*store);
  loaded.reader_ = std::make_unique<runtime::Reader>(
      *loaded.store_,
      source->file.empty() ? std::numeric_limits<std::uint64_t>::max() : cli::file_payload_max);
  auto recorded = loaded.reader_->recorded(*key);
  if (!recorded) return std::move(recorded).error();
  loaded.notes_ = source->store->report().notes;
  loaded.recorded_ = std::make_unique<runtime::Recorded>(std::move(*recorded));
  return loaded;
}

}  // namespace reprise::debug
