// A process of its own that writes a store without a pause, to be read meanwhile: a copy of the
// test program. It appends to all shards, overwrites rows, trims, renews the anchor, flushes (so
// that files go and are compacted), and closes and opens the store now and then.
#pragma once

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace reprise::test {

class LiveWriter {
 public:
  static constexpr std::uint16_t shards = 3;

  /// Returns when the store at `path` is there. It is killed with the object.
  explicit LiveWriter(const std::string& path);
  ~LiveWriter();
  LiveWriter(const LiveWriter&) = delete;
  LiveWriter& operator=(const LiveWriter&) = delete;

  /// Last position that was acknowledged.
  [[nodiscard]] std::uint64_t acknowledged(std::uint16_t shard) const;
  /// How often the store was opened.
  [[nodiscard]] std::uint64_t lives() const;
  /// It writes no more until go_on(): the store stays open, and as it is.
  void stop() const;
  void go_on() const;

 private:
  friend int write_here(const std::string& path);
  struct Shared;
  pid_t child_ = 0;
  Shared* shared_ = nullptr;
};

/// In that process: what to do in place of the tests. Returns its exit status.
int write_here(const std::string& path);

}  // namespace reprise::test
