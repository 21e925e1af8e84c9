// One event of a sound store is changed, all checksums fit again: exactly the broken rule is named.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/verifier/stores.h"
#include "tests/verifier/verify.h"

namespace {

using namespace reprise::verifier;
using namespace reprise::test;
using Edit = Forge::Edit;

struct Damage {
  std::string what;
  Rule rule;
  std::function<void(Forge&)> make;
};

std::string rules_after(const Damage& damage) {
  Forge forge(whole_store());
  forge.keep_journal();
  damage.make(forge);
  return rules_of(verify_store(forge.finish()));
}

void check(const std::vector<Damage>& damages) {
  for (const Damage& damage : damages) {
    CAPTURE(damage.what);
    CHECK(rules_after(damage) == name(damage.rule));
  }
}

std::uint64_t run_of(Forge& forge, const std::string& id) {
  return forge
      .find([&](const auto&, const Edit& edit) {
        return edit.table.kind == workflow_started && edit.table.id == id;
      })
      .run;
}
Edit event_of(std::uint8_t kind, std::int64_t time = std::int64_t{1} << 62) {
  Edit edit;
  edit.table.kind = kind;
  edit.table.time = time;
  return edit;
}
/// In place of an encoding, and among the step's options.
void say_twice(Edit& edit) {
  edit.table.encoding = on_shard;
  if (!edit.table.step) edit.table.step = std::make_unique<wire::StepOptionsT>();
  edit.table.step->runs_on = 1;
}
/// The first event of a run that `wanted` accepts is changed.
void change(Forge& forge, const std::function<bool(const Edit&)>& wanted,
            const std::function<void(Edit&)>& by) {
  auto& event = forge.find([&](const auto&, const Edit& edit) { return wanted(edit); });
  Edit edit = Forge::read(event);
  by(edit);
  Forge::write(event, edit);
}

}  // namespace

TEST_SUITE("verifier/events") {
  TEST_CASE("what was watched is there to be damaged") {
    Forge forge(whole_store());
    CHECK(forge
              .find([](const auto&, const Edit& edit) {
                return edit.table.kind == timer_started && edit.table.state.size() == 1;
              })
              .seq != 0);
  }

  TEST_CASE("fields of an event") {
    check({
        {"an unknown kind", Rule::event_kind,
         [](Forge& forge) { forge.append(run_of(forge, "waits"), event_of(99 + 100)); }},
        {"an event of the shard in a run", Rule::event_kind,
         [](Forge& forge) { forge.edit(cancel_requested, [](Edit& e) { e.table.kind = 3; }); }},
        {"a field the kind has not", Rule::event_field,
         [](Forge& forge) { forge.edit(timer_fired, [](Edit& e) { e.table.seed = 1; }); }},
        {"a place to run that is unknown", Rule::event_field,
         [](Forge& forge) { forge.edit(step_scheduled, [](Edit& e) { e.table.encoding = 5; }); }},
        {"a place to run, of a later attempt", Rule::event_field,
         [](Forge& forge) {
           forge.edit(step_scheduled, [](Edit& e) {
             e.table.encoding = on_shard;
             e.table.attempt = 1;
           });
         }},
        {"a place to run, said twice", Rule::event_field,
         [](Forge& forge) { forge.edit(step_scheduled, say_twice); }},
        {"that a body is pure, said twice", Rule::event_field,
         [](Forge& forge) {
           forge.edit(step_scheduled, [](Edit& e) {
             say_twice(e);
             e.table.step->runs_on = 0;
             e.table.step->pure = true;
           });
         }},
        {"what no command can have watched", Rule::event_field,
         [](Forge& forge) {
           forge.edit(timer_fired, [](Edit& e) { e.table.state.emplace_back(1, 2); });
         }},
        {"what was watched, of a later attempt", Rule::event_field,
         [](Forge& forge) {
           change(
               forge,
               [](const Edit& e) { return e.table.kind == step_scheduled && e.table.attempt == 1; },
               [](Edit& e) { e.table.state.emplace_back(1, 2); });
         }},
        {"more watched than is recorded", Rule::event_field,
         [](Forge& forge) {
           forge.edit(timer_started, [](Edit& e) { e.table.state.resize(17); });
         }},
        {"a name the kind has not", Rule::event_field,
         [](Forge& forge) { forge.edit(timer_fired, [](Edit& e) { e.name = 1; }); }},
        {"a string that is not interned", Rule::event_name,
         [](Forge& forge) { forge.edit(timer_started, [](Edit& e) { e.site = 9999; }); }},
        {"bytes that are no event", Rule::form,
         [](Forge& forge) { forge.find(timer_fired).bytes.resize(12); }},
        {"a string's number leaves a gap", Rule::interned,
         [](Forge& forge) {
           Edit edit = event_of(string_interned);
           edit.table.number = 9999;
           edit.table.text = "far";
           forge.append(0, edit);
         }},
    });
  }

  TEST_CASE("the shard's own events") {
    check({
        {"an epoch other than the record's", Rule::record_epoch,
         [](Forge& forge) { forge.edit(epoch_opened, [](Edit& e) { e.table.number = 7; }); }},
        {"an epoch falls", Rule::record_epoch,
         [](Forge& forge) { forge.journal()[0].back().epoch = 0; }},
        {"a shard's event leaves a gap", Rule::event_seq,
         [](Forge& forge) {
           forge.append(0, event_of(run_deleted));
           auto& event = forge.journal()[0].back().events.back();
           Edit edit = Forge::read(event);
           edit.name = 1;
           edit.table.peer = 4711;
           Forge::write(event, edit);
           ++event.seq;
         }},
        {"a mark falls", Rule::mark,
         [](Forge& forge) {
           Edit edit = event_of(mark_advanced);
           edit.table.shard = 1;
           edit.table.number = 1;
           forge.append(0, edit);
         }},
        {"a mark ahead of its source", Rule::mark,
         [](Forge& forge) {
           Edit edit = event_of(mark_advanced);
           edit.table.shard = 1;
           edit.table.number = 1'000'000;
           forge.append(0, edit);
         }},
        {"an acknowledgement of what was never sent", Rule::acknowledged,
         [](Forge& forge) {
           Edit edit = event_of(outbox_acked);
           edit.table.shard = 1;
           edit.table.number = 1'000'000;
           forge.append(0, edit);
         }},
    });
  }

  TEST_CASE("the life of a run") {
    check({
        {"a history without a beginning", Rule::event_seq,
         [](Forge& forge) {
           Edit edit = event_of(cancel_requested);
           forge.append(0x0000'0000'0000'ffff, edit);
           forge.journal()[0].back().events.back().seq = 2;
         }},
        {"the first event is another", Rule::start,
         [](Forge& forge) { forge.append(0x0000'0000'0000'ffff, event_of(cancel_requested)); }},
        {"an event behind the closing one", Rule::closed,
         [](Forge& forge) { forge.append(run_of(forge, "fails"), event_of(cancel_requested)); }},
        {"time falls", Rule::time,
         [](Forge& forge) { forge.append(run_of(forge, "waits"), event_of(cancel_requested, 1)); }},
        {"an id of another shard", Rule::run,
         [](Forge& forge) {
           change(
               forge, [](const Edit& e) { return e.table.id == "fails"; },
               [](Edit& e) {
                 for (int i = 0; shard_of_id("", e.table.id, 2) == shard_of_id("", "fails", 2);) {
                   e.table.id = "f" + std::to_string(++i);
                 }
               });
         }},
        {"an input that its hash is not of", Rule::input_hash,
         [](Forge& forge) {
           change(
               forge, [](const Edit& e) { return e.table.id == "fails"; },
               [](Edit& e) { ++e.table.hash; });
         }},
        {"cancellation asked for twice", Rule::cancelled,
         [](Forge& forge) {
           forge.append(run_of(forge, "waits"), event_of(cancel_requested));
           forge.append(run_of(forge, "waits"), event_of(cancel_requested));
         }},
        {"resumed without a pause", Rule::paused,
         [](Forge& forge) { forge.append(run_of(forge, "waits"), event_of(workflow_resumed)); }},
        {"something inside an activation that goes on", Rule::more,
         [](Forge& forge) {
           Edit edit = event_of(cancel_requested);
           edit.table.flags = flag_more;
           forge.append(run_of(forge, "waits"), edit);
           Edit paused = event_of(workflow_paused);
           paused.table.number = 1;
           forge.append(run_of(forge, "waits"), paused);
         }},
        {"a parent that never asked", Rule::link,
         [](Forge& forge) {
           change(
               forge,
               [](const Edit& e) {
                 return e.table.kind == workflow_started && e.table.id == "kid-waits";
               },
               [](Edit& e) { e.table.hash = 0, e.table.payload.clear(), e.table.encoding = 0; });
           change(
               forge,
               [](const Edit& e) {
                 return e.table.kind == workflow_started && e.table.id == "kid-waits";
               },
               [](Edit& e) { e.table.hash = hash64(""); });
         }},
    });
  }

  TEST_CASE("operations") {
    check({
        {"an operation's number leaves a gap", Rule::operation,
         [](Forge& forge) {
           Edit edit = event_of(timer_started);
           edit.table.op = 99;
           edit.table.due = 1;
           forge.append(run_of(forge, "waits"), edit);
         }},
        {"an operation is completed twice", Rule::operation,
         [](Forge& forge) {
           Edit edit = event_of(timer_fired);
           edit.table.op = 1;
           forge.append(run_of(forge, "waits"), edit);
         }},
        {"an answer to another attempt", Rule::attempt,
         [](Forge& forge) { forge.edit(step_completed, [](Edit& e) { e.table.attempt = 6; }); }},
        {"an answer while no attempt runs", Rule::attempt,
         [](Forge& forge) { forge.edit(step_completed, [](Edit& e) { e.table.number = 1; }); }},
        {"crashes in a row before the first attempt", Rule::attempt,
         [](Forge& forge) {
           change(
               forge,
               [](const Edit& e) { return e.table.kind == step_scheduled && e.table.attempt == 0; },
               [](Edit& e) { e.table.number = 1; });
         }},
        {"a crash told of where a body had failed", Rule::attempt,
         [](Forge& forge) {
           change(
               forge,
               [](const Edit& e) { return e.table.kind == step_scheduled && e.table.attempt == 1; },
               [](Edit& e) { e.table.number = 1; });
         }},
        {"a timer fires before its time", Rule::timer,
         [](Forge& forge) {
           forge.edit(timer_started, [](Edit& e) { e.table.due += 1'000'000'000'000'000; });
         }},
        {"a signal's id is received twice", Rule::signal,
         [](Forge& forge) {
           const std::uint64_t run = run_of(forge, "waits");
           Edit edit = Forge::read(forge.find([&](const auto& event, const Edit& e) {
             return event.run == run && e.table.kind == signal_received;
           }));
           edit.table.time = std::int64_t{1} << 62;
           forge.append(run, edit);
         }},
        {"another child is completed", Rule::child,
         [](Forge& forge) { forge.edit(child_completed, [](Edit& e) { ++e.table.peer; }); }},
        {"a child is started twice", Rule::child,
         [](Forge& forge) {
           auto& event = forge.find([&](const auto& e, const Edit& edit) {
             return e.run == run_of(forge, "waits") && edit.table.kind == child_started &&
                    edit.table.op == 2;
           });
           const Edit edit = Forge::read(event);
           Edit again = edit;
           again.table.time = std::int64_t{1} << 62;
           forge.append(event.run, again);
         }},
        {"an open child is not listed by the closing event", Rule::child,
         [](Forge& forge) {
           change(
               forge,
               [](const Edit& e) {
                 return e.table.kind == workflow_terminated && !e.table.child_runs.empty();
               },
               [](Edit& e) { e.table.child_policies[0] = 1; });
         }},
    });
  }

  TEST_CASE("steps on tokens") {
    const auto timed_out_on_a_token = [](const Edit& e) {
      return e.table.kind == step_attempt_failed && e.table.number == 1;
    };
    check({
        {"a step is handed over twice", Rule::attempt,
         [&](Forge& forge) {
           change(forge, timed_out_on_a_token, [](Edit& e) {
             wire::EventT again;
             again.kind = step_handed_over;
             again.op = e.table.op;
             again.time = e.table.time;
             e.table = std::move(again);
           });
         }},
        {"a body answers after it was handed over", Rule::attempt,
         [&](Forge& forge) {
           change(forge, timed_out_on_a_token, [](Edit& e) { e.table.number = 0; });
         }},
    });
  }

  TEST_CASE("payloads and blobs") {
    const auto packed = [](const Edit& e) {
      return e.table.packed != nullptr && e.table.packed->blob != 0;
    };
    check({
        {"bytes that are not JSON", Rule::payload,
         [](Forge& forge) {
           forge.edit(step_completed, [](Edit& e) { e.table.payload.assign(3, '{'); });
         }},
        {"a size that the frame does not have", Rule::payload,
         [&](Forge& forge) { change(forge, packed, [](Edit& e) { ++e.table.packed->size; }); }},
        {"a size beyond all bounds", Rule::payload,
         [&](Forge& forge) {
           change(forge, packed, [](Edit& e) { e.table.packed->size = std::uint64_t{1} << 40; });
         }},
        {"another blob than the event names", Rule::blob,
         [&](Forge& forge) { change(forge, packed, [](Edit& e) { ++e.table.packed->hash_low; }); }},
        {"a blob that is gone", Rule::blob,
         [](Forge& forge) { forge.family(Family::blobs).clear(); }},
        {"a blob that nothing names", Rule::blob,
         [](Forge& forge) {
           std::string key(16, '\1');
           forge.family(Family::blobs)[key] = Forge::checked(key, "bytes");
         }},
        {"a blob whose bytes are others", Rule::seal,
         [](Forge& forge) { forge.family(Family::blobs).begin()->second.back() ^= 1; }},
    });
  }
}
