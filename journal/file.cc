#include "journal/file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "journal/status.h"

#include <fmt/format.h>
#include <rocksdb/env.h>

namespace reprise::journal {
namespace {

/// Owns a file descriptor.
class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  [[nodiscard]] int get() const noexcept { return descriptor_; }

  Result<void> write_all(std::string_view bytes, std::uint64_t offset) const {
    while (!bytes.empty()) {
      const auto count =
          ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return from_errno(count < 0 ? errno : EIO, "Writing", path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  Result<void> write_durably(std::string_view bytes, std::uint64_t offset) override {
    if (auto written = write_all(bytes, offset); !written) return written;
    if (::fdatasync(descriptor_) != 0) return from_errno(errno, "Syncing", path_);
    return {};
  }

 private:
  int descriptor_;
  std::string path_;
};

Result<std::unique_ptr<PosixFile>> open_file(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) return from_errno(errno, "Opening", path);
  return std::make_unique<PosixFile>(descriptor, path);
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

/// The holder's line, without its newline; whatever stands there is only shown.
std::string holder_of(const PosixFile& file) {
  char text[300] = {};
  const auto count = ::pread(file.get(), text, sizeof text - 1, 0);
  std::string holder(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  holder = holder.substr(0, holder.find('\n'));
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return !holder.empty() && std::all_of(holder.begin(), holder.end(), printable)
             ? holder
             : "a process that left no name";
}

class PosixFiles final : public Files {
 public:
  rocksdb::Env& env() override { return *rocksdb::Env::Default(); }

  bool exists(const std::string& path) override {
    struct stat status;
    return ::lstat(path.c_str(), &status) == 0;
  }

  Result<bool> has_usable_folder(const std::string& path) override {
    const auto unusable = [&](std::string_view what) {
      return Error(Code::store_unusable, fmt::format("{}: {}.", path, what));
    };
    struct stat status;
    if (::stat(path.c_str(), &status) != 0) {
      if (errno == ENOENT) return false;
      return unusable("it cannot be read");
    }
    if (!S_ISDIR(status.st_mode)) return unusable("it is not a folder");
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
      return unusable("this process may not read and write it");
    }
    return true;
  }

  Result<std::vector<std::string>> list_folder(const std::string& path) override {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator at(path, error), end; !error && at != end;
         at.increment(error)) {
      names.push_back(at->path().filename().string());
    }
    if (error) return from_errno(error.value(), "Listing", path);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) override {
    auto file = open_file(path, O_RDONLY);
    if (!file) return std::move(file).error();
    std::string bytes(size, '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      const auto count = ::pread((*file)->get(), bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return from_errno(errno, "Reading", path);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    bytes.resize(done);
    return bytes;
  }

  Result<std::uint64_t> size_of(const std::string& path) override {
    struct stat status;
    if (::stat(path.c_str(), &status) != 0) return from_errno(errno, "Reading", path);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<void> make_folder(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
      return from_errno(errno, "Creating", path);
    }
    return {};
  }

  Result<void> make_new_folder(const std::string& path) override {
    if (::mkdir(path.c_str(), 0755) != 0) return from_errno(errno, "Creating", path);
    return {};
  }

  Result<void> remove_folder(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return from_errno(error.value(), "Removing", path);
    return {};
  }

  Result<void> sync_folder(const std::string& path) override {
    auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
    if (!folder) return std::move(folder).error();
    if (::fsync((*folder)->get()) != 0) return from_errno(errno, "Syncing", path);
    return {};
  }

  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
    int flags = O_RDWR;
    if (how == Open::emptied) flags |= O_CREAT | O_TRUNC;
    if (how == Open::fresh) flags |= O_CREAT | O_EXCL;
    auto file = open_file(path, flags);
    if (!file) return std::move(file).error();
    return std::unique_ptr<File>(std::move(*file));
  }

  Result<void> sync_file(const std::string& path) override {
    auto file = open_file(path, O_RDONLY);
    if (!file) return std::move(file).error();
    if (::fdatasync((*file)->get()) != 0) return from_errno(errno, "Syncing", path);
    return {};
  }

  Result<void> link_file(const std::string& from, const std::string& to) override {
    if (::link(from.c_str(), to.c_str()) != 0) return from_errno(errno, "Linking", from);
    return {};
  }

  Result<void> exchange(const std::string& one, const std::string& other) override {
    if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0) {
      return from_errno(errno, "Exchanging", one);
    }
    return {};
  }

  Result<void> rename_file(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return from_errno(errno, "Renaming", from);
    return {};
  }

  Result<std::uint64_t> free_space(const std::string& path) override {
    struct statvfs status;
    if (::statvfs(path.c_str(), &status) != 0) return from_errno(errno, "Reading", path);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
  }

  Result<std::unique_ptr<File>> lock_store(const std::string& path) override {
    auto file = open_file(path, O_RDWR | O_CREAT);
    if (!file) return Error(Code::store_unusable, file.error().message());
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl((*file)->get(), F_OFD_SETLK, &lock) != 0) {
      if (errno != EAGAIN && errno != EACCES) return from_errno(errno, "Locking", path);
      return Error(Code::store_locked, fmt::format("The store is open elsewhere: {} holds {}.",
                                                   holder_of(**file), path));
    }
    // The lock is held: its text is for people, and a full disk that has no room for it can still
    // be read.
    const auto holder = fmt::format("pid {} host {}\n", ::getpid(), host_name());
    if (::ftruncate((*file)->get(), 0) == 0) static_cast<void>((*file)->write_all(holder, 0));
    return std::unique_ptr<File>(std::move(*file));
  }

  Result<std::string> lock_holder(const std::string& path) override {
    if (!exists(path)) return std::string();
    auto file = open_file(path, O_RDONLY);
    if (!file) return std::move(file).error();
    struct flock lock = {};
    lock.l_type = F_RDLCK;  // What such a lock would wait for is one for writing.
    lock.l_whence = SEEK_SET;
    if (::fcntl((*file)->get(), F_OFD_GETLK, &lock) != 0) return from_errno(errno, "Reading", path);
    return lock.l_type == F_UNLCK ? std::string() : holder_of(**file);
  }
};

}  // namespace

Result<void> Files::probe(const std::string& folder) {
  const auto one = folder + "/one";
  const auto other = folder + "/other";
  Result<void> result = make_folder(folder);
  if (result) result = make_folder(one);
  if (result) result = make_folder(other);
  if (result) {
    if (auto file = open(one + "/file", Open::emptied); !file) result = std::move(file).error();
  }
  const auto needs = [](std::string_view what, const Result<void>& tried) -> Result<void> {
    if (tried || tried.code() == Code::no_space) return tried;
    return Error(Code::store_unusable, fmt::format("The file system has no {}, which a store "
                                                   "needs. {}",
                                                   what, tried.error().message()));
  };
  if (result) result = needs("hard links", link_file(one + "/file", other + "/link"));
  if (result) result = needs("atomic exchange of folders", exchange(one, other));
  auto removed = remove_folder(folder);
  return result ? removed : result;
}

Result<std::string> Files::read_file(const std::string& path) {
  auto size = size_of(path);
  if (!size) return std::move(size).error();
  return read_prefix(path, *size);
}

Result<std::string> Files::read_prefix(const std::string& path, std::uint64_t size) {
  return read_range(path, 0, size);
}

Result<void> Files::copy_file(const std::string& from, const std::string& to,
                              std::optional<std::uint64_t> size) {
  auto bytes = size ? read_prefix(from, *size) : read_file(from);
  if (!bytes) return std::move(bytes).error();
  auto file = open(to, Open::fresh);
  if (!file) return std::move(file).error();
  return (*file)->write_durably(*bytes, 0);
}

Files& real_files() {
  static PosixFiles files;
  return files;
}

std::string folder_of(const std::string& path) {
  auto whole = std::filesystem::absolute(path).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // It ended with a slash.
  return whole.parent_path().string();
}

}  // namespace reprise::journal
