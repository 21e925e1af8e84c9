#include "journal/guarded_env.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/manifest.h"
#include "journal/table_guard.h"

#include <rocksdb/file_system.h>

namespace reprise::journal {
namespace {

/// Ends before the file does.
class ShortFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  ShortFile(std::unique_ptr<rocksdb::FSSequentialFile> file, std::uint64_t size)
      : FSSequentialFileOwnerWrapper(std::move(file)), size_(size) {}

  rocksdb::IOStatus Read(std::size_t wanted, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* debug) override {
    auto status = target()->Read(up_to_end(at_, wanted), options, result, scratch, debug);
    if (status.ok()) at_ += result->size();
    return status;
  }
  rocksdb::IOStatus Skip(std::uint64_t bytes) override {
    const auto within = up_to_end(at_, bytes);
    auto status = target()->Skip(within);
    if (status.ok()) at_ += within;
    return status;
  }
  rocksdb::IOStatus PositionedRead(std::uint64_t offset, std::size_t wanted,
                                   const rocksdb::IOOptions& options, rocksdb::Slice* result,
                                   char* scratch, rocksdb::IODebugContext* debug) override {
    return target()->PositionedRead(offset, up_to_end(offset, wanted), options, result, scratch,
                                    debug);
  }

 private:
  [[nodiscard]] std::size_t up_to_end(std::uint64_t offset, std::uint64_t wanted) const {
    return static_cast<std::size_t>(std::min(wanted, size_ - std::min(size_, offset)));
  }

  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

/// One of `contents`.
class KeptFile final : public rocksdb::FSSequentialFile {
 public:
  KeptFile(std::shared_ptr<const Contents> contents, std::string_view bytes)
      : contents_(std::move(contents)), bytes_(bytes) {}

  rocksdb::IOStatus Read(std::size_t wanted, const rocksdb::IOOptions& /*options*/,
                         rocksdb::Slice* result, char* scratch,
                         rocksdb::IODebugContext* /*debug*/) override {
    const auto part = bytes_.substr(0, wanted);
    std::copy(part.begin(), part.end(), scratch);
    bytes_.remove_prefix(part.size());
    *result = rocksdb::Slice(scratch, part.size());
    return rocksdb::IOStatus::OK();
  }
  rocksdb::IOStatus Skip(std::uint64_t bytes) override {
    bytes_.remove_prefix(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, bytes_.size())));
    return rocksdb::IOStatus::OK();
  }

 private:
  std::shared_ptr<const Contents> contents_;
  std::string_view bytes_;
};

class GuardedFiles final : public rocksdb::FileSystemWrapper {
 public:
  GuardedFiles(const std::shared_ptr<rocksdb::FileSystem>& files, Sizes shown,
               std::uint64_t manifest, std::weak_ptr<const Contents> contents)
      : FileSystemWrapper(files),
        shown_(std::move(shown)),
        manifest_(manifest),
        contents_(std::move(contents)) {}

  [[nodiscard]] const char* Name() const override { return "GuardedFiles"; }

  rocksdb::IOStatus GetChildren(const std::string& folder, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names,
                                rocksdb::IODebugContext* debug) override {
    if (const auto contents = contents_.lock()) {
      names->clear();
      for (const auto& [name, bytes] : *contents) names->push_back(name);
      return rocksdb::IOStatus::OK();
    }
    auto listed = target()->GetChildren(folder, options, names, debug);
    std::erase_if(*names, [this](const auto& name) { return !is_own_name(name, manifest_); });
    return listed;
  }

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override {
    const auto name = path.substr(path.rfind('/') + 1);
    rocksdb::IOStatus opened;
    const auto contents = contents_.lock();
    if (contents != nullptr && contents->contains(name)) {
      *file = std::make_unique<KeptFile>(contents, contents->at(name));
    } else {
      opened = target()->NewSequentialFile(path, options, file, debug);
    }
    if (!opened.ok()) return opened;
    const auto shown = shown_.find(name);
    if (shown != shown_.end()) {
      *file = std::make_unique<ShortFile>(std::move(*file), shown->second);
    }
    return opened;
  }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override {
    auto opened = target()->NewRandomAccessFile(path, options, file, debug);
    if (!opened.ok() || !path.ends_with(".sst")) return opened;
    opened = look(path, options, **file, debug);
    if (!opened.ok()) file->reset();
    return opened;
  }

 private:
  rocksdb::IOStatus look(const std::string& path, const rocksdb::FileOptions& options,
                         const rocksdb::FSRandomAccessFile& file, rocksdb::IODebugContext* debug) {
    std::uint64_t size = 0;
    auto status = target()->GetFileSize(path, options.io_options, &size, debug);
    if (!status.ok()) return status;
    const ReadAt read = [&](std::uint64_t offset, std::size_t wanted) -> Result<std::string> {
      std::string bytes(wanted, '\0');
      rocksdb::Slice got;
      status = file.Read(offset, wanted, options.io_options, &got, bytes.data(), debug);
      if (!status.ok()) return Error(Code::io_error, status.ToString());
      return got.ToString();
    };
    const auto checked = check_table(size, read);
    if (checked.ok() || !status.ok()) return status;
    return rocksdb::IOStatus::Corruption(path, checked.error().message());
  }

  Sizes shown_;
  std::uint64_t manifest_;
  std::weak_ptr<const Contents> contents_;
};

class GuardedEnv final : public rocksdb::EnvWrapper {
 public:
  GuardedEnv(rocksdb::Env& env, Sizes shown, std::uint64_t manifest,
             std::weak_ptr<const Contents> contents)
      : EnvWrapper(&env) {
    // A wrapper's own would call back into the old interface of Env.
    file_system_ = std::make_shared<GuardedFiles>(env.GetFileSystem(), std::move(shown), manifest,
                                                  std::move(contents));
  }
  [[nodiscard]] const char* Name() const override { return "GuardedEnv"; }

  // Recovery lists its folders through the old interface.
  rocksdb::Status GetChildren(const std::string& folder, std::vector<std::string>* names) override {
    return file_system_->GetChildren(folder, rocksdb::IOOptions(), names, nullptr);
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> guarded_env(rocksdb::Env& env, Sizes shown, std::uint64_t manifest,
                                          std::weak_ptr<const Contents> contents) {
  return std::make_unique<GuardedEnv>(env, std::move(shown), manifest, std::move(contents));
}

}  // namespace reprise::journal
