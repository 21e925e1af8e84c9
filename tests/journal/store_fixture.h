// What the tests of stores share: a folder that goes away, and records to put into a store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "journal/record.h"
#include "journal/store.h"

#include <stdlib.h>

namespace reprise::journal::testing {

/// A fresh folder, removed with the object.
class TempFolder {
 public:
  TempFolder() {
    // In memory where there is such a folder: these tests sync often and mean the bytes only.
    const std::filesystem::path memory = "/dev/shm";
    std::string pattern = (std::filesystem::is_directory(memory)
                               ? memory / "reprise-XXXXXX"
                               : std::filesystem::temp_directory_path() / "reprise-XXXXXX")
                              .string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] std::string operator/(std::string_view name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

/// An event as the tests write and read it.
struct Fact {
  std::uint64_t run = 0;
  Seq seq = 0;
  std::string bytes;
  auto operator<=>(const Fact&) const = default;
};

/// Frames `facts` as one record that continues `ends`, and moves `ends` past it.
inline void add_record(ShardAppend& part, ShardEnds& ends, Epoch epoch,
                       const std::vector<Fact>& facts) {
  RecordBuilder builder;
  for (const auto& fact : facts) builder.add(RunId{fact.run}, fact.seq, fact.bytes);
  if (part.count == 0) part.first = ends.last + 1;
  ++ends.last;
  ends.chain = builder.finish(part.shard, epoch, ends.last, ends.chain, part.bytes);
  part.epoch = epoch;
  part.chain_after = ends.chain;
  ++part.count;
}

/// One record of one event, "<text>", ready to append.
inline ShardAppend one_record(const Store& store, ShardId shard, std::string text,
                              Epoch epoch = 1) {
  auto ends = store.ends(shard);
  ShardAppend part;
  part.shard = shard;
  const Seq seq = ends.last + 1;
  add_record(part, ends, epoch, {Fact{RunId::make(shard, 1).value, seq, std::move(text)}});
  return part;
}

inline Result<void> append_one(Store& store, ShardId shard, std::string text, Epoch epoch = 1) {
  auto part = one_record(store, shard, std::move(text), epoch);
  return store.append({&part, 1}, true);
}

/// All events of a shard's journal from `from`, by position.
inline Result<std::map<Position, std::vector<Fact>>> read_all(const Store& store, ShardId shard,
                                                              Position from = 1) {
  std::map<Position, std::vector<Fact>> found;
  auto read = store.read(shard, from, [&](Position position, Epoch, std::string_view body) {
    for_each_event(body, [&](RunId run, Seq seq, std::string_view bytes) {
      found[position].push_back({run.value, seq, std::string(bytes)});
    });
    return true;
  });
  if (!read) return std::move(read).error();
  return found;
}

/// The texts of one_record's events, in order; "!" and the code when reading failed.
inline std::vector<std::string> texts(const Store& store, ShardId shard, Position from = 1) {
  auto found = read_all(store, shard, from);
  if (!found) return {"!" + std::string(name(found.code()))};
  std::vector<std::string> result;
  for (const auto& [position, facts] : *found) {
    for (const auto& fact : facts) result.push_back(fact.bytes);
  }
  return result;
}

}  // namespace reprise::journal::testing
