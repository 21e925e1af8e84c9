// Records read last, for those who look for the events of one run in them.
//
// A record holds the events of many runs. Whoever loads one of these is often followed by others:
// after a kill, or when finished runs are asked for. The first look at a record reads it as it
// is; the second has its events sorted by run, and from then on a look costs what it finds.
//
// Invariants:
// - What is kept, with what it takes to find it, is not more than the budget, but for the one read
// last.
//
// Threads: the shard's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <reprise/ids.h>

#include "journal/store.h"

namespace reprise::runtime {

class RecordCache {
 public:
  /// False ends the reading.
  using Sink = std::function<bool(Epoch, Seq, std::string_view event)>;

  /// Keeps up to `budget` bytes.
  RecordCache(const journal::Store& store, std::size_t budget) : store_(store), budget_(budget) {}

  /// The events of `run` in the records at these positions, which rise; views are valid during the
  /// call. Errors: of Store::read; corrupt, a position that the journal has not got.
  Result<void> read(ShardId shard, std::span<const Position> positions, RunId run,
                    const Sink& sink);

  /// Nobody asks for records at or before `snapshot` any more.
  void forget(Position snapshot);

  /// What is kept takes so many bytes.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  /// Of a record beside its body.
  static constexpr std::size_t overhead = 192;
  /// Records between two that are wanted which are rather read than sought past: a commit may have
  /// put them under one key.
  static constexpr Position near = 64;

  struct Place {
    RunId run;
    Seq seq = 0;
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  struct Record {
    Position at = 0;
    Epoch epoch = 0;
    std::string body;
    std::vector<Place> places;  ///< By run and seq; empty until the record is asked for again.
  };

  [[nodiscard]] static std::size_t size_of(const Record& record) noexcept {
    return overhead + record.body.size() + record.places.capacity() * sizeof(Place);
  }
  static bool give(const Record& record, RunId run, const Sink& sink);
  void sort(Record& record);
  void keep(Position at, Epoch epoch, std::string_view body);
  void shrink();

  const journal::Store& store_;
  std::list<Record> records_;  ///< The last used first.
  std::unordered_map<Position, std::list<Record>::iterator> by_position_;
  const std::size_t budget_;
  std::size_t bytes_ = 0;
};

}  // namespace reprise::runtime
