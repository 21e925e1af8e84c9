// A store that passes every call on to another one: what stands between an engine and its disk
// overrides what it does differently.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "journal/store.h"

namespace reprise::testing {

class ForwardingStore : public journal::Store {
 public:
  [[nodiscard]] const journal::StoreHeader& header() const noexcept override {
    return inner_->header();
  }
  [[nodiscard]] const journal::OpenReport& report() const noexcept override {
    return inner_->report();
  }
  [[nodiscard]] journal::ShardEnds ends(ShardId shard) const override {
    return inner_->ends(shard);
  }
  Result<void> append(std::span<journal::ShardAppend> group, bool sync) override {
    return inner_->append(group, sync);
  }
  Result<void> read(ShardId shard, Position from, const journal::RecordSink& sink) const override {
    return inner_->read(shard, from, sink);
  }
  Result<void> trim(ShardId shard, Position keep_from) override {
    return inner_->trim(shard, keep_from);
  }
  Result<std::optional<std::string>> get(journal::Table table,
                                         std::string_view key) const override {
    return inner_->get(table, key);
  }
  Result<void> scan(
      journal::Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& sink) const override {
    return inner_->scan(table, from, to, sink);
  }
  Result<void> backup(const std::string& path) override { return inner_->backup(path); }
  Result<void> renew_anchor() override { return inner_->renew_anchor(); }
  Result<void> close() override { return inner_->close(); }

 protected:
  explicit ForwardingStore(std::shared_ptr<journal::Store> inner) : inner_(std::move(inner)) {}
  [[nodiscard]] journal::Store& inner() const noexcept { return *inner_; }

 private:
  std::shared_ptr<journal::Store> inner_;
};

}  // namespace reprise::testing
