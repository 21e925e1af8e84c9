#include "tools/debug/loaded_run.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "runtime/portable.h"
#include "tools/cli/source.h"

#include <fmt/format.h>

namespace reprise::debug {
namespace {

Result<InstanceKey> key_of(runtime::Reader& reader, const std::string& path,
                           const std::string& space, const std::string& id) {
  if (!id.empty()) return InstanceKey{space, id};
  ListFilter filter;
  filter.limit = 2;
  if (!space.empty()) filter.space = space;
  std::vector<std::string> damaged;
  auto found = reader.list(filter, damaged);
  if (!found) return std::move(found).error();
  if (found->size() == 1) return found->front().key;
  if (found->empty()) return Error(Code::not_found, fmt::format("{} holds no instance", path));
  return Error(Code::invalid_argument, fmt::format("{} holds several instances: say which", path));
}

}  // namespace

Result<LoadedRun> LoadedRun::load(const std::string& path, const std::string& space,
                                  const std::string& id) {
  auto source = cli::open_source(path);
  if (!source) return std::move(source).error();
  auto key = key_of(*source->reader, path, space, id);
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
  loaded.recorded_ = std::make_unique<runtime::Recorded>(std::move(*recorded));
  return loaded;
}

}  // namespace reprise::debug
