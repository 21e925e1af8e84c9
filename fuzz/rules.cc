// The rules that make events of arrivals: any message and any answer, to any state.
#include <algorithm>
#include <limits>

#include "fuzz/events.h"
#include "replay/rules.h"

#include <fmt/format.h>

namespace reprise::fuzz {
namespace {

using replay::Event;
using replay::EventKind;
using replay::InstanceState;

replay::Message message_from(Input& input) {
  static constexpr std::string_view few[] = {"", "a", "b", "cc"};
  replay::Message message;
  const auto head = input.byte();
  message.kind = static_cast<replay::MessageKind>(1 + head % 8);
  message.failed = (head & 64) != 0;
  message.detached = (head & 128) != 0;
  const auto ids = input.byte();
  message.from = RunId{ids & 3U};
  message.to = RunId{(ids >> 2) & 3U};
  message.to_op = (ids >> 4) & 7U;
  const auto texts = input.byte();
  message.key = {std::string(few[texts & 1]), std::string(few[(texts >> 1) & 3])};
  message.name = few[(texts >> 3) & 3];
  message.signal_id = few[(texts >> 5) & 3];
  message.depth = input.byte() % 70;
  message.failure = {static_cast<std::uint16_t>(input.byte()), "", "why", false};
  message.payload = {Encoding::json, "[]"};
  return message;
}

/// Records what a rule made, as the runtime does.
void record(InstanceState& state, Event event, const replay::Names& names) {
  event.time = std::max(state.time, event.time);
  const auto bytes = bytes_of(event);
  auto decoded = replay::decode(bytes);
  holds(accepted(decoded), "what a rule makes can be recorded");
  const auto made = all_of(event);
  const auto read = all_of(*decoded);
  holds(read == made, fmt::format("what is made is read\n{}\n{}", made, read));
  replay::apply_instance(state, *decoded, bytes, names, 1);
}

/// Whether an answer is about the operation, and is still one when it is given twice.
void check_answer(const InstanceState& state, OpId op, const replay::StepAnswer& answer) {
  if (answer.stale) return;
  if (answer.event.kind == EventKind::workflow_paused) return;
  holds(answer.event.op == op, "an answer is that of the operation asked about");
  holds(state.open.contains(op), "a closed operation has no answer");
}

replay::StepAnswer ask(const InstanceState& state, OpId op, Input& input,
                       const detail::Outcome& outcome) {
  const auto which = input.byte();
  const auto attempt = input.byte() % 4U;
  // A history may be of the end of time.
  const Nanos passed = input.byte();
  const Nanos now = std::min(state.time, std::numeric_limits<Nanos>::max() - passed) + passed;
  switch (which % 7) {
    case 0:
      return replay::step_answered(state, op, attempt, outcome, now,
                                   static_cast<double>(which) / 256);
    case 1: return replay::handed_over(state, op, attempt, which, now);
    case 2: return replay::due(state, op, now);
    case 3: return replay::cancelled(state, op, now);
    case 4: return replay::hung(state, op, now);
    case 5: return replay::redrive(state, op, 1 + which % 3, now);
    default: {
      static_cast<void>(replay::total_left(state, op, now));
      static_cast<void>(replay::overdue(state, op, now));
      return {.stale = true, .event = {}};
    }
  }
}

void check_message(InstanceState& state, Input& input, const replay::Names& names) {
  const auto message = message_from(input);
  const bool known = input.byte() % 4 != 0;
  const auto received = replay::receive(message, known ? &state : nullptr);
  if (received.as == replay::Received::As::instance_event) {
    holds(known && state.status == replay::Status::open, "only an open run gets an event");
    record(state, received.event, names);
  } else if (received.as != replay::Received::As::nothing) {
    auto event = received.event;
    const auto bytes = bytes_of(event);
    holds(accepted(replay::decode(bytes)), "a refusal can be recorded");
  }
}

void check_limits(const InstanceState& state, const Event& event, std::uint8_t tight) {
  Limits limits;
  limits.history_events_max = tight;
  limits.open_operations_max = tight % 5;
  limits.payload_size_max = tight % 3;
  for (const auto& failure :
       {replay::refused(state, event, limits), replay::refused(state, limits)}) {
    if (!failure) continue;
    check_error(Error(static_cast<Code>(failure->code), failure->message));
  }
  Event cut = event;
  replay::cut_payload(cut, limits);
  holds(cut.payload.size() <= event.payload.size(), "a payload that is cut does not grow");
}

void run(Input input) {
  replay::Names names;
  for (const auto* name : {"a", "b", "cc"}) names.add(name);
  InstanceState state;
  state.run = RunId{1};
  Texts texts;
  Event start;
  start.kind = EventKind::workflow_started;
  start.id = "a";
  record(state, start, names);
  const detail::Outcome outcomes[] = {Payload{Encoding::json, "1"}, Failure{23, "", "no", true},
                                      Failure{25, "T", "hung", false}};
  while (!input.empty() && state.status == replay::Status::open) {
    const auto what = input.byte();
    if (what < 0x60) {
      auto event = event_from(input, texts);
      if (static_cast<std::uint8_t>(event.kind) < 100) continue;
      check_limits(state, event, what);
      if (is_closing_event(event.kind)) replay::fill_closing(state, event);
      record(state, event, names);
    } else if (what < 0xB0) {
      const OpId op = what % 8;
      const auto answer = ask(state, op, input, outcomes[what % 3]);
      check_answer(state, op, answer);
      if (!answer.stale) record(state, answer.event, names);
    } else {
      check_message(state, input, names);
    }
    static_cast<void>(replay::needs_cut(state));
  }
}

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  Dice dice(3);
  for (int i = 0; i < 20; ++i) {
    std::string seed;
    for (auto left = 6 + dice.roll(150); left != 0; --left) {
      seed.push_back(static_cast<char>(dice.draw()));
    }
    all.push_back(seed);
  }
  return all;
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::fuzz::run(reprise::fuzz::Input(data, size));
  return 0;
}
