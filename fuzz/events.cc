#include "fuzz/events.h"

#include <chrono>
#include <iterator>

#include "support/events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace reprise::fuzz {

using replay::Event;
using replay::EventKind;

namespace {

std::string_view keep(Texts& texts, std::string text) {
  return texts.emplace_back(std::move(text));
}

/// Mostly one of a few, so that texts meet.
std::string_view some_text(Dice& dice, Texts& texts) {
  static constexpr std::string_view known[] = {"",         "a",        "b",   "step",
                                               "x\x1b[2J", "\xff\xfe", "null"};
  const auto which = dice.roll(std::size(known) + 2);
  if (which < std::size(known)) return known[which];
  return keep(texts, std::string(dice.roll(which % 2 == 0 ? 20 : 3000), 'y'));
}

void change_number(Event& event, Dice& dice) {
  const auto value = dice.number();
  switch (dice.roll(15)) {
    case 0: event.name = static_cast<std::uint32_t>(value); break;
    case 1: event.site = static_cast<std::uint32_t>(value); break;
    case 2: event.time = static_cast<Nanos>(value); break;
    case 3: event.op = static_cast<OpId>(value); break;
    case 4: event.attempt = static_cast<std::uint32_t>(value); break;
    case 5: event.hash = value; break;
    case 6: event.draws = value; break;
    case 7: event.due = static_cast<Nanos>(value); break;
    case 8: event.failure_code = static_cast<std::uint16_t>(value); break;
    case 9: event.peer = RunId{value}; break;
    case 10: event.peer_op = static_cast<OpId>(value); break;
    case 11: event.seed = value; break;
    case 12: event.shard = static_cast<ShardId>(value); break;
    case 13: event.number = value; break;
    default:
      event.version = static_cast<std::int32_t>(value);
      event.state.resize(value % 3, {static_cast<std::uint32_t>(value), 7});
      break;
  }
}

void change_text(Event& event, Dice& dice, Texts& texts) {
  const auto text = some_text(dice, texts);
  switch (dice.roll(8)) {
    case 0: event.payload = text; break;
    case 1: event.failure_type = text; break;
    case 2: event.failure_message = text; break;
    case 3: event.text = text; break;
    case 4: event.space = text; break;
    case 5: event.id = text; break;
    case 6: event.trace = text; break;
    default: event.opaque = text; break;
  }
}

void change_step(StepOptions& step, Dice& dice) {
  using std::chrono::nanoseconds;
  const auto value = dice.number();
  switch (dice.roll(8)) {
    case 0: step.timeout = nanoseconds(static_cast<Nanos>(value)); break;
    case 1: step.total_timeout = nanoseconds(static_cast<Nanos>(value)); break;
    case 2: step.attempts = static_cast<std::uint32_t>(value); break;
    case 3: step.backoff = nanoseconds(static_cast<Nanos>(value)); break;
    case 4: step.backoff_factor = static_cast<double>(value) / 3; break;
    case 5: step.backoff_max = nanoseconds(static_cast<Nanos>(value)); break;
    case 6: step.jitter = static_cast<double>(value % 7) / 3; break;
    default: step.poison_after = static_cast<std::uint32_t>(value); break;
  }
}

void change_flag(Event& event, Dice& dice) {
  bool* const flags[] = {&event.more, &event.failed, &event.detached, &event.shielded,
                         &event.retryable};
  bool& flag = *flags[dice.roll(std::size(flags))];
  flag = !flag;
}

void change_packing(Event& event, Dice& dice) {
  switch (dice.roll(4)) {
    case 0: event.packed.size = dice.number(); break;
    case 1: event.packed.blob = dice.number(); break;
    case 2: event.packed.hash.low = dice.number(); break;
    default:
      event.packed.compression = dice.roll(2) == 0 ? Compression::none : Compression::zstd;
      break;
  }
  if (event.packed.size == 0) event.packed = {};  // Plain, and then there is no more of it.
}

}  // namespace

EventKind kind_at(std::size_t index) noexcept {
  return testing::all_kinds[index % std::size(testing::all_kinds)];
}

Event event_from(Input& input, Texts& texts) {
  Event event;
  event.kind = kind_at(input.byte());
  const auto flags = input.byte();
  event.more = (flags & 1) != 0;
  event.failed = (flags & 2) != 0;
  event.detached = (flags & 4) != 0;
  event.retryable = (flags & 8) != 0;
  event.shielded = (flags & 16) != 0;
  event.on_parent_close = static_cast<detail::ParentClose>((flags >> 5) % 3);
  const auto ids = input.byte();
  event.op = ids & 7U;
  event.name = (ids >> 3) & 3U;
  event.attempt = (ids >> 5) & 3U;
  const auto numbers = input.byte();
  event.number = numbers & 3U;
  event.peer = RunId{(numbers >> 2) & 3U};
  event.time = 1000 + ((numbers >> 4) & 3);
  event.due = event.time + (numbers >> 6);
  const auto texts_of = input.byte();
  static constexpr std::string_view few[] = {"", "a", "b", "cc"};
  event.text = few[texts_of & 3];
  event.id = few[(texts_of >> 2) & 3];
  event.encoding = static_cast<Encoding>((texts_of >> 4) % 6);
  event.payload = (texts_of & 128) != 0 ? "[1]" : "";
  // One in eight is more than that.
  if ((ids & 0xE0) == 0xE0) {
    Dice dice(input.number(4));
    for (auto left = dice.roll(6); left != 0; --left) change(event, dice, texts);
  }
  return event;
}

void change(Event& event, Dice& dice, Texts& texts) {
  switch (dice.roll(12)) {
    case 0: event.kind = kind_at(dice.roll(256)); break;
    case 1: event.encoding = static_cast<Encoding>(dice.roll(6)); break;
    case 2: event.on_parent_close = static_cast<detail::ParentClose>(dice.roll(3)); break;
    case 3: change_flag(event, dice); break;
    case 4: change_packing(event, dice); break;
    case 5: change_step(event.step, dice); break;
    case 6:
      if (!event.children.empty() && dice.roll(2) == 0) {
        event.children.pop_back();
      } else {
        event.children.push_back({{std::string(some_text(dice, texts)), "child"},
                                  RunId{dice.number()},
                                  static_cast<detail::ParentClose>(dice.roll(3))});
      }
      break;
    case 7:
    case 8: change_text(event, dice, texts); break;
    default: change_number(event, dice); break;
  }
}

std::string changed_event(std::string_view bytes, Dice& dice, std::size_t max_size) {
  if (dice.roll(4) != 0) {
    if (auto event = replay::decode(bytes)) {
      Texts texts;
      for (auto left = 1 + dice.roll(3); left != 0; --left) change(*event, dice, texts);
      return bytes_of(*event);
    }
  }
  return mutated(std::string(bytes), max_size);
}

std::string all_of(const Event& event) {
  std::string text = fmt::format("{} {}{}{}{}{} n{} s{} t{} o{} a{} h{} d{} u{} e{} ",
                                 static_cast<int>(event.kind), event.more, event.failed,
                                 event.detached, event.shielded, event.retryable, event.name,
                                 event.site, event.time, event.op, event.attempt, event.hash,
                                 event.draws, event.due, static_cast<int>(event.encoding));
  for (const auto view : {event.payload, event.failure_type, event.failure_message, event.text,
                          event.space, event.id, event.trace, event.opaque}) {
    text += fmt::format("{}:{} ", view.size(), view);
  }
  text +=
      fmt::format("p{} {} {} {}{} f{} r{} {} c{} s{} {} n{} v{} d{} ",
                  static_cast<int>(event.packed.compression), event.packed.size, event.packed.blob,
                  event.packed.hash.low, event.packed.hash.high, event.failure_code,
                  event.peer.value, event.peer_op, static_cast<int>(event.on_parent_close),
                  event.seed, event.shard, event.number, event.version, event.depth);
  const auto& step = event.step;
  text += fmt::format("{} {} {} {} {} {} {} {} {} {}", step.timeout.count(),
                      step.total_timeout.count(), step.attempts, step.backoff.count(),
                      step.backoff_factor, step.backoff_max.count(), step.jitter, step.poison_after,
                      static_cast<int>(step.runs_on), step.pure);
  for (const auto& child : event.children) {
    text += fmt::format(" {}/{} {} {}", child.key.space, child.key.id, child.run.value,
                        static_cast<int>(child.on_parent_close));
  }
  return text + " w" + replay::state_text(event);
}

std::vector<std::string> some_events() {
  std::vector<std::string> events;
  for (const auto kind : testing::all_kinds) {
    Event sparse;
    sparse.kind = kind;
    sparse.time = 1;
    sparse.attempt = 1;
    events.push_back(bytes_of(sparse));
    events.push_back(bytes_of(testing::full_event(kind)));
  }
  Event watched = testing::full_event(EventKind::timer_started);
  watched.state = {{1, 2}, {3, 4}};
  events.push_back(bytes_of(watched));
  for (const auto& packed : testing::packings) {
    Event event = testing::full_event(EventKind::step_completed);
    event.packed = packed;
    events.push_back(bytes_of(event));
  }
  return events;
}

std::string bytes_of(const Event& event) {
  std::string bytes;
  replay::encode(event, bytes);
  return bytes;
}

}  // namespace reprise::fuzz
