#include "tests/faults/sim_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "journal/status.h"
#include "tests/faults/sim_fs.h"

#include <fmt/format.h>

namespace reprise::faults {
namespace {

using journal::from_errno;
using Kind = Op::Kind;

Result<void> result_of(int error, std::string_view what, const std::string& path) {
  if (error != 0) return from_errno(error, what, path);
  return {};
}

class SimFile final : public journal::File {
 public:
  SimFile(Drive& drive, Node node, std::string path)
      : drive_(drive), node_(node), path_(std::move(path)) {}
  ~SimFile() override {
    if (locked_) drive_.unlock(node_);
  }
  SimFile(const SimFile&) = delete;
  SimFile& operator=(const SimFile&) = delete;

  [[nodiscard]] Node node() const noexcept { return node_; }
  bool lock() { return locked_ = drive_.lock(node_); }
  Result<void> write(std::string_view bytes, std::uint64_t offset) {
    return result_of(
        drive_.perform(
            {.kind = Kind::write, .node = node_, .offset = offset, .bytes = std::string(bytes)}),
        "Writing", path_);
  }
  Result<void> write_durably(std::string_view bytes, std::uint64_t offset) override {
    if (auto written = write(bytes, offset); !written) return written;
    return result_of(drive_.perform({.kind = Kind::sync, .node = node_}), "Syncing", path_);
  }

 private:
  Drive& drive_;
  Node node_;
  std::string path_;
  bool locked_ = false;
};

}  // namespace

SimFiles::SimFiles(Drive& drive) : drive_(drive), env_(make_sim_env(drive)) {}
SimFiles::~SimFiles() = default;

Result<bool> SimFiles::has_usable_folder(const std::string& path) {
  const Node node = disk().find(path);
  if (node == 0 || disk().is_folder(node)) return node != 0;
  return Error(Code::store_unusable, fmt::format("{}: it is not a folder.", path));
}

Result<std::vector<std::string>> SimFiles::list_folder(const std::string& path) {
  const Node node = disk().find(path);
  if (node == 0) return from_errno(ENOENT, "Listing", path);
  if (const int error = drive_.before_read(); error != 0) return from_errno(error, "Listing", path);
  std::vector<std::string> names;
  for (const auto& [name, child] : disk().names(node)) names.push_back(name);
  return names;
}

Result<std::string> SimFiles::read_range(const std::string& path, std::uint64_t offset,
                                         std::uint64_t size) {
  const Node node = disk().find(path);
  if (node == 0) return from_errno(ENOENT, "Opening", path);
  if (const int error = drive_.before_read(); error != 0) return from_errno(error, "Reading", path);
  const std::string& bytes = disk().bytes(node);
  return bytes.substr(std::min<std::uint64_t>(offset, bytes.size()), size);
}

Result<std::uint64_t> SimFiles::size_of(const std::string& path) {
  const Node node = disk().find(path);
  if (node == 0) return from_errno(ENOENT, "Reading", path);
  return disk().bytes(node).size();
}

Result<void> SimFiles::make_folder(const std::string& path) {
  return disk().find(path) != 0 ? Result<void>() : make_new_folder(path);
}

Result<void> SimFiles::make_new_folder(const std::string& path) {
  if (disk().find(path) != 0) return from_errno(EEXIST, "Creating", path);
  const auto [folder, name] = disk().place(path);
  if (folder == 0) return from_errno(ENOENT, "Creating", path);
  return result_of(drive_.perform({.kind = Kind::make_folder, .node = folder, .name = name}),
                   "Creating", path);
}

Result<void> SimFiles::remove_folder(const std::string& path) {
  const Node node = disk().find(path);
  if (node == 0) return {};
  if (disk().is_folder(node)) {
    const auto names = disk().names(node);
    for (const auto& [name, child] : names) {
      if (auto removed = remove_folder(path + "/" + name); !removed) return removed;
    }
  }
  const auto [folder, name] = disk().place(path);
  return result_of(drive_.perform({.kind = Kind::unlink, .node = folder, .name = name}), "Removing",
                   path);
}

Result<void> SimFiles::sync_folder(const std::string& path) {
  const Node node = disk().find(path);
  if (node == 0) return from_errno(ENOENT, "Opening", path);
  return result_of(drive_.perform({.kind = Kind::sync_folder, .node = node}), "Syncing", path);
}

Result<std::unique_ptr<journal::File>> SimFiles::open(const std::string& path, Open how) {
  int error = 0;
  if (const Node node = disk().find(path); node != 0) {
    if (how == Open::fresh) error = EEXIST;
    if (how == Open::emptied) error = drive_.perform({.kind = Kind::cut, .node = node});
  } else if (const auto [folder, name] = disk().place(path); folder == 0 || how == Open::existing) {
    error = ENOENT;
  } else {
    error = drive_.perform({.kind = Kind::make_file, .node = folder, .name = name});
  }
  if (error != 0) return from_errno(error, "Opening", path);
  return std::unique_ptr<journal::File>(std::make_unique<SimFile>(drive_, disk().find(path), path));
}

Result<void> SimFiles::sync_file(const std::string& path) {
  const Node node = disk().find(path);
  if (node == 0) return from_errno(ENOENT, "Opening", path);
  return result_of(drive_.perform({.kind = Kind::sync, .node = node}), "Syncing", path);
}

Result<void> SimFiles::link_file(const std::string& from, const std::string& to) {
  const Node file = disk().find(from);
  const auto [folder, name] = disk().place(to);
  if (file == 0 || folder == 0) return from_errno(ENOENT, "Linking", from);
  if (disk().find(to) != 0) return from_errno(EEXIST, "Linking", from);
  return result_of(
      drive_.perform({.kind = Kind::link, .node = folder, .name = name, .other = file}), "Linking",
      from);
}

Result<void> SimFiles::move(Op::Kind kind, const std::string& from, const std::string& to) {
  const auto [folder, name] = disk().place(from);
  const auto [other, other_name] = disk().place(to);
  const Node target = disk().find(to);
  int error = 0;
  if (disk().find(from) == 0 || other == 0 || (kind == Kind::exchange && target == 0)) {
    error = ENOENT;
  } else if (kind == Kind::rename && target != 0 && disk().is_folder(target) &&
             !disk().names(target).empty()) {
    error = ENOTEMPTY;
  } else {
    error = drive_.perform(
        {.kind = kind, .node = folder, .name = name, .other = other, .other_name = other_name});
  }
  return result_of(error, kind == Kind::rename ? "Renaming" : "Exchanging", from);
}

Result<void> SimFiles::exchange(const std::string& one, const std::string& other) {
  return move(Kind::exchange, one, other);
}

Result<void> SimFiles::rename_file(const std::string& from, const std::string& to) {
  return move(Kind::rename, from, to);
}

Result<std::uint64_t> SimFiles::free_space(const std::string&) {
  return drive_.says_full() ? 0 : std::uint64_t{1} << 40;
}

Result<std::unique_ptr<journal::File>> SimFiles::lock_store(const std::string& path) {
  if (disk().find(path) == 0) {
    const auto [folder, name] = disk().place(path);
    const int error = folder == 0
                          ? ENOENT
                          : drive_.perform({.kind = Kind::make_file, .node = folder, .name = name});
    if (error != 0) {
      return Error(Code::store_unusable, from_errno(error, "Opening", path).message());
    }
  }
  auto file = std::make_unique<SimFile>(drive_, disk().find(path), path);
  if (!file->lock()) return Error(Code::store_locked, "The store is open elsewhere.");
  const int cut = drive_.perform({.kind = Kind::cut, .node = file->node()});
  if (cut != 0) return from_errno(cut, "Writing", path);
  if (auto written = file->write("pid 1 host simulated\n", 0); !written) {
    return std::move(written).error();
  }
  return std::unique_ptr<journal::File>(std::move(file));
}

Result<std::string> SimFiles::lock_holder(const std::string& path) {
  return std::string(drive_.locked(disk().find(path)) ? "pid 1 host simulated" : "");
}

}  // namespace reprise::faults
