// A data file's blocks that RocksDB reads before it has compared them: any damage is seen first.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "journal/table_guard.h"
#include "support/store_tree.h"

#include <rocksdb/options.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

namespace {

using namespace reprise;
using namespace reprise::journal;

/// A table as RocksDB writes it.
std::string table_with(rocksdb::ChecksumType sum) {
  const auto path =
      (std::filesystem::temp_directory_path() / fmt::format("reprise-table-{}", ::getpid()))
          .string();
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.checksum = sum;
  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options);
  REQUIRE(writer.Open(path).ok());
  for (int i = 0; i < 200; ++i) REQUIRE(writer.Put(fmt::format("key {:4}", i), "value").ok());
  REQUIRE(writer.Finish().ok());
  auto bytes = test::read_bytes(path);
  std::filesystem::remove(path);
  return bytes;
}

Result<void> check(std::string_view bytes) {
  return check_table(bytes.size(), [&](std::uint64_t offset, std::size_t size) {
    return Result<std::string>(std::string(bytes.substr(offset, size)));
  });
}

}  // namespace

TEST_SUITE("journal/table_guard") {
  TEST_CASE("a whole table passes, with either checksum") {
    CHECK(check(table_with(rocksdb::kXXH3)).ok());
    CHECK(check(table_with(rocksdb::kCRC32c)).ok());
    CHECK(check("").ok());
    CHECK(check(std::string(1000, 'x')).ok());  // RocksDB's to refuse.
  }

  TEST_CASE("any bit of its properties, of what names them, and of their checksums is seen") {
    for (const auto sum : {rocksdb::kXXH3, rocksdb::kCRC32c}) {
      std::string bytes = table_with(sum);
      // From the first name of a property to the footer lie the two blocks and their trailers.
      const auto begin = bytes.find("rocksdb.block.based.table.index.type");
      REQUIRE(begin != std::string::npos);
      REQUIRE(bytes.size() - begin > 500);
      int seen = 0;
      for (std::size_t at = begin; at < bytes.size() - 53; ++at) {
        for (int bit = 0; bit < 8; ++bit) {
          const auto flip = static_cast<char>(1U << static_cast<unsigned>(bit));
          bytes[at] = static_cast<char>(bytes[at] ^ flip);
          const auto checked = check(bytes);
          seen += checked.code() == Code::corrupt ? 1 : 0;
          bytes[at] = static_cast<char>(bytes[at] ^ flip);
        }
      }
      CHECK(seen == static_cast<int>(8 * (bytes.size() - 53 - begin)));
      // A footer may come to be none, which is RocksDB's to refuse; nothing else may happen.
      for (std::size_t at = bytes.size() - 53; at < bytes.size(); ++at) {
        const char was = bytes[at];
        for (int value = 0; value < 256; ++value) {
          bytes[at] = static_cast<char>(value);
          const auto checked = check(bytes);
          CHECK((checked.ok() || checked.code() == Code::corrupt));
        }
        bytes[at] = was;
      }
    }
  }

  TEST_CASE("a table that is cut off, or whose places lie outside of it, is no table to read") {
    const std::string bytes = table_with(rocksdb::kXXH3);
    for (std::size_t size = 0; size < bytes.size(); size += 7) CHECK(check(bytes.substr(0, size)));
    for (std::size_t cut = 1; cut < 40; ++cut) {
      // The footer alone, with what little is left before it.
      CHECK(check(bytes.substr(bytes.size() - 53 - cut)).code() == Code::corrupt);
    }
  }
}
