// Files and folders as the store needs them: durable writes, whole reads, links, one lock.
//
// A seam: the real ones are POSIX's; tests put simulated ones under the real store, so that what a
// crash, a power loss or a failing disk leaves behind can be had at every single operation.
//
// Threads: as the store that uses them; nothing here is kept between two calls.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/result.h>

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace reprise::journal {

/// A file held open, and its lock if it has one; both end with the object.
class File {
 public:
  virtual ~File() = default;
  /// Writes all bytes at `offset`, durably. A failure leaves any part of them there.
  /// Errors: io_error, no_space.
  virtual Result<void> write_durably(std::string_view bytes, std::uint64_t offset) = 0;
};

/// Every call answers io_error, or no_space where something is written, when the system refuses it.
class Files {
 public:
  enum class Open {
    existing,
    emptied,  ///< Made, or emptied when it is there.
    fresh,    ///< Made; refused when it is there.
  };

  virtual ~Files() = default;

  /// What RocksDB does its own reading and writing with; lives as long as this.
  [[nodiscard]] virtual rocksdb::Env& env() = 0;

  virtual bool exists(const std::string& path) = 0;
  /// Whether a folder is there. Errors: store_unusable: it is there and not a folder that this
  /// process may read and write, or nobody can tell.
  virtual Result<bool> has_usable_folder(const std::string& path) = 0;
  /// Names in a folder, sorted, without "." and "..".
  virtual Result<std::vector<std::string>> list_folder(const std::string& path) = 0;
  /// `size` bytes from `offset` on; fewer where the file ends.
  virtual Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                         std::uint64_t size) = 0;
  virtual Result<std::uint64_t> size_of(const std::string& path) = 0;
  /// Creates a folder; ok when it is there.
  virtual Result<void> make_folder(const std::string& path) = 0;
  /// Creates a folder; refused when there is anything.
  virtual Result<void> make_new_folder(const std::string& path) = 0;
  /// Removes a folder and what is in it, or a file; ok when it is not there.
  virtual Result<void> remove_folder(const std::string& path) = 0;
  virtual Result<void> sync_folder(const std::string& path) = 0;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, Open how) = 0;
  /// Makes durable what others have written to a file.
  virtual Result<void> sync_file(const std::string& path) = 0;
  virtual Result<void> link_file(const std::string& from, const std::string& to) = 0;
  /// Swaps two folders atomically.
  virtual Result<void> exchange(const std::string& one, const std::string& other) = 0;
  virtual Result<void> rename_file(const std::string& from, const std::string& to) = 0;
  /// Bytes a user may still write on the file system of `path`.
  virtual Result<std::uint64_t> free_space(const std::string& path) = 0;

  /// Takes the exclusive lock of a store, for as long as the File is open. The file's text names
  /// the holder: "pid 123 host name\n". The lock belongs to the open file description, so a second
  /// open in the same process is refused too, and an exec'd child does not inherit it.
  /// Errors: store_locked (the message names the holder), store_unusable, io_error.
  virtual Result<std::unique_ptr<File>> lock_store(const std::string& path) = 0;
  /// Whoever holds that lock, by its text; "" if nobody does. Takes and changes nothing. Errors:
  /// io_error (nobody can tell).
  virtual Result<std::string> lock_holder(const std::string& path) = 0;

  /// Makes `folder`, tries in it what a store needs of its file system (links, an atomic exchange
  /// of folders), and removes it. Errors: store_unusable (it has not got them), io_error, no_space.
  Result<void> probe(const std::string& folder);
  Result<std::string> read_file(const std::string& path);
  /// The first `size` bytes; fewer when the file is shorter.
  Result<std::string> read_prefix(const std::string& path, std::uint64_t size);
  /// Copies a file, or its first `size` bytes, durably, to where none is.
  Result<void> copy_file(const std::string& from, const std::string& to,
                         std::optional<std::uint64_t> size = std::nullopt);
};

/// Those of this machine.
[[nodiscard]] Files& real_files();

/// The folder that a path's last name is in.
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace reprise::journal
