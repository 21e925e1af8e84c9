#include "runtime/record_cache.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "journal/record.h"

namespace reprise::runtime {

Result<void> RecordCache::read(ShardId shard, std::span<const Position> positions, RunId run,
                               const Sink& sink) {
  bool more = true;
  while (more && !positions.empty()) {
    if (const auto kept = by_position_.find(positions.front()); kept != by_position_.end()) {
      records_.splice(records_.begin(), records_, kept->second);
      if (records_.front().places.empty()) sort(records_.front());
      more = give(records_.front(), run, sink);
      positions = positions.subspan(1);
      continue;
    }
    const auto take = [&](Position at, Epoch epoch, std::string_view body) {
      if (at == positions.front()) {
        bool others = false;
        for (journal::EventCursor cursor(body); more && cursor.next();) {
          if (cursor.run() == run) more = sink(epoch, cursor.seq(), cursor.bytes());
          others |= cursor.run() != run && !cursor.run().is_shard();
        }
        if (others) keep(at, epoch, body);  // Else nobody asks for it again.
        positions = positions.subspan(1);
      }
      return more && !positions.empty() && positions.front() - at <= near &&
             !by_position_.contains(positions.front());
    };
    const Position wanted = positions.front();
    if (auto read = store_.read(shard, wanted, take); !read) return read;
    if (more && !positions.empty() && positions.front() == wanted) {
      return Error(Code::corrupt,
                   fmt::format("record {} of shard {} is behind the journal's end", wanted, shard));
    }
  }
  return {};
}

bool RecordCache::give(const Record& record, RunId run, const Sink& sink) {
  auto place = std::lower_bound(record.places.begin(), record.places.end(), run,
                                [](const Place& one, RunId wanted) { return one.run < wanted; });
  for (; place != record.places.end() && place->run == run; ++place) {
    const std::string_view event(record.body.data() + place->begin, place->size);
    if (!sink(record.epoch, place->seq, event)) return false;
  }
  return true;
}

void RecordCache::sort(Record& record) {
  bytes_ -= size_of(record);
  std::vector<Place> places;
  for (journal::EventCursor cursor(record.body); cursor.next();) {
    const auto begin = static_cast<std::uint32_t>(cursor.bytes().data() - record.body.data());
    places.push_back(
        {cursor.run(), cursor.seq(), begin, static_cast<std::uint32_t>(cursor.bytes().size())});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.run, a.seq) < std::tie(b.run, b.seq);
  });
  record.places = std::move(places);
  bytes_ += size_of(record);
  shrink();
}

void RecordCache::keep(Position at, Epoch epoch, std::string_view body) {
  if (body.size() > budget_) return;
  records_.push_front({at, epoch, std::string(body), {}});
  by_position_[at] = records_.begin();
  bytes_ += size_of(records_.front());
  shrink();
}

/// The one used last stays, whatever it takes: somebody reads it.
void RecordCache::shrink() {
  while (bytes_ > budget_ && records_.size() > 1) {
    bytes_ -= size_of(records_.back());
    by_position_.erase(records_.back().at);
    records_.pop_back();
  }
}

void RecordCache::forget(Position snapshot) {
  for (auto record = records_.begin(); record != records_.end();) {
    if (record->at > snapshot) {
      ++record;
      continue;
    }
    bytes_ -= size_of(*record);
    by_position_.erase(record->at);
    record = records_.erase(record);
  }
}

}  // namespace reprise::runtime
