#include "tests/support/store_check.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/verifier/bytes.h"
#include "tests/verifier/rocks_source.h"
#include "tests/verifier/verify.h"

namespace reprise::test {

namespace {

using verifier::Family;

/// The store's tables as they are, its records with heads that say only what the store told.
class StoreSource final : public verifier::Source {
 public:
  explicit StoreSource(const journal::Store& store) : store_(store) {}

  [[nodiscard]] std::string scan(Family family, const Sink& sink) const override {
    switch (family) {
      case Family::standard: return {};
      case Family::meta: return table(journal::Table::meta, sink);
      case Family::rows: return table(journal::Table::rows, sink);
      case Family::chunks: return table(journal::Table::chunks, sink);
      case Family::index: return table(journal::Table::index, sink);
      case Family::blobs: return table(journal::Table::blobs, sink);
      case Family::journal: return records(sink);
    }
    return "no such family";
  }
  [[nodiscard]] std::optional<Bare> bare() const override {
    Bare bare;
    for (ShardId shard = 0; shard < store_.header().shards; ++shard) {
      bare.first.push_back(store_.ends(shard).first);
    }
    return bare;
  }

 private:
  std::string table(journal::Table table, const Sink& sink) const {
    const auto scanned =
        store_.scan(table, "", "", [&](std::string_view key, std::string_view value) {
          // The store's own sums are of rows that a scan does not frame.
          if (table != journal::Table::meta || !key.starts_with("sum/")) sink(key, value);
          return true;
        });
    return scanned ? std::string() : scanned.error().message();
  }

  std::string records(const Sink& sink) const {
    for (ShardId shard = 0; shard < store_.header().shards; ++shard) {
      const auto scanned =
          store_.read(shard, store_.ends(shard).first,
                      [&](Position position, Epoch epoch, std::string_view body) {
                        std::string key;
                        verifier::put_big(key, shard);
                        verifier::put_big(key, std::uint64_t{position});
                        std::string record;
                        verifier::put_little(record, std::uint64_t{0});
                        verifier::put_little(record, static_cast<std::uint32_t>(body.size()));
                        verifier::put_little(record, shard);
                        verifier::put_little(record, std::uint16_t{1});  // Kind and flags.
                        verifier::put_little(record, std::uint64_t{position});
                        verifier::put_little(record, std::uint32_t{epoch});
                        record.append(4 + 16, '\0');
                        sink(key, record.append(body));
                        return true;
                      });
      if (!scanned) return scanned.error().message();
    }
    return {};
  }

  const journal::Store& store_;
};

/// Blobs are sealed by those who write them: of one who seals none they are only read.
class UnsealedBlobs final : public verifier::Source {
 public:
  explicit UnsealedBlobs(const verifier::Source& source) : source_(source) {}

  [[nodiscard]] std::string scan(Family family, const Sink& sink) const override {
    if (family != Family::blobs) return source_.scan(family, sink);
    return source_.scan(family, [](std::string_view, std::string_view) {});
  }
  [[nodiscard]] std::optional<std::string> anchor() const override { return source_.anchor(); }
  [[nodiscard]] std::optional<Manifest> manifest() const override { return source_.manifest(); }

 private:
  const verifier::Source& source_;
};

}  // namespace

std::string findings_of(const journal::Store& store) {
  return verifier::text(verifier::verify_store(StoreSource(store)));
}

std::string findings_of(const std::string& path) {
  return verifier::text(verifier::verify_path(path));
}

std::string findings_in_bytes(const std::string& path) {
  std::string wrong;
  const auto source =
      verifier::open_rocks(path, std::filesystem::path(path).parent_path().string(), wrong);
  if (!source) return "unreadable: " + wrong;
  return verifier::text(verifier::verify_store(UnsealedBlobs(*source), verifier::Depth::bytes));
}

void check_store(const journal::Store& store) { REQUIRE(findings_of(store) == ""); }

void check_store(const std::string& path) { REQUIRE(findings_of(path) == ""); }

}  // namespace reprise::test
