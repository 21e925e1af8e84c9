// A store whose snapshots trimmed nothing tells everything twice, by rows and by its journal: where
// the two differ, exactly the broken rule is named. And sources that fail.
#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/verifier/stores.h"
#include "tests/verifier/verify.h"

namespace {

using namespace reprise::verifier;
using namespace reprise::test;

void check(const std::vector<Change>& changes) { check(kept_store(), changes); }

using ShardEdit = std::function<void(wire::ShardStateT&)>;
Change of_shard(std::string what, Rule rule, ShardEdit edit) {
  return {std::move(what), rule, [edit = std::move(edit)](Forge& forge) {
            forge.edit_shard(0, [&](auto&, wire::ShardStateT& state) { edit(state); });
          }};
}
/// Of the shard that has a ready list.
Change of_list(std::string what, Rule rule, ShardEdit edit) {
  return {std::move(what), rule, [edit = std::move(edit)](Forge& forge) {
            std::size_t edited = 0;
            for (std::uint16_t shard = 0; shard < 2; ++shard) {
              forge.edit_shard(shard, [&](auto&, wire::ShardStateT& state) {
                if (!state.ready_runs.empty() && edited++ == 0) edit(state);
              });
            }
            REQUIRE(edited == 1);
          }};
}

bool any_row(const wire::InstanceStateT&) { return true; }
bool with_a_step(const wire::InstanceStateT& row) {
  return !row.open.empty() && row.open.front()->kind == 1;
}

std::uint64_t deleted_run(Forge& forge) { return Forge::read(forge.find(run_deleted)).table.peer; }

/// One family of a sound store cannot be read.
struct Failing final : Source {
  Family family = Family::standard;

  [[nodiscard]] std::string scan(Family asked, const Sink& sink) const override {
    return asked == family ? "it cannot be read" : kept_store().scan(asked, sink);
  }
  [[nodiscard]] std::optional<std::string> anchor() const override { return kept_store().anchor(); }
};

}  // namespace

TEST_SUITE("verifier/kept") {
  TEST_CASE("a position row says what the journal leads to") {
    check({
        of_shard("a name more", Rule::shard_state,
                 [](wire::ShardStateT& state) { state.names.emplace_back("more"); }),
        of_shard("another epoch", Rule::shard_state,
                 [](wire::ShardStateT& state) { ++state.epoch; }),
        of_shard("an event more", Rule::shard_state, [](wire::ShardStateT& state) { ++state.seq; }),
        of_shard("a run more", Rule::shard_state, [](wire::ShardStateT& state) { ++state.runs; }),
        of_shard("a mark of another number", Rule::shard_state,
                 [](wire::ShardStateT& state) { --state.mark_numbers.back(); }),
        of_shard("a mark too few", Rule::shard_state,
                 [](wire::ShardStateT& state) {
                   state.mark_numbers.pop_back();
                   state.mark_sources.pop_back();
                 }),
        of_shard("an outbox too few", Rule::shard_state,
                 [](wire::ShardStateT& state) { state.outboxes.pop_back(); }),
        of_shard("an acknowledgement more", Rule::shard_state,
                 [](wire::ShardStateT& state) { ++state.outboxes.front()->first; }),
    });
  }

  TEST_CASE("the ready list is what the journal leads to") {
    check({
        of_list("a body too few", Rule::shard_state,
                [](wire::ShardStateT& state) { --state.ready_attempts.at(0); }),
        of_list("code that owes nothing", Rule::shard_state,
                [](wire::ShardStateT& state) { state.ready_more.at(0) = !state.ready_more[0]; }),
        of_list("a run is not looked at", Rule::shard_state,
                [](wire::ShardStateT& state) {
                  state.ready_runs.pop_back();
                  state.ready_attempts.pop_back();
                  state.ready_more.pop_back();
                }),
        of_list("a run that waits for nothing", Rule::shard_state,
                [](wire::ShardStateT& state) {
                  state.ready_runs.push_back(state.ready_runs.back() + 1);
                  state.ready_attempts.push_back(1);
                  state.ready_more.push_back(false);
                }),
        of_list("vectors of two lengths", Rule::form,
                [](wire::ShardStateT& state) { state.ready_more.push_back(false); }),
    });
  }

  TEST_CASE("each flag of a row, and of its steps") {
    std::vector<Change> changes;
    for (const int flag : {1, 2, 4, 8, 16, 32, 64}) {
      changes.push_back({"flag " + std::to_string(flag), Rule::row, [=](Forge& forge) {
                           forge.edit_row(any_row, [&](auto&, wire::InstanceStateT& row) {
                             row.flags = static_cast<std::uint8_t>(row.flags ^ flag);
                           });
                         }});
    }
    for (const int flag : {1, 2, 4, 8, 16}) {
      changes.push_back({"flag of a step " + std::to_string(flag), Rule::row, [=](Forge& forge) {
                           forge.edit_row(with_a_step, [&](auto&, wire::InstanceStateT& row) {
                             auto& flags = row.open.front()->flags;
                             flags = static_cast<std::uint8_t>(flags ^ flag);
                           });
                         }});
    }
    changes.push_back({"crashes in a row", Rule::row, [](Forge& forge) {
                         forge.edit_row(with_a_step, [](auto&, wire::InstanceStateT& row) {
                           ++row.open.front()->crashes;
                         });
                       }});
    check(changes);
  }

  TEST_CASE("an event is written once, and nothing is left of what was deleted") {
    check({
        {"an event that differs in its chunk", Rule::immutable,
         [](Forge& forge) { forge.edit(timer_started, [](auto& edit) { ++edit.table.due; }); }},
        {"a deleted run goes on", Rule::deleted,
         [](Forge& forge) {
           Forge::Edit edit;
           edit.table.kind = cancel_requested;
           edit.table.time = std::int64_t{1} << 62;
           forge.append(deleted_run(forge), edit);
         }},
        {"a chunk of a deleted run", Rule::deleted,
         [](Forge& forge) {
           const std::string body(
               Forge::open_checked(forge.family(Family::chunks).begin()->second));
           std::string key;
           put_big(key, deleted_run(forge));
           put_big(key, std::uint64_t{1});
           forge.family(Family::chunks)[key] = Forge::checked(key, body);
         }},
    });
  }

  TEST_CASE("what cannot be read is no sound store") {
    Failing failing;
    for (std::size_t i = 0; i < family_names.size(); ++i) {
      CAPTURE(family_names[i]);
      failing.family = static_cast<Family>(i);
      CHECK(rules_of(verify_store(failing)).find("unreadable") != std::string::npos);
    }
    namespace fs = std::filesystem;
    const fs::path nowhere = fs::path(REPRISE_SOURCE_DIR) / "nowhere";
    CHECK(rules_of(verify_path(nowhere.string())) == "unreadable");
    CHECK(rules_of(verify_path((fs::path(REPRISE_SOURCE_DIR) / "tests").string())) == "unreadable");
  }
}
