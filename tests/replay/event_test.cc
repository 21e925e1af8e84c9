#include "replay/event.h"

#include <array>
#include <bit>
#include <cstring>
#include <iterator>
#include <limits>
#include <map>
#include <random>

#include <doctest/doctest.h>

#include "replay/names.h"
#include "replay/wire.h"
#include "schemas/event_generated.h"
#include "support/events.h"

using namespace reprise;
using namespace reprise::replay;
using namespace reprise::testing;

namespace {

void check_same_scalars(const Event& a, const Event& b) {
  CHECK(a.kind == b.kind);
  CHECK(a.more == b.more);
  CHECK(a.failed == b.failed);
  CHECK(a.detached == b.detached);
  CHECK(a.retryable == b.retryable);
  CHECK(a.shielded == b.shielded);
  CHECK(a.name == b.name);
  CHECK(a.site == b.site);
  CHECK(a.time == b.time);
  CHECK(a.op == b.op);
  CHECK(a.attempt == b.attempt);
  CHECK(a.hash == b.hash);
  CHECK(a.draws == b.draws);
  CHECK(a.due == b.due);
  CHECK(a.encoding == b.encoding);
  CHECK(a.failure_code == b.failure_code);
  CHECK(a.peer == b.peer);
  CHECK(a.peer_op == b.peer_op);
  CHECK(a.on_parent_close == b.on_parent_close);
  CHECK(a.seed == b.seed);
  CHECK(a.shard == b.shard);
  CHECK(a.number == b.number);
  CHECK(a.version == b.version);
  CHECK(a.depth == b.depth);
}

void check_same(const Event& a, const Event& b) {
  check_same_scalars(a, b);
  CHECK(a.payload == b.payload);
  CHECK(a.packed == b.packed);
  CHECK(a.failure_type == b.failure_type);
  CHECK(a.failure_message == b.failure_message);
  CHECK(a.text == b.text);
  CHECK(a.space == b.space);
  CHECK(a.id == b.id);
  CHECK(a.trace == b.trace);
  CHECK(a.opaque == b.opaque);
  CHECK(a.step.timeout == b.step.timeout);
  CHECK(a.step.total_timeout == b.step.total_timeout);
  CHECK(a.step.attempts == b.step.attempts);
  CHECK(a.step.backoff == b.step.backoff);
  CHECK(std::bit_cast<std::uint64_t>(a.step.backoff_factor) ==
        std::bit_cast<std::uint64_t>(b.step.backoff_factor));  // It may be no number.
  CHECK(a.step.backoff_max == b.step.backoff_max);
  CHECK(a.step.jitter == b.step.jitter);
  CHECK(a.step.poison_after == b.step.poison_after);
  CHECK(a.step.runs_on == b.step.runs_on);
  CHECK(a.step.pure == b.step.pure);
  REQUIRE(a.children.size() == b.children.size());
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    CHECK(a.children[i].key == b.children[i].key);
    CHECK(a.children[i].run == b.children[i].run);
    CHECK(a.children[i].on_parent_close == b.children[i].on_parent_close);
  }
}

}  // namespace

TEST_SUITE("replay/event") {
  TEST_CASE("an event of every kind comes back as it was, full and empty") {
    for (const auto kind : all_kinds) {
      CAPTURE(name_of(kind));
      for (const bool full : {true, false}) {
        Event event = full ? full_event(kind) : Event{};
        event.kind = kind;
        const auto bytes = bytes_of(event);
        const auto back = decode(bytes);
        REQUIRE(back.ok());
        check_same(*back, event);
        CHECK(kind_of(bytes) == kind);
      }
    }
  }

  TEST_CASE("how a payload is packed comes back; a plain one takes no byte for it") {
    for (const Packed& packed : packings) {
      Event event = full_event(EventKind::workflow_completed);
      const auto plain = bytes_of(event);
      event.packed = packed;
      const auto bytes = bytes_of(event);
      CHECK(decode(bytes)->packed == packed);
      CHECK(bytes.size() > plain.size() + 16);
      CHECK_FALSE(decode(plain)->packed);
    }
    Event small;
    small.kind = EventKind::step_completed;
    small.attempt = 1;
    small.op = 1;
    small.encoding = Encoding::json;
    small.payload = "12";
    CHECK(bytes_of(small).size() == 52);
  }

  TEST_CASE("an event decodes at any address") {
    const auto bytes = bytes_of(full_event(EventKind::step_scheduled));
    for (std::size_t shift = 0; shift < 8; ++shift) {
      std::string moved(shift, 'x');
      moved += bytes;
      const auto back = decode(std::string_view(moved).substr(shift));
      REQUIRE(back.ok());
      check_same(*back, full_event(EventKind::step_scheduled));
    }
  }

  TEST_CASE("equal events have equal bytes, whatever the encoder wrote before") {
    EventEncoder encoder;
    std::string first;
    encoder.encode(full_event(EventKind::child_scheduled), first);
    std::string second;
    encoder.encode(full_event(EventKind::child_scheduled), second);
    CHECK(first == second);
    CHECK(first == bytes_of(full_event(EventKind::child_scheduled)));
  }

  TEST_CASE("an event of a shape that was written before has the bytes of a first one") {
    EventEncoder encoder;
    std::mt19937_64 random(7);
    const auto drawn = [&](std::uint64_t max) { return random() % 3 == 0 ? 0 : random() % max; };
    const std::array<std::string, 4> payloads = {"", "1", "[12345]", std::string(70, 'x')};
    std::map<std::size_t, int> sizes;
    for (int i = 0; i < 20'000; ++i) {
      Event event;
      // Few shapes at a time, so that each occurs often; with every number that an event has.
      const auto only = random() % 6;
      event.kind = all_kinds[random() % std::size(all_kinds)];
      event.name = static_cast<std::uint32_t>(random());
      event.site = static_cast<std::uint32_t>(random());
      event.time = static_cast<Nanos>(random());
      event.attempt = 1 + static_cast<std::uint32_t>(drawn(3));
      event.op = static_cast<OpId>(drawn(1'000'000));
      event.payload = payloads[random() % payloads.size()];
      event.encoding = static_cast<Encoding>(drawn(4));
      event.step.runs_on = only == 1 ? RunsOn::shard : RunsOn::pool;
      event.failed = drawn(2) != 0;
      if (only == 2) event.peer = RunId{random()};
      if (only == 2) event.peer_op = static_cast<OpId>(random());
      if (only == 3) event.hash = random();
      if (only == 3) event.draws = random();
      if (only == 4) event.number = random();
      if (only == 4) event.seed = random();
      if (only == 4) event.shard = static_cast<ShardId>(random());
      if (only == 4) event.depth = static_cast<std::uint32_t>(random());
      if (only == 5) event.version = static_cast<std::int32_t>(random());
      if (only == 5) event.due = -static_cast<Nanos>(random() >> 1);
      if (only == 5) event.failure_code = static_cast<std::uint16_t>(random());
      if (only == 5) event.on_parent_close = detail::ParentClose::abandon;
      if (random() % 20 == 0) event.text = "a text";
      if (random() % 20 == 0) event.step.attempts = 9;
      std::string bytes = "before";
      encoder.encode(event, bytes);
      const std::string plain = bytes_of(event);
      REQUIRE(bytes.substr(6) == plain);
      ++sizes[plain.size()];
    }
    CHECK(sizes.size() > 8);
  }

  TEST_CASE("an unknown kind is refused, never skipped") {
    for (int number = 0; number < 256; ++number) {
      Event event;
      event.kind = static_cast<EventKind>(number);
      const bool known = name_of(event.kind) != "unknown";
      CHECK(decode(bytes_of(event)).code() == (known ? Code::ok : Code::unknown_kind));
    }
  }

  TEST_CASE("every kind has its own name") {
    for (const auto a : all_kinds) {
      for (const auto b : all_kinds) CHECK((name_of(a) == name_of(b)) == (a == b));
    }
  }

  TEST_CASE("a truncated event is corrupt, at every length that lacks more than padding") {
    const auto bytes = bytes_of(full_event(EventKind::signal_received));
    for (std::size_t size = 0; size < 24; ++size) {
      CHECK(decode(std::string_view(bytes).substr(0, size)).code() == Code::corrupt);
    }
    for (std::size_t size = 24; size < bytes.size(); ++size) {
      // Exact-size copies, so that a read past the end is a read past the allocation.
      const std::string cut = bytes.substr(0, size);
      const auto back = decode(cut);
      if (back.ok()) {
        check_same(*back, full_event(EventKind::signal_received));  // It was only padding.
        CHECK(size > bytes.size() - 8);
      } else {
        CHECK(back.code() == Code::corrupt);
      }
    }
  }

  TEST_CASE("with any bit flipped it is refused, or an event that comes back as it was read") {
    const auto bytes = bytes_of(full_event(EventKind::workflow_failed));
    int read = 0;
    int refused = 0;
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string copy = bytes;
      copy[bit / 8] = static_cast<char>(copy[bit / 8] ^ (1 << (bit % 8)));
      const auto back = decode(copy);
      if (back.ok()) {
        const auto bytes_again = bytes_of(*back);
        const auto again = decode(bytes_again);
        REQUIRE(again.ok());
        check_same(*again, *back);
        ++read;
      } else {
        CHECK((back.code() == Code::corrupt || back.code() == Code::unknown_kind));
        ++refused;
      }
    }
    CHECK(read > 1000);
    CHECK(refused > 1000);
  }

  TEST_CASE("children that share their bytes are refused: each would be a copy of them") {
    flatbuffers::FlatBufferBuilder builder;
    const auto build = [&](std::size_t count, std::size_t size) {
      builder.Clear();
      const auto id = builder.CreateString(std::string(size, 'x'));
      const auto ids = builder.CreateVector(std::vector(count, id));
      const auto runs = builder.CreateVector(std::vector<std::uint64_t>(count));
      const auto policies = builder.CreateVector(std::vector<std::uint8_t>(count));
      wire::EventBuilder table(builder);
      table.add_kind(static_cast<std::uint8_t>(EventKind::workflow_completed));
      table.add_child_runs(runs);
      table.add_child_spaces(ids);
      table.add_child_ids(ids);
      table.add_child_policies(policies);
      builder.Finish(table.Finish());
      return std::string(8, '\0').append(reinterpret_cast<const char*>(builder.GetBufferPointer()),
                                         builder.GetSize());
    };
    const auto hostile = build(1000, 100'000);  // 0.1 MB that would become 200 MB.
    CHECK(decode(hostile).code() == Code::corrupt);
    const auto harmless = build(2, 10);
    REQUIRE(decode(harmless).ok());
    CHECK(decode(harmless)->children.size() == 2);
  }

  TEST_CASE("a place to run is that of a step without a payload, and said once") {
    flatbuffers::FlatBufferBuilder builder;
    const auto build = [&](EventKind kind, std::uint8_t encoding, std::string_view payload,
                           bool options) {
      builder.Clear();
      const auto bytes = put_bytes(builder, payload);
      StepOptions on_shard;
      on_shard.runs_on = RunsOn::shard;
      const auto step = options ? put(builder, on_shard) : flatbuffers::Offset<wire::StepOptions>();
      wire::EventBuilder table(builder);
      table.add_kind(static_cast<std::uint8_t>(kind));
      table.add_encoding(encoding);
      table.add_payload(bytes);
      table.add_step(step);
      builder.Finish(table.Finish());
      return decode(std::string(8, '\0').append(
          reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()));
    };
    for (const std::uint8_t encoding : {std::uint8_t{6}, std::uint8_t{7}}) {
      const auto told = build(EventKind::step_scheduled, encoding, "", false);
      REQUIRE(told.ok());
      CHECK(told->step.runs_on == RunsOn::shard);
      CHECK(told->step.pure == (encoding == 7));
      CHECK(told->encoding == Encoding::none);
      CHECK(build(EventKind::step_scheduled, encoding, "1", false).code() == Code::corrupt);
      CHECK(build(EventKind::step_scheduled, encoding, "", true).code() == Code::corrupt);
      for (const auto kind : all_kinds) {
        if (kind == EventKind::step_scheduled) continue;
        CHECK(build(kind, encoding, "", false).code() == Code::corrupt);
      }
    }
    CHECK(build(EventKind::step_scheduled, 8, "", false).code() == Code::corrupt);
    CHECK(build(EventKind::step_scheduled, 0, "", true)->step.runs_on == RunsOn::shard);
  }

  TEST_CASE("a small step costs at most 120 bytes of events") {
    Event scheduled;
    scheduled.kind = EventKind::step_scheduled;
    scheduled.time = 1'700'000'000'123'456'789;
    scheduled.op = 17;
    scheduled.attempt = 1;
    scheduled.hash = 0xFEDCBA9876543210ULL;
    Event completed;
    completed.kind = EventKind::step_completed;
    completed.time = scheduled.time + 1;
    completed.op = 17;
    completed.attempt = 1;
    completed.encoding = Encoding::json;
    completed.payload = "42";
    for (const RunsOn runs_on : {RunsOn::pool, RunsOn::shard}) {
      for (const bool pure : {false, runs_on == RunsOn::shard}) {
        scheduled.step.runs_on = runs_on;
        scheduled.step.pure = pure;
        const auto bytes = bytes_of(scheduled);
        CHECK(bytes.size() + bytes_of(completed).size() <= 120);
        check_same(decode(bytes).value(), scheduled);
      }
    }
  }

  TEST_CASE("the history hash covers seq, name and bytes, and ignores the site") {
    Event event = full_event(EventKind::step_scheduled);
    const auto bytes = bytes_of(event);
    const auto hash = history_hash({}, 1, "charge", bytes);
    event.site = 1000;
    event.name = 2000;
    CHECK(history_hash({}, 1, "charge", bytes_of(event)) == hash);
    CHECK(history_hash({}, 2, "charge", bytes) != hash);
    CHECK(history_hash({}, 1, "charg", bytes) != hash);
    CHECK(history_hash({}, 1, "refuse", bytes) != hash);
    CHECK(history_hash(hash, 1, "charge", bytes) != hash);
    event.op += 1;
    CHECK(history_hash({}, 1, "charge", bytes_of(event)) != hash);
    const std::string name(1000, 'n');
    CHECK(history_hash({}, 1, name, bytes) != history_hash({}, 1, name + "n", bytes));
  }

  TEST_CASE("a failure's fields survive a round trip through an event") {
    const Failure failure{23, "Refused", "card declined", true};
    Event event;
    event.kind = EventKind::step_completed;
    const detail::Outcome outcome = failure;
    event.set_outcome(outcome);
    const auto bytes = bytes_of(event);
    CHECK(std::get<Failure>((*decode(bytes)).owned_outcome()) == failure);
  }

  TEST_CASE("only what code asks for counts as a command event") {
    Event event;
    event.kind = EventKind::step_scheduled;
    event.attempt = 1;
    CHECK(is_command_event(event));
    event.attempt = 2;
    CHECK(!is_command_event(event));
    event.kind = EventKind::activation_cut;
    CHECK(!is_command_event(event));
    event.kind = EventKind::version_chosen;
    CHECK(is_command_event(event));
    event.kind = EventKind::workflow_terminated;
    CHECK(!is_command_event(event));
  }
}

TEST_SUITE("replay/names") {
  TEST_CASE("ids are dense from one and survive a copy") {
    Names names;
    CHECK(names.find("a") == 0);
    CHECK(names.add("a") == 1);
    CHECK(names.add("b") == 2);
    Names copy = names;
    names = Names();
    CHECK(copy.find("b") == 2);
    CHECK(copy.text(1) == "a");
    CHECK(copy.text(0).empty());
    CHECK(copy.text(3).empty());
    CHECK(copy.size() == 2);
  }
}
