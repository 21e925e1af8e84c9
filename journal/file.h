// Files and folders as the store needs them: durable writes, whole reads, links, one lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/result.h>

namespace reprise::journal {

/// Owns a file descriptor.
class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() { reset(); }
  File(File&& other) noexcept : descriptor_(other.release()) {}
  File& operator=(File&& other) noexcept;

  [[nodiscard]] int get() const noexcept { return descriptor_; }
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  int release() noexcept;
  void reset() noexcept;

 private:
  int descriptor_ = -1;
};

[[nodiscard]] bool exists(const std::string& path);
/// Names in a folder, sorted, without "." and "..".
Result<std::vector<std::string>> list_folder(const std::string& path);
Result<std::string> read_file(const std::string& path);
/// The first `size` bytes; fewer when the file is shorter.
Result<std::string> read_prefix(const std::string& path, std::uint64_t size);
Result<std::uint64_t> size_of(const std::string& path);
/// Creates a folder; ok when it is there.
Result<void> make_folder(const std::string& path);
/// Removes a folder and what is in it; ok when it is not there.
Result<void> remove_folder(const std::string& path);
Result<void> sync_folder(const std::string& path);
/// Writes all bytes at `offset`, durably.
Result<void> write_durably(const File& file, std::string_view bytes, std::uint64_t offset,
                           const std::string& path);
/// Copies a file, or its first `size` bytes, durably.
Result<void> copy_file(const std::string& from, const std::string& to,
                       std::optional<std::uint64_t> size = std::nullopt);
Result<void> link_file(const std::string& from, const std::string& to);
/// Swaps two folders atomically.
Result<void> exchange(const std::string& one, const std::string& other);
Result<void> rename_file(const std::string& from, const std::string& to);

/// Bytes a user may still write on the file system of `path`.
Result<std::uint64_t> free_space(const std::string& path);

/// Takes the exclusive lock of a store, for as long as the File is open. The file's text names the
/// holder: "pid 123 host name\n". The lock belongs to the open file description, so a second open
/// in the same process is refused too, and an exec'd child does not inherit it.
/// Errors: store_locked (the message names the holder), store_unusable, io_error.
Result<File> lock_store(const std::string& path);

}  // namespace reprise::journal
