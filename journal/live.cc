#include "journal/live.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <reprise/detail/mark.h>

#include "journal/manifest.h"
#include "journal/walk.h"

#include <fmt/format.h>
#include <rocksdb/env.h>

namespace reprise::journal {
namespace {

/// Looks at a store that changes under each of them, about five seconds of waiting.
constexpr int looks_max = 80;
/// Looks that must find the same before it is told as damage. A fragment that is being written
/// looks damaged about once in a hundred thousand times.
constexpr int damaged_looks = 3;
constexpr int pause_max = 64'000;  ///< Microseconds.

/// CURRENT, the MANIFEST it names and the write-ahead files, each as it was when it was read.
/// Errors: missing_data, corrupt, io_error.
Result<std::shared_ptr<const Contents>> read_folder(Files& files, const std::string& folder) {
  auto number = current_manifest(files, folder);
  if (!number) return std::move(number).error();
  auto contents = std::make_shared<Contents>();
  const auto manifest = manifest_name(*number);
  (*contents)["CURRENT"] = manifest + "\n";
  // The MANIFEST before the list: what was written behind a list that is older than it, in files
  // that are not on it, would be missing from some families and not from those that were flushed.
  auto first = files.read_file(folder + "/" + manifest);
  if (!first) return std::move(first).error();
  (*contents)[manifest] = std::move(*first);
  auto names = write_ahead_files(files, folder, *number);
  if (!names) return std::move(names).error();
  for (auto& name : *names) {
    auto bytes = files.read_file(folder + "/" + name);
    if (bytes) {
      (*contents)[std::move(name)] = std::move(*bytes);
    } else if (files.exists(folder + "/" + name)) {
      return std::move(bytes).error();
    }
    // Removed since they were listed: not needed, or the MANIFEST tells.
  }
  return std::shared_ptr<const Contents>(std::move(contents));
}

/// Reads everything again where anything has changed.
class Looker {
 public:
  Looker(const Layout& layout, const OpenOptions& options) : layout_(layout), options_(options) {}

  Result<LiveView> look();
  /// Whether files that the last look needed may have gone since it began.
  [[nodiscard]] bool changed() const {
    if (manifest_.empty()) return false;  // It came to none.
    Files& files = *layout_.files;
    const auto number = current_manifest(files, layout_.database());
    if (!number || manifest_name(*number) != manifest_) return true;
    const auto size = files.size_of(layout_.database() + "/" + manifest_);
    return !size || *size != manifest_size_;
  }

 private:
  Result<AnchorFile> read_anchor() const;

  const Layout& layout_;
  const OpenOptions& options_;
  std::string manifest_;
  std::uint64_t manifest_size_ = 0;
};

Result<AnchorFile> Looker::read_anchor() const {
  Files& files = *layout_.files;
  const bool database = files.exists(layout_.database());
  if (!database && !files.exists(layout_.anchor())) {
    return Error(Code::store_unusable, fmt::format("{}: there is no store.", layout_.root));
  }
  auto anchor = AnchorFile::read(files, layout_.anchor());
  if (anchor && anchor->newest().creating && !database) {
    return Error(Code::store_unusable,
                 fmt::format("{}: its creation is under way, or was interrupted.", layout_.root));
  }
  if (anchor.code() == Code::not_found || anchor.code() == Code::corrupt) {
    return Error(Code::corrupt, fmt::format("{} Without it a loss would go unnoticed: restore it "
                                            "from a backup.",
                                            anchor.error().message()));
  }
  if (anchor && !database) {
    return Error(
        Code::missing_data,
        fmt::format("{} is missing; the anchor says the store held records.", layout_.database()));
  }
  return anchor;
}

Result<LiveView> Looker::look() {
  Files& files = *layout_.files;
  const auto folder = layout_.database();
  manifest_.clear();
  auto holder = files.lock_holder(layout_.lock());
  if (!holder) return std::move(holder).error();
  LiveView view;
  view.holder = std::move(*holder);
  auto anchored = read_anchor();
  if (!anchored) return std::move(anchored).error();
  std::optional<Anchor> anchor = anchored->newest();
  // It is so until the first write, and from the last one on.
  if (!view.holder.empty()) anchor->clean = false;
  view.slot_damaged = view.holder.empty() && anchored->slot_damaged();
  auto contents = read_folder(files, folder);
  if (!contents) return std::move(contents).error();
  auto current = (*contents)->at("CURRENT");
  current.pop_back();
  manifest_size_ = (*contents)->at(current).size();
  manifest_ = std::move(current);
  if (changed()) return Error(Code::store_locked, "Its MANIFEST has changed.");
  auto walk = walk_contents(**contents, folder, anchor);
  if (!walk) return std::move(walk).error();
  view.checked.clean = anchor->clean && anchor->manifest.number == walk->manifest;
  if (auto fit = check_walk(folder, *walk, view.checked.clean, false); !fit) {
    return std::move(fit).error();
  }
  view.checked.shown = kept_sizes(*walk, walk->write_ahead.size());
  auto database = Database::open(files, folder, Access::read_only, view.checked.shown, *contents);
  if (!database) return std::move(database).error();
  auto checked = check_open_database(**database, anchor, options_, view.checked);
  if (!checked) return std::move(checked).error();
  view.checked.database = std::move(*database);
  if (!view.holder.empty()) {
    view.checked.notes.push_back(fmt::format(
        "{} has the store open: this is what stood in it when it was looked at.", view.holder));
  } else if (walk->torn() > 0) {
    view.checked.tail_bytes_dropped = walk->torn();
    view.checked.notes.push_back(
        fmt::format("{} bytes of an append that was cut off are passed over.", walk->torn()));
  }
  return view;
}

}  // namespace

Result<LiveView> open_live(const Layout& layout, const OpenOptions& options) {
  Looker looker(layout, options);
  std::string found;  // What was found last, while nothing had changed, and how often.
  int times = 0;
  std::string holder = "Another process";
  for (int looks = 0; looks < looks_max; ++looks) {
    if (looks > 0) {
      layout.files->env().SleepForMicroseconds(
          std::min(1'000 << std::min(looks - 1, 10), pause_max));
    }
    auto view = looker.look();
    if (view) return view;
    if (view.code() == Code::newer_format) return view;
    const auto now = layout.files->lock_holder(layout.lock());
    if (!now) return now.error();
    if (!now->empty()) holder = *now;
    if (looker.changed()) {
      REPRISE_MARK("journal/changed_under_a_look");
      times = 0;
      continue;
    }
    times = view.error().message() == found ? times + 1 : 1;
    found = view.error().message();
    if (times == damaged_looks) return view;
  }
  return Error(Code::store_locked,
               fmt::format("{} has the store open, and changes it faster than it can be read: {} "
                           "looks came to nothing. Try again, or ask that process for a backup or "
                           "for an export (Engine::backup, Engine::export_journal).",
                           holder, looks_max));
}

}  // namespace reprise::journal
