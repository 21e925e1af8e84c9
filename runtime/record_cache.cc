#include "runtime/record_cache.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "journal/record.h"

namespace reprise::runtime {

Result<void> RecordCache::read(ShardId shard, std::span<const Position> positions, RunId run,
                               const Sink& sink) {
  bool more = true;
  while (more && !positions.empty()) {
    if (const auto kept = by_position_.find(positions.front()); kept != by_position_.end()) {
      records_.splice(records_.begin(), records_, kept->second);
      more = give(records_.front(), run, sink);
      positions = positions.subspan(1);
      continue;
    }
    const auto take = [&](Position at, Epoch epoch, std::string_view body) {
      if (at == positions.front()) {
        bool others = false;
        for (journal::EventCursor cursor(body); more && cursor.next();) {
          if (cursor.run() == run) more = sink(epoch, cursor.seq(), cursor.bytes());
          others |= cursor.run() != run;
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

bool RecordCache::give(Record& record, RunId run, const Sink& sink) {
  if (record.places.empty()) sort(record);
  auto place = std::lower_bound(record.places.begin(), record.places.end(), run,
                                [](const Place& one, RunId wanted) { return one.run < wanted; });
  for (; place != record.places.end() && place->run == run; ++place) {
    const std::string_view event(record.body.data() + place->begin, place->size);
    if (!sink(record.epoch, place->seq, event)) return false;
  }
  return true;
}

void RecordCache::sort(Record& record) {
  for (journal::EventCursor cursor(record.body); cursor.next();) {
    const auto begin = static_cast<std::uint32_t>(cursor.bytes().data() - record.body.data());
    record.places.push_back(
        {cursor.run(), cursor.seq(), begin, static_cast<std::uint32_t>(cursor.bytes().size())});
  }
  std::sort(record.places.begin(), record.places.end(), [](const Place& a, const Place& b) {
    return std::tie(a.run, a.seq) < std::tie(b.run, b.seq);
  });
}

void RecordCache::keep(Position at, Epoch epoch, std::string_view body) {
  if (body.size() > bytes_max) return;
  for (; bytes_ + body.size() > bytes_max; records_.pop_back()) {
    bytes_ -= records_.back().body.size();
    by_position_.erase(records_.back().at);
  }
  bytes_ += body.size();
  records_.push_front({at, epoch, std::string(body), {}});
  by_position_[at] = records_.begin();
}

}  // namespace reprise::runtime
