// A store that outlives its engines, and a view of it that dies at a chosen record: what a process
// leaves behind when it is killed there.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reprise/assert.h>

#include "journal/record.h"
#include "journal/store.h"
#include "tools/testing/forwarding_store.h"

namespace reprise::testing {

/// Passes on to `disk` until `records_left` more records were written; then keeps exactly those,
/// and fails as a store does whose process is going down. Closing it does not close the disk.
class CrashingStore : public ForwardingStore {
 public:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  explicit CrashingStore(std::shared_ptr<journal::Store> disk, std::uint64_t records_left = never)
      : ForwardingStore(std::move(disk)), left_(records_left) {}

  [[nodiscard]] bool crashed() const noexcept { return crashed_; }
  /// Something was written through this view.
  [[nodiscard]] bool written() const noexcept { return written_; }
  /// The process dies now: nothing more is written.
  void kill() noexcept { crashed_ = true; }
  /// A check of the engine fails in the next read of a key, or backup.
  void fail_check() noexcept { failing_check_ = true; }
  /// The next reads of single keys, and the next scans of chunks, fail.
  void fail_reads(int keys, int scans) noexcept {
    failing_reads_ = keys;
    failing_scans_ = scans;
  }
  /// Reads and scans that were failed.
  [[nodiscard]] int failed_reads() const noexcept { return failed_reads_; }

  Result<void> append(std::span<journal::ShardAppend> group, bool sync) override {
    if (crashed_) return Error(Code::engine_failed, "the process is dead");
    written_ = true;
    std::vector<journal::ShardAppend> kept;
    for (journal::ShardAppend& part : group) {
      if (crashed_) break;
      if (part.count > left_) {
        crashed_ = true;
        cut(part, static_cast<std::uint32_t>(left_));
        if (part.count == 0) break;
      }
      if (left_ != never) left_ -= part.count;
      kept.push_back(part);
    }
    auto written = inner().append(kept, sync);
    if (!written) return written;
    if (crashed_) return Error(Code::outcome_unknown, "killed while writing");
    return {};
  }
  Result<void> trim(ShardId shard, Position keep_from) override {
    if (crashed_) return Error(Code::engine_failed, "the process is dead");
    return inner().trim(shard, keep_from);
  }
  Result<std::optional<std::string>> get(journal::Table table,
                                         std::string_view key) const override {
    if (std::exchange(failing_check_, false)) detail::fail_stop("said the test");
    if (failing_reads_ != 0) {
      --failing_reads_;
      ++failed_reads_;
      return Error(Code::io_error, "the read failed, says the test");
    }
    return inner().get(table, key);
  }
  Result<void> scan(
      journal::Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& sink) const override {
    if (failing_scans_ != 0 && table == journal::Table::chunks) {
      --failing_scans_;
      ++failed_reads_;
      return Error(Code::io_error, "the scan failed, says the test");
    }
    return inner().scan(table, from, to, sink);
  }
  Result<void> backup(const std::string& path) override {
    if (std::exchange(failing_check_, false)) detail::fail_stop("said the test");
    return inner().backup(path);
  }
  Result<void> renew_anchor() override {
    if (crashed_) return Error(Code::engine_failed, "the process is dead");
    return {};
  }
  Result<void> close() override { return {}; }

 private:
  static void cut(journal::ShardAppend& part, std::uint32_t records) {
    std::size_t size = 0;
    for (std::uint32_t i = 0; i < records; ++i) {
      const auto frame = journal::read_frame(std::string_view(part.bytes).substr(size), part.shard,
                                             part.first + i, std::nullopt);
      size += frame.value().size;
      part.chain_after = frame.value().chain;
    }
    part.bytes.resize(size);
    part.count = records;
    // A real store writes a part whole. Cut after a record it looks as if the rest had been
    // submitted later: the blobs that the records kept refer to are there, rows may wait.
    std::erase_if(part.puts, [](const journal::Put& put) {
      return put.table != journal::Table::blobs || !put.value;
    });
  }

  std::uint64_t left_;
  bool crashed_ = false;
  bool written_ = false;
  mutable bool failing_check_ = false;
  mutable int failing_reads_ = 0;
  mutable int failing_scans_ = 0;
  mutable int failed_reads_ = 0;
};

}  // namespace reprise::testing
