// Records: bytes of a disk, whose checksum a mutator puts right.
#include <algorithm>
#include <tuple>

#include "fuzz/events.h"
#include "fuzz/seals.h"
#include "journal/record.h"

namespace reprise::fuzz {
namespace {

using journal::EventCursor;
using journal::RecordBuilder;
using Events = std::vector<std::tuple<RunId, Seq, std::string>>;

Events events_of(std::string_view body) {
  Events events;
  for (EventCursor at(body); at.next();) events.emplace_back(at.run(), at.seq(), at.bytes());
  return events;
}

std::string framed(const Events& events, const journal::RecordFrame& like) {
  RecordBuilder builder;
  for (const auto& [run, seq, bytes] : events) builder.add(run, seq, bytes);
  std::string frame;
  const auto position = std::max<Position>(1, like.position);
  builder.finish(like.shard, like.epoch, position, like.previous, frame);
  return frame;
}

/// What a frame must be once it is accepted.
void check(std::string_view bytes, const journal::RecordFrame& frame) {
  holds(frame.size <= bytes.size() && frame.body.size() < frame.size, "a frame is what was given");
  const auto hash = hash_of_record(bytes.substr(0, frame.size));
  holds(hash == frame.chain, "an accepted record's checksum is that of its bytes");
  EventCursor cursor(frame.body);
  std::uint64_t count = 0;
  std::size_t size = 0;
  for (; cursor.next(); ++count) size += cursor.bytes().size();
  holds(cursor.complete() && count == frame.events, "an accepted body has the events it says");
  holds(size <= frame.body.size(), "no byte of a body is two events'");
  journal::for_each_event(frame.body, [&](RunId, Seq seq, std::string_view) {
    holds(seq != 0, "events are numbered from 1");
  });
  if (frame.events == 0 || frame.position == 0) return;

  const auto events = events_of(frame.body);
  const auto again = framed(events, frame);
  auto read = journal::read_frame(again, frame.shard, frame.position, frame.previous);
  holds(accepted(read) && events_of(read->body) == events && read->epoch == frame.epoch,
        "a record framed anew has the same events");
  auto other = frame.previous;
  other.low ^= 1;
  holds(journal::read_frame(bytes, frame.shard, frame.position, other).code() == Code::corrupt,
        "a record does not continue another chain");
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  journal::RecordFrame frame;
  frame.position = 1;
  Events events;
  for (const auto& bytes : some_events()) {
    events.emplace_back(RunId::make(static_cast<ShardId>(events.size() % 3), events.size() / 2),
                        events.size() + 1, bytes);
    if (events.size() % 7 == 1) all.push_back(framed(events, frame));
    frame.position += 1;
    frame.epoch += 3;
    frame.previous.low = frame.previous.low * 5 + 1;
  }
  return all;
}

}  // namespace reprise::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace reprise;
  fuzz::Dice dice(seed);
  std::string frame(reinterpret_cast<const char*>(data), size);
  const auto found = journal::peek_frame(frame);
  auto events = found ? fuzz::events_of(found->body) : fuzz::Events{};
  const auto unnumbered = [](const auto& event) { return std::get<Seq>(event) == 0; };
  if (std::any_of(events.begin(), events.end(), unnumbered)) events.clear();
  if (!events.empty() && dice.roll(2) == 0) {
    const auto at = dice.roll(events.size());
    auto& [run, seq, bytes] = events[at];
    switch (dice.roll(5)) {
      case 0: run = RunId{dice.number()}; break;
      case 1: seq = std::max<Seq>(1, dice.number()); break;
      case 2: events.push_back(events[at]); break;
      default: bytes = fuzz::changed_event(bytes, dice, max_size / 2); break;
    }
    frame = fuzz::framed(events, *found);
  } else {
    frame = fuzz::mutated(std::move(frame), max_size);
  }
  // One in eight keeps its damage.
  if (dice.roll(8) != 0) fuzz::seal_record(frame);
  return fuzz::give(frame, data, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto peeked = journal::peek_frame(bytes);
  const auto shard = peeked ? peeked->shard : ShardId{0};
  const auto position = peeked ? peeked->position : Position{1};
  const auto frame = journal::read_frame(bytes, shard, position, std::nullopt);
  if (fuzz::accepted(frame)) {
    fuzz::holds(peeked.has_value(), "what is accepted can be peeked at");
    fuzz::check(bytes, *frame);
  }
  // A body is walked by those who verified it before; unverified it must still end.
  for (journal::EventCursor at(bytes); at.next();) {
    fuzz::holds(at.bytes().size() <= bytes.size(), "an event lies within its body");
  }
  return 0;
}
