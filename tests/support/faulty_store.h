// A store that fails where a test says: the n-th append, before or after it took effect, or torn
// between shards. What a real store does then, it does too: writing ends, reads go on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "journal/store.h"

namespace reprise::journal::testing {

class FaultyStore final : public Store {
 public:
  enum class Fault {
    none,
    before,    ///< Nothing took effect; the caller is told the outcome is unknown.
    after,     ///< All of it took effect; the caller is told the outcome is unknown.
    torn,      ///< The first half of the shards (at least one) took effect, the others not.
    no_space,  ///< Surely unwritten, and said so; the next append is tried again.
  };

  explicit FaultyStore(std::unique_ptr<Store> inner) : inner_(std::move(inner)) { learn(); }

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

  /// What opening the store again would find: the inner store, with what took effect. This one is
  /// empty afterwards and may only be destroyed.
  [[nodiscard]] std::unique_ptr<Store> reopen() { return std::move(inner_); }

  const StoreHeader& header() const noexcept override { return inner_->header(); }
  const OpenReport& report() const noexcept override { return inner_->report(); }
  ShardEnds ends(ShardId shard) const override { return ends_.at(shard); }

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
    if (fault == Fault::none) {
      auto result = inner_->append(group, sync);
      if (result) learn();
      return result;
    }
    std::size_t parts = 0;
    if (fault == Fault::after) parts = group.size();
    if (fault == Fault::torn) parts = (group.size() + 1) / 2;
    if (parts > 0) {
      if (auto done = inner_->append(group.first(parts), sync); !done) return done;
    }
    failed_ = true;
    return Error(Code::outcome_unknown, "The append failed, says the test.");
  }

  Result<void> read(ShardId shard, Position from, const RecordSink& sink) const override {
    const Position last = ends_.at(shard).last;
    if (from > last) return {};
    return inner_->read(shard, from, [&](Position position, Epoch epoch, std::string_view body) {
      return position <= last && sink(position, epoch, body);
    });
  }
  Result<void> trim(ShardId shard, Position keep_from) override {
    if (failed_) return Error(Code::engine_failed, "The store stopped writing.");
    auto result = inner_->trim(shard, keep_from);
    if (result) learn();
    return result;
  }
  Result<std::optional<std::string>> get(Table table, std::string_view key) const override {
    return inner_->get(table, key);
  }
  Result<void> scan(
      Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& sink) const override {
    return inner_->scan(table, from, to, sink);
  }
  Result<void> backup(const std::string& path) override { return inner_->backup(path); }
  Result<void> renew_anchor() override {
    if (failed_) return Error(Code::engine_failed, "The store stopped writing.");
    return inner_->renew_anchor();
  }
  Result<void> close() override { return inner_ == nullptr ? Result<void>() : inner_->close(); }

 private:
  /// A failed append moves no end, whatever it left behind; so the ends are kept here.
  void learn() {
    ends_.resize(inner_->header().shards);
    for (ShardId shard = 0; shard < ends_.size(); ++shard) ends_[shard] = inner_->ends(shard);
  }

  std::unique_ptr<Store> inner_;
  std::vector<ShardEnds> ends_;
  Fault fault_ = Fault::none;
  std::uint64_t countdown_ = 0;
  std::uint64_t appends_ = 0;
  std::uint64_t refused_ = 0;
  bool failed_ = false;
  bool full_ = false;
};

}  // namespace reprise::journal::testing
