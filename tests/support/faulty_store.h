// A store that fails where a test says: the n-th append, before or after it took effect, or torn
// between shards. What a real store does then, it does too: writing ends, reads go on.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tools/testing/forwarding_store.h"

namespace reprise::journal::testing {

class FaultyStore final : public reprise::testing::ForwardingStore {
 public:
  enum class Fault {
    none,
    before,    ///< Nothing took effect; the caller is told the outcome is unknown.
    after,     ///< All of it took effect; the caller is told the outcome is unknown.
    torn,      ///< The first half of the shards (at least one) took effect, the others not.
    no_space,  ///< Surely unwritten, and said so; the next append is tried again.
  };

  /// What opening the store again would find is `disk`, with what took effect.
  explicit FaultyStore(std::shared_ptr<Store> disk) : ForwardingStore(std::move(disk)) {}

  /// The n-th append from now on (1 = the next one) meets `fault`.
  void fail_append(std::uint64_t n, Fault fault) {
    fault_ = fault;
    countdown_ = n;
  }
  /// While it is full every append is refused unwritten.
  void set_full(bool full) noexcept { full_ = full; }
  /// Appends that were tried, refused ones included.
  [[nodiscard]] std::uint64_t appends() const noexcept { return appends_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  /// Appends refused by a full disk.
  [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; }

  ShardEnds ends(ShardId shard) const override {
    return failed_ ? ends_.at(shard) : inner().ends(shard);
  }

  Result<void> append(std::span<ShardAppend> group, bool sync) override {
    ++appends_;
    if (failed_) return Error(Code::engine_failed, "The store stopped writing.");
    if (full_) {
      ++refused_;
      return Error(Code::no_space, "The disk is full, says the test.");
    }
    const bool now = countdown_ > 0 && --countdown_ == 0;
    const Fault fault = now ? std::exchange(fault_, Fault::none) : Fault::none;
    if (fault == Fault::no_space) return Error(Code::no_space, "The disk is full, says the test.");
    if (fault == Fault::none) return inner().append(group, sync);
    keep_ends();
    std::size_t parts = 0;
    if (fault == Fault::after) parts = group.size();
    if (fault == Fault::torn) parts = (group.size() + 1) / 2;
    if (parts > 0) {
      if (auto done = inner().append(group.first(parts), sync); !done) return done;
    }
    failed_ = true;
    return Error(Code::outcome_unknown, "The append failed, says the test.");
  }

  Result<void> read(ShardId shard, Position from, const RecordSink& sink) const override {
    const Position last = ends(shard).last;
    if (from > last) return {};
    return inner().read(shard, from, [&](Position position, Epoch epoch, std::string_view body) {
      return position <= last && sink(position, epoch, body);
    });
  }
  Result<void> trim(ShardId shard, Position keep_from) override {
    if (failed_) return Error(Code::engine_failed, "The store stopped writing.");
    return inner().trim(shard, keep_from);
  }
  Result<void> renew_anchor() override {
    if (failed_) return Error(Code::engine_failed, "The store stopped writing.");
    return inner().renew_anchor();
  }

 private:
  /// A failed append moves no end, whatever it leaves behind.
  void keep_ends() {
    for (ShardId shard = 0; shard < header().shards; ++shard) ends_.push_back(inner().ends(shard));
  }

  std::vector<ShardEnds> ends_;  ///< Once it has failed.
  Fault fault_ = Fault::none;
  std::uint64_t countdown_ = 0;
  std::uint64_t appends_ = 0;
  std::uint64_t refused_ = 0;
  bool failed_ = false;
  bool full_ = false;
};

}  // namespace reprise::journal::testing
