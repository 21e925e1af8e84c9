#include "journal/file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "journal/status.h"

#include <fmt/format.h>

namespace reprise::journal {
namespace {

Result<File> open_file(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) return from_errno(errno, "Opening", path);
  return File(descriptor);
}

Result<void> write_all(const File& file, std::string_view bytes, std::uint64_t offset,
                       const std::string& path) {
  while (!bytes.empty()) {
    const auto count = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return from_errno(count < 0 ? errno : EIO, "Writing", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

/// The holder's line, without its newline; whatever stands there is only shown.
std::string holder_of(const File& file) {
  char text[300] = {};
  const auto count = ::pread(file.get(), text, sizeof text - 1, 0);
  std::string holder(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  holder = holder.substr(0, holder.find('\n'));
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return !holder.empty() && std::all_of(holder.begin(), holder.end(), printable)
             ? holder
             : "a process that left no name";
}

}  // namespace

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    reset();
    descriptor_ = other.release();
  }
  return *this;
}

int File::release() noexcept { return std::exchange(descriptor_, -1); }

void File::reset() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

bool exists(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
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

Result<std::string> read_file(const std::string& path) {
  auto size = size_of(path);
  if (!size) return std::move(size).error();
  return read_prefix(path, *size);
}

Result<std::string> read_prefix(const std::string& path, std::uint64_t size) {
  auto file = open_file(path, O_RDONLY);
  if (!file) return std::move(file).error();
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count =
        ::pread(file->get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return from_errno(errno, "Reading", path);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

Result<std::uint64_t> size_of(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return from_errno(errno, "Reading", path);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return from_errno(errno, "Creating", path);
  }
  return {};
}

Result<void> remove_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return from_errno(error.value(), "Removing", path);
  return {};
}

Result<void> sync_folder(const std::string& path) {
  auto folder = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::move(folder).error();
  if (::fsync(folder->get()) != 0) return from_errno(errno, "Syncing", path);
  return {};
}

Result<void> write_durably(const File& file, std::string_view bytes, std::uint64_t offset,
                           const std::string& path) {
  if (auto written = write_all(file, bytes, offset, path); !written) return written;
  if (::fdatasync(file.get()) != 0) return from_errno(errno, "Syncing", path);
  return {};
}

Result<void> copy_file(const std::string& from, const std::string& to,
                       std::optional<std::uint64_t> size) {
  auto bytes = size ? read_prefix(from, *size) : read_file(from);
  if (!bytes) return std::move(bytes).error();
  auto file = open_file(to, O_WRONLY | O_CREAT | O_EXCL);
  if (!file) return std::move(file).error();
  return write_durably(*file, *bytes, 0, to);
}

Result<void> link_file(const std::string& from, const std::string& to) {
  if (::link(from.c_str(), to.c_str()) != 0) return from_errno(errno, "Linking", from);
  return {};
}

Result<void> exchange(const std::string& one, const std::string& other) {
  if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0) {
    return from_errno(errno, "Exchanging", one);
  }
  return {};
}

Result<void> rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return from_errno(errno, "Renaming", from);
  return {};
}

Result<std::uint64_t> free_space(const std::string& path) {
  struct statvfs status;
  if (::statvfs(path.c_str(), &status) != 0) return from_errno(errno, "Reading", path);
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

Result<File> lock_store(const std::string& path) {
  auto file = open_file(path, O_RDWR | O_CREAT);
  if (!file) return Error(Code::store_unusable, file.error().message());
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file->get(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return from_errno(errno, "Locking", path);
    return Error(Code::store_locked,
                 fmt::format("The store is open elsewhere: {} holds {}.", holder_of(*file), path));
  }
  const auto holder = fmt::format("pid {} host {}\n", ::getpid(), host_name());
  if (::ftruncate(file->get(), 0) != 0) return from_errno(errno, "Writing", path);
  if (auto written = write_all(*file, holder, 0, path); !written) return std::move(written).error();
  return file;
}

}  // namespace reprise::journal
