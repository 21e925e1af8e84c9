#include "tools/benchmarks/limits.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <vector>

#include "journal/database.h"
#include "tools/benchmarks/isolated.h"
#include "tools/benchmarks/meter.h"

#include <rocksdb/db.h>

namespace reprise::bench {
namespace {

/// What no compression makes smaller.
std::string noise(std::size_t bytes) {
  std::mt19937_64 random(bytes);
  std::string text(bytes, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
  return text;
}

/// A file that is closed at the end.
class Open {
 public:
  Open(const std::string& path, int flags) : file_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
    if (file_ < 0) throw std::runtime_error("can't open " + path);
  }
  ~Open() { ::close(file_); }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  [[nodiscard]] int get() const noexcept { return file_; }

 private:
  int file_;
};

}  // namespace

SyncedPuts synced_puts(const std::string& folder, double seconds, std::size_t bytes,
                       std::size_t keys) {
  const Scratch scratch(folder + "/limit");
  auto opened = journal::Database::open(journal::real_files(), scratch.path() + "/db",
                                        journal::Access::create);
  auto& database = *opened.value();
  const std::string value = noise(std::max<std::size_t>(1, bytes / keys));
  rocksdb::WriteBatch batch(0, 0, /*protection_bytes_per_key=*/8, 0);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  std::vector<double> took;
  Position position = 0;
  const double start = now();
  double before = start;
  while (before - start < seconds) {
    batch.Clear();
    ++position;
    for (std::size_t key = 0; key < keys; ++key) {
      const auto name = journal::journal_key(static_cast<ShardId>(key), position);
      if (!batch.Put(database.journal(), name, value).ok()) throw std::runtime_error("put");
    }
    if (const auto status = database.db().Write(synced, &batch); !status.ok()) {
      throw std::runtime_error(status.ToString());
    }
    const double after = now();
    took.push_back(after - before);
    before = after;
  }
  const auto count = static_cast<double>(took.size());
  return {count / (before - start), percentile(took, 0.5)};
}

double synced_writes(const std::string& folder, double seconds, std::size_t bytes) {
  const Scratch scratch(folder + "/limit");
  const Open file(scratch.path() + "/plain", O_CREAT | O_WRONLY);
  const std::string block = noise(bytes);
  const double start = now();
  double count = 0;
  while (now() - start < seconds) {
    if (::write(file.get(), block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
        ::fdatasync(file.get()) != 0) {
      throw std::runtime_error("can't write to " + scratch.path());
    }
    ++count;
  }
  return count / (now() - start);
}

double read_seconds(const std::string& folder) {
  std::vector<char> block(std::size_t{1} << 20);
  const double start = now();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const Open file(entry.path().string(), O_RDONLY);
    while (::read(file.get(), block.data(), block.size()) > 0) {
    }
  }
  return now() - start;
}

}  // namespace reprise::bench
