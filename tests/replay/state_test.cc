#include <doctest/doctest.h>

#include "replay/rules.h"
#include "support/events.h"

using namespace reprise;
using namespace reprise::replay;
using namespace reprise::testing;

namespace {

/// Small and fast; good enough to wander through events.
struct Dice {
  std::uint64_t state;
  std::uint64_t next(std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % below;
  }
};

const EventKind instance_kinds[] = {
    EventKind::cancel_requested,    EventKind::activation_cut,      EventKind::step_scheduled,
    EventKind::step_completed,      EventKind::step_attempt_failed, EventKind::timer_started,
    EventKind::timer_fired,         EventKind::signal_awaited,      EventKind::signal_received,
    EventKind::child_scheduled,     EventKind::child_started,       EventKind::child_start_failed,
    EventKind::child_completed,     EventKind::signal_sent,         EventKind::signal_delivered,
    EventKind::operation_cancelled, EventKind::version_chosen,      EventKind::workflow_paused,
    EventKind::workflow_resumed,    EventKind::step_handed_over};

Event wander(Dice& dice, std::string& id) {
  Event event;
  event.kind = instance_kinds[dice.next(std::size(instance_kinds))];
  event.op = static_cast<OpId>(1 + dice.next(12));
  event.attempt = static_cast<std::uint32_t>(1 + dice.next(2));
  event.name = static_cast<std::uint32_t>(1 + dice.next(3));
  event.time = static_cast<Nanos>(dice.next(1000));
  event.due = static_cast<Nanos>(dice.next(1000));
  event.more = dice.next(8) == 0;
  if (event.kind == EventKind::workflow_paused) event.number = 1 + dice.next(2);
  if (event.kind == EventKind::child_scheduled || event.kind == EventKind::signal_sent) {
    id = "id-" + std::to_string(dice.next(5));
    event.id = id;
  }
  if (event.kind == EventKind::signal_received && dice.next(2) == 0) {
    id = "signal-" + std::to_string(dice.next(100));
    event.text = id;
  }
  return event;
}

/// What damaged bytes may come to: a coded error, or a state whose bytes are read as the same one.
template <class Decode>
bool is_refused_or_stays(const Decode& decode, std::string_view damaged) {
  const auto state = decode(damaged);
  if (!state.ok()) return state.code() == Code::corrupt || state.code() == Code::newer_format;
  const std::string bytes = encode(*state);
  const auto again = decode(bytes);
  return again.ok() && encode(*again) == bytes;
}

}  // namespace

TEST_SUITE("replay/state") {
  TEST_CASE("a state that was encoded and read back folds on as if it had not been") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      Dice dice{seed};
      Names names;
      for (const char* text : {"a", "b", "c"}) names.add(text);
      InstanceState kept;
      InstanceState stored;
      ShardState kept_shard;
      ShardState stored_shard;
      kept_shard.shards = stored_shard.shards = 3;
      for (int i = 0; i < 200; ++i) {
        std::string id;
        const Event event = wander(dice, id);
        std::string bytes;
        encode(event, bytes);
        apply_instance(kept, event, bytes, names, 3);
        apply_instance(stored, event, bytes, names, 3);
        apply_shard(kept_shard, RunId::make(0, 1 + dice.next(4)), event);
        stored_shard = decode_shard_state(encode(kept_shard)).value();
        const auto row = encode(stored);
        stored = decode_instance_state(row).value();
        REQUIRE(encode(stored) == row);
        REQUIRE(encode(stored) == encode(kept));
        REQUIRE(encode(stored_shard) == encode(kept_shard));
      }
      CHECK(kept.seq == 200);
    }
  }

  TEST_CASE("damaged state bytes are refused, or a state that comes back as it was read") {
    Dice dice{7};
    Names names;
    InstanceState state;
    ShardState shard;
    for (int i = 0; i < 60; ++i) {
      std::string id;
      const Event event = wander(dice, id);
      std::string bytes;
      encode(event, bytes);
      apply_instance(state, event, bytes, names, 1);
      apply_shard(shard, RunId::make(0, 1), event);
    }
    for (const auto& bytes : {encode(state), encode(shard)}) {
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string copy = bytes;
        copy[i] = static_cast<char>(copy[i] ^ (1 << dice.next(8)));
        const std::string cut = bytes.substr(0, i);
        for (const std::string& damaged : {copy, cut}) {
          CAPTURE(i);
          CHECK(is_refused_or_stays(decode_instance_state, damaged));
          CHECK(is_refused_or_stays(decode_shard_state, damaged));
        }
      }
    }
    CHECK(decode_instance_state("").code() == Code::corrupt);
    CHECK(decode_shard_state("").code() == Code::corrupt);
  }

  TEST_CASE("a status that the result contradicts is corrupt") {
    InstanceState state;
    REQUIRE(decode_instance_state(encode(state)).ok());
    state.status = Status::completed;
    CHECK(decode_instance_state(encode(state)).code() == Code::corrupt);
    state.outcome = Payload{Encoding::json, "1"};
    CHECK(decode_instance_state(encode(state)).ok());
    state.status = Status::open;
    CHECK(decode_instance_state(encode(state)).code() == Code::corrupt);
  }

  TEST_CASE("an operation that ends by an answer of another kind waits for no signal any more") {
    const auto fold = [](const char* rows) {
      Names names;
      InstanceState state;
      const auto apply = [&](EventKind kind, bool detached) {
        Event event;
        event.kind = kind;
        event.op = kind == EventKind::signal_received ? 0 : 1;
        event.detached = detached;
        apply_instance(state, event, bytes_of(event), names, 1);
        if (*rows++ == 'r') state = decode_instance_state(encode(state)).value();
      };
      apply(EventKind::signal_awaited, true);
      apply(EventKind::child_started, false);
      apply(EventKind::signal_received, false);
      CHECK(state.signals.unread().size() == 1);
      return encode(state);
    };
    CHECK(fold("   ") == fold("rrr"));
  }

  TEST_CASE("numbers of a pause and of a refusal that nobody knows leave a state that is read") {
    Event event;
    Names names;
    InstanceState run;
    ShardState shard;
    for (const std::uint64_t number : {0U, 1U, 2U, 3U, 6U, 7U, 255U, 256U, 257U}) {
      event.number = number;
      event.kind = EventKind::workflow_paused;
      apply_instance(run, event, bytes_of(event), names, 1);
      const auto row = decode_instance_state(encode(run));
      REQUIRE(row.ok());
      CHECK(row->paused == (number == 2 ? PauseReason::poison : PauseReason::user));
      event.kind = EventKind::message_refused;
      event.peer = RunId::make(0, 1);
      apply_shard(shard, RunId::of_shard(0), event);
      CHECK(decode_shard_state(encode(shard)).ok());
    }
    CHECK(shard.outboxes[0].messages.size() == 2);
  }

  TEST_CASE("a packed result and packed messages are kept as they are, in rows and outboxes") {
    for (const Packed& packed : packings) {
      Event event;
      event.kind = EventKind::workflow_completed;
      event.peer = RunId::make(0, 9);
      event.payload = packed.blob == 0 ? "compressed" : "";
      event.packed = packed;
      InstanceState instance;
      instance.run = RunId::make(0, 1);
      apply_instance(instance, event, bytes_of(event), Names(), 1);
      const auto row = decode_instance_state(encode(instance)).value();
      CHECK(row.packed == packed);
      CHECK(std::get<Payload>(*row.outcome).bytes == event.payload);
      ShardState shard;
      apply_shard(shard, instance.run, event);
      const auto position = decode_shard_state(encode(shard)).value();
      const auto& message = position.outboxes.at(0).messages.at(0);
      CHECK(message.packed == packed);
      CHECK(message.from == instance.run);
      CHECK(message.payload.bytes == event.payload);
    }
  }

  TEST_CASE("a waiting run's row is small") {
    InstanceState state;
    state.run = RunId::make(7, 123456);
    state.key = {"", "order-1234567"};
    Names names;
    for (const auto kind : {EventKind::workflow_started, EventKind::timer_started}) {
      Event event;
      event.kind = kind;
      event.id = kind == EventKind::workflow_started ? "order-1234567" : "";
      event.time = 1'700'000'000'000'000'000;
      event.hash = event.seed = 0x1234567890ABCDEF;
      event.op = kind == EventKind::timer_started ? 1 : 0;
      event.due = event.time + 1;
      std::string bytes;
      encode(event, bytes);
      apply_instance(state, event, bytes, names, 1);
    }
    CHECK(encode(state).size() <= 240);
  }

  TEST_CASE("messages are numbered per target shard and dropped once acknowledged") {
    ShardState shard;
    shard.shards = 1;
    Event send;
    send.kind = EventKind::signal_sent;
    send.id = "other";
    for (int i = 0; i < 3; ++i) apply_shard(shard, RunId::make(0, 1), send);
    CHECK(shard.outboxes.at(0).first == 1);
    CHECK(shard.outboxes.at(0).next() == 4);
    Event ack;
    ack.kind = EventKind::outbox_acked;
    ack.number = 2;
    apply_shard(shard, RunId::of_shard(0), ack);
    CHECK(shard.outboxes.at(0).first == 3);
    CHECK(shard.outboxes.at(0).messages.size() == 1);
    apply_shard(shard, RunId::of_shard(0), ack);
    CHECK(shard.outboxes.at(0).messages.size() == 1);
    CHECK(decode_shard_state(encode(shard)).value().outboxes.at(0).next() == 4);
  }

  TEST_CASE("a mark never goes back") {
    ShardState shard;
    Event mark;
    mark.kind = EventKind::mark_advanced;
    mark.shard = 2;
    for (const std::uint64_t number : {5U, 3U}) {
      mark.number = number;
      apply_shard(shard, RunId::of_shard(0), mark);
    }
    CHECK(shard.marks.at(2) == 5);
  }

  TEST_CASE("the ready list holds runs with an attempt not answered or an activation not ended") {
    ShardState shard;
    shard.shards = 1;
    const auto run = RunId::make(0, 1);
    Event event;
    event.kind = EventKind::step_scheduled;
    event.attempt = 1;
    event.more = true;
    apply_shard(shard, run, event);
    CHECK(shard.ready.at(run).attempts == 1);
    CHECK(shard.ready.at(run).more);
    event.kind = EventKind::timer_started;
    event.more = false;
    apply_shard(shard, run, event);
    CHECK_FALSE(shard.ready.at(run).more);
    event.kind = EventKind::step_completed;
    apply_shard(shard, run, event);
    CHECK(shard.ready.empty());
  }

  TEST_CASE("a cut activation keeps its run on the ready list until the code issues a command") {
    ShardState shard;
    shard.shards = 1;
    const auto run = RunId::make(0, 1);
    for (const auto kind : {EventKind::activation_cut, EventKind::signal_received}) {
      Event event;
      event.kind = kind;
      apply_shard(shard, run, event);
      REQUIRE(shard.ready.contains(run));
      CHECK(shard.ready.at(run).more);
    }
    Event command;
    command.kind = EventKind::timer_started;
    apply_shard(shard, run, command);
    CHECK(shard.ready.empty());
  }

  TEST_CASE("which shard an instance lives on is fixed for ever") {
    // XXH3_64bits("\0order-42") and ("eu\0order-42") mod 8, computed with the xxHash library.
    CHECK(shard_of({"", "order-42"}, 1) == 0);
    CHECK(shard_of({"", "order-42"}, 8) == hash64(std::string_view("\0order-42", 9)) % 8);
    CHECK(shard_of({"eu", "order-42"}, 8) == hash64(std::string_view("eu\0order-42", 11)) % 8);
  }
}
