#include "tests/rot/contents.h"

#include <algorithm>

#include <fmt/format.h>

namespace reprise::rot {
namespace {

using journal::Table;

constexpr Table tables[] = {Table::meta, Table::rows, Table::chunks, Table::index, Table::blobs};

std::string readable(std::string_view key) {
  std::string text;
  for (const char byte : key) {
    const auto value = static_cast<unsigned char>(byte);
    const bool plain = value > 32 && value < 127;
    text += plain ? std::string(1, byte) : fmt::format("\\{:02x}", value);
  }
  return text;
}

std::string name_of(const std::pair<Table, std::string>& key) {
  return fmt::format("key {} of table {}", readable(key.second), static_cast<int>(key.first));
}

void read_shard(const journal::Store& store, ShardId shard, Served& served) {
  Contents::Shard found;
  const auto ends = store.ends(shard);
  found.first = ends.first;
  found.last = ends.last;
  const auto read =
      store.read(shard, ends.first, [&](Position position, Epoch epoch, std::string_view body) {
        found.records[position] = fmt::format("{}:", epoch).append(body);
        return true;
      });
  if (!read) {
    served.errors.push_back(read.error());
  } else if (found.records.size() != ends.last + 1 - ends.first) {
    served.silent = fmt::format("shard {} says {} to {} and reads {} records", shard, ends.first,
                                ends.last, found.records.size());
  }
  served.contents.shards.push_back(std::move(found));
}

}  // namespace

Served read_all(const journal::Store& store) {
  Served served;
  for (ShardId shard = 0; shard < store.header().shards; ++shard) read_shard(store, shard, served);
  for (const Table table : tables) {
    const auto read = store.scan(table, "", "", [&](std::string_view key, std::string_view value) {
      served.contents.rows[{table, std::string(key)}] = value;
      return true;
    });
    if (read) continue;
    served.errors.push_back(read.error());
    served.cut_short.push_back(table);
  }
  return served;
}

std::string wrong_keys(const journal::Store& store, const Contents& expected) {
  for (const auto& [key, value] : expected.rows) {
    const auto found = store.get(key.first, key.second);
    if (!found) continue;
    if (!*found) return name_of(key) + " is answered as not there";
    if (**found != value) return name_of(key) + " is answered with another value";
  }
  return "";
}

bool same_ends(const Contents& expected, const Contents& found) {
  return std::equal(
      expected.shards.begin(), expected.shards.end(), found.shards.begin(), found.shards.end(),
      [](const auto& due, const auto& is) { return due.first == is.first && due.last == is.last; });
}

std::string difference(const Contents& expected, const Served& served) {
  if (!served.silent.empty()) return served.silent;
  if (!same_ends(expected, served.contents)) return "a shard begins or ends elsewhere";
  for (std::size_t shard = 0; shard < expected.shards.size(); ++shard) {
    const auto& records = expected.shards[shard].records;
    for (const auto& [position, bytes] : served.contents.shards[shard].records) {
      const auto due = records.find(position);
      if (due == records.end() || due->second != bytes) {
        return fmt::format("record {} of shard {} is not what was recorded", position, shard);
      }
    }
  }
  for (const auto& [key, value] : served.contents.rows) {
    const auto due = expected.rows.find(key);
    if (due == expected.rows.end()) return name_of(key) + " was never put, or deleted";
    if (due->second != value) return name_of(key) + " has another value";
  }
  for (const auto& [key, value] : expected.rows) {
    if (served.contents.rows.contains(key)) continue;
    if (std::count(served.cut_short.begin(), served.cut_short.end(), key.first) == 0) {
      return name_of(key) + " is missing";
    }
  }
  return "";
}

}  // namespace reprise::rot
