#include "tests/faults/sim_fs.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/one_thread.h"

#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

namespace reprise::faults {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using Kind = Op::Kind;

/// As RocksDB's own file system words it.
IOStatus status_of(int error, const std::string& path) {
  if (error == 0) return IOStatus::OK();
  if (error == ENOENT) return IOStatus::PathNotFound(path, std::strerror(error));
  if (error != ENOSPC) return IOStatus::IOError(path, std::strerror(error));
  auto status = IOStatus::NoSpace(path, std::strerror(error));
  status.SetRetryable(true);
  return status;
}

IOStatus read_at(Drive& drive, Node node, std::uint64_t offset, std::size_t size, Slice* result,
                 char* scratch) {
  if (const int error = drive.before_read(); error != 0) return status_of(error, "reading");
  const std::string& bytes = drive.disk().bytes(node);
  const std::size_t from = std::min<std::size_t>(offset, bytes.size());
  const std::size_t count = std::min(size, bytes.size() - from);
  std::memcpy(scratch, bytes.data() + from, count);
  *result = Slice(scratch, count);
  return IOStatus::OK();
}

class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  SequentialFile(Drive& drive, Node node) : drive_(drive), node_(node) {}
  IOStatus Read(size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    auto status = read_at(drive_, node_, at_, size, result, scratch);
    if (status.ok()) at_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t count) override {
    at_ += count;
    return IOStatus::OK();
  }

 private:
  Drive& drive_;
  Node node_;
  std::uint64_t at_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  RandomAccessFile(Drive& drive, Node node) : drive_(drive), node_(node) {}
  IOStatus Read(uint64_t offset, size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    return read_at(drive_, node_, offset, size, result, scratch);
  }

 private:
  Drive& drive_;
  Node node_;
};

class WritableFile final : public rocksdb::FSWritableFile {
 public:
  WritableFile(Drive& drive, Node node, std::string path)
      : drive_(drive), node_(node), path_(std::move(path)) {}

  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    if (data.empty()) return IOStatus::OK();
    const auto error = drive_.perform({.kind = Kind::write,
                                       .node = node_,
                                       .offset = drive_.disk().bytes(node_).size(),
                                       .bytes = data.ToString()});
    return status_of(error, path_);
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    if (size == drive_.disk().bytes(node_).size()) return IOStatus::OK();
    return status_of(drive_.perform({.kind = Kind::cut, .node = node_, .offset = size}), path_);
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    return status_of(drive_.perform({.kind = Kind::sync, .node = node_}), path_);
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    return drive_.disk().bytes(node_).size();
  }

 private:
  Drive& drive_;
  Node node_;
  std::string path_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  Directory(Drive& drive, Node node, std::string path)
      : drive_(drive), node_(node), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return status_of(drive_.perform({.kind = Kind::sync_folder, .node = node_}), path_);
  }

 private:
  Drive& drive_;
  Node node_;
  std::string path_;
};

struct Lock final : rocksdb::FileLock {
  explicit Lock(Node locked) : node(locked) {}
  Node node;
};

class SimFs final : public rocksdb::FileSystem {
 public:
  explicit SimFs(Drive& drive) : drive_(drive) {}
  [[nodiscard]] const char* Name() const override { return "SimFs"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext*) override {
    const Node node = disk().find(path);
    if (node == 0) return status_of(ENOENT, path);
    *result = std::make_unique<SequentialFile>(drive_, node);
    return IOStatus::OK();
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    const Node node = disk().find(path);
    if (node == 0) return status_of(ENOENT, path);
    *result = std::make_unique<RandomAccessFile>(drive_, node);
    return IOStatus::OK();
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext*) override {
    int error = 0;
    if (const Node node = disk().find(path); node != 0) {
      if (!disk().bytes(node).empty()) error = drive_.perform({.kind = Kind::cut, .node = node});
    } else {
      const auto [folder, name] = disk().place(path);
      error = folder == 0 ? ENOENT
                          : drive_.perform({.kind = Kind::make_file, .node = folder, .name = name});
    }
    if (error != 0) return status_of(error, path);
    *result = std::make_unique<WritableFile>(drive_, disk().find(path), path);
    return IOStatus::OK();
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
    const Node node = disk().find(path);
    if (node == 0) return status_of(ENOENT, path);
    *result = std::make_unique<Directory>(drive_, node, path);
    return IOStatus::OK();
  }
  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    return disk().find(path) != 0 ? IOStatus::OK() : IOStatus::NotFound();
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override {
    const Node node = disk().find(path);
    if (node == 0) return status_of(ENOENT, path);
    result->clear();
    for (const auto& [name, child] : disk().names(node)) result->push_back(name);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    return unlink(path);
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    if (disk().find(path) != 0) return status_of(EEXIST, path);
    const auto [folder, name] = disk().place(path);
    if (folder == 0) return status_of(ENOENT, path);
    return status_of(drive_.perform({.kind = Kind::make_folder, .node = folder, .name = name}),
                     path);
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions& options,
                              IODebugContext* context) override {
    return disk().find(path) != 0 ? IOStatus::OK() : CreateDir(path, options, context);
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    const Node node = disk().find(path);
    if (node != 0 && !disk().names(node).empty()) return status_of(ENOTEMPTY, path);
    return unlink(path);
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions&, uint64_t* size,
                       IODebugContext*) override {
    const Node node = disk().find(path);
    if (node == 0) return status_of(ENOENT, path);
    *size = disk().bytes(node).size();
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    const auto [folder, name] = disk().place(from);
    const auto [other, other_name] = disk().place(to);
    if (disk().find(from) == 0 || other == 0) return status_of(ENOENT, from);
    return status_of(drive_.perform({.kind = Kind::rename,
                                     .node = folder,
                                     .name = name,
                                     .other = other,
                                     .other_name = other_name}),
                     from);
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions&,
                    IODebugContext*) override {
    const auto [folder, name] = disk().place(to);
    const Node file = disk().find(from);
    if (file == 0 || folder == 0) return status_of(ENOENT, from);
    return status_of(
        drive_.perform({.kind = Kind::link, .node = folder, .name = name, .other = file}), from);
  }
  IOStatus LockFile(const std::string& path, const IOOptions& options, rocksdb::FileLock** lock,
                    IODebugContext* context) override {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    if (auto made = NewWritableFile(path, {}, &file, context); !made.ok()) return made;
    const Node node = disk().find(path);
    if (!drive_.lock(node)) return status_of(EAGAIN, path);
    static_cast<void>(options);
    *lock = new Lock(node);
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    drive_.unlock(static_cast<Lock*>(lock)->node);
    delete lock;
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string*, IODebugContext*) override {
    return IOStatus::NotSupported();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result,
                           IODebugContext*) override {
    *result = path;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* result,
                       IODebugContext*) override {
    const Node node = disk().find(path);
    if (node == 0) return status_of(ENOENT, path);
    *result = disk().is_folder(node);
    return IOStatus::OK();
  }

 private:
  [[nodiscard]] const Disk& disk() const noexcept { return drive_.disk(); }
  IOStatus unlink(const std::string& path) {
    if (disk().find(path) == 0) return status_of(ENOENT, path);
    const auto [folder, name] = disk().place(path);
    return status_of(drive_.perform({.kind = Kind::unlink, .node = folder, .name = name}), path);
  }

  Drive& drive_;
};

/// Every look at it is a microsecond later than the last one.
class CountingClock final : public rocksdb::SystemClockWrapper {
 public:
  CountingClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  [[nodiscard]] const char* Name() const override { return "CountingClock"; }
  uint64_t NowMicros() override { return ++micros_; }
  uint64_t NowNanos() override { return NowMicros() * 1000; }
  void SleepForMicroseconds(int micros) override { micros_ += static_cast<uint64_t>(micros); }
  rocksdb::Status GetCurrentTime(int64_t* seconds) override {
    *seconds = static_cast<int64_t>(micros_ / 1'000'000);
    return rocksdb::Status::OK();
  }

 private:
  uint64_t micros_ = 1'700'000'000'000'000;
};

/// An Env on the file system, by itself, still has the real clock and real threads.
class SimEnv final : public rocksdb::EnvWrapper {
 public:
  explicit SimEnv(const std::shared_ptr<SimFs>& files)
      : EnvWrapper(rocksdb::NewCompositeEnv(files)) {
    // A wrapper's own would call back into the old interface of Env.
    file_system_ = files;
    system_clock_ = std::make_shared<CountingClock>();
  }
  [[nodiscard]] const char* Name() const override { return "SimEnv"; }
  void Schedule(void (*run)(void*), void* argument, Priority, void* tag,
                void (*drop)(void*)) override {
    schedule({run, argument, tag, drop});
  }
  int UnSchedule(void* tag, Priority) override { return unschedule(tag); }
  unsigned int GetThreadPoolQueueLen(Priority) const override { return 0; }
  uint64_t NowMicros() override { return system_clock_->NowMicros(); }
  uint64_t NowNanos() override { return system_clock_->NowNanos(); }
  void SleepForMicroseconds(int micros) override { system_clock_->SleepForMicroseconds(micros); }
  rocksdb::Status GetCurrentTime(int64_t* seconds) override {
    return system_clock_->GetCurrentTime(seconds);
  }
  void SetBackgroundThreads(int, Priority) override {}
  int GetBackgroundThreads(Priority) override { return 1; }
  void IncBackgroundThreadsIfNeeded(int, Priority) override {}
};

}  // namespace

std::unique_ptr<rocksdb::Env> make_sim_env(Drive& drive) {
  return std::make_unique<SimEnv>(std::make_shared<SimFs>(drive));
}

}  // namespace reprise::faults
