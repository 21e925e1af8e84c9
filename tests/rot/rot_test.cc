// What holds for every damage, judged on a thinned selection of them; and the judge himself.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "tests/journal/store_fixture.h"
#include "tests/rot/long_form.h"

namespace reprise::rot {
namespace {

constexpr std::array forms = {Form::orderly, Form::killed};
constexpr std::array looks = {Look::plain, Look::twice, Look::engine};

struct Made {
  journal::testing::TempFolder folder;
  Samples samples{1, folder / ""};

  Judgement judge(const Sample& sample, const Damage& damage, Look look = Look::plain) {
    Tree tree = sample.tree;
    for (const Edit& edit : damage) REQUIRE(apply(sample, edit, tree));
    return rot::judge(sample, damage, tree, look, folder / "");
  }
};

/// The last byte of the properties' block of a data file, which is the high end of a number.
std::uint64_t end_of_properties(const Sample& sample, const std::string& file) {
  // Behind it are its trailer, the block that names it, that one's trailer, and the footer.
  constexpr std::uint64_t trailer = 5;
  constexpr std::uint64_t footer = 53;
  const auto& bytes = sample.tree.at(file);
  const auto named = bytes.rfind("rocksdb.properties");
  REQUIRE(named != std::string::npos);
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::size_t at = named + std::string_view("rocksdb.properties").size();
  for (std::uint64_t* number : {&offset, &size}) {
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.at(at++));
      *number |= std::uint64_t{byte & 127U} << shift;
      if (byte < 128) break;
    }
  }
  REQUIRE(offset + size + trailer + footer < bytes.size());
  return offset + size - 1;
}

std::string told(const std::vector<std::string>& violations) {
  std::string text;
  for (const auto& violation : violations) text += violation + "\n";
  return text;
}

/// One case comes to no violation, in a process that it may take down.
void check_apart(const Sample& sample, const Edit& edit) {
  Work work;
  work.plan = {.seed = sample.seed, .only = std::string(name(sample.form)) + " " + to_text(edit)};
  const Watched watched = watch({work}, [](const Watched&) {});
  CHECK(told(watched.violations) == "");
  CHECK(watched.counts.flips + watched.counts.others == 1);
}

}  // namespace

TEST_SUITE("rot") {
  TEST_CASE("an undamaged store is whole, whoever looks at it") {
    Made made;
    for (const Form form : forms) {
      for (const Look look : looks) {
        const auto judgement = made.judge(made.samples.of(form), {}, look);
        CHECK(judgement.violation == "");
        CHECK(judgement.answer == "");
        CHECK(judgement.outcome == Outcome::whole);
      }
    }
  }

  TEST_CASE("the sample has all that there is to damage") {
    Made made;
    const Sample& killed = made.samples.of(Form::killed);
    CHECK(killed.states.size() > 5);
    CHECK_FALSE(same_ends(killed.states.front().contents, killed.all()));
    CHECK(killed.tree.at(killed.write_ahead).size() > 8192);
    CHECK(test::names_in(killed.tree, "", ".sst").size() > 5);
    bool trimmed = false;
    for (const auto& shard : killed.all().shards) trimmed = trimmed || shard.first > 1;
    CHECK(trimmed);
    std::size_t results = 0;
    for (const auto& [id, told] : killed.told) results += told.result ? 1 : 0;
    CHECK(results > 1);
    CHECK(results < killed.told.size());
    CHECK(made.samples.of(Form::orderly).states.size() == 1);
  }

  TEST_CASE("whatever is done to a store, nothing of it is lost or changed in silence") {
    std::vector<Work> works(2);
    for (std::uint64_t i = 0; i < works.size(); ++i) works[i].plan = {.seed = 1 + i, .brief = 20};
    auto watched = watch(std::move(works), [](const Watched&) {});
    CHECK(told(watched.violations) == "");
    MESSAGE(text_of(watched.counts));
    for (const Outcome outcome : {Outcome::refused, Outcome::whole, Outcome::unreadable}) {
      CHECK(watched.counts.by_outcome.at(static_cast<std::size_t>(outcome)) > 0);
    }
  }

  TEST_CASE("what a kill may have left is taken for that only behind the claim") {
    Made made;
    const Sample& killed = made.samples.of(Form::killed);
    const auto& file = killed.write_ahead;
    const State& claimed = killed.states.front();
    const State& next = killed.states.at(1);
    const auto cut = [&](std::uint64_t size, Look look) {
      return made.judge(killed, {{Edit::Kind::cut, file, {size}}}, look);
    };
    const auto behind_claim = [&](std::uint64_t size, Outcome outcome) {
      for (const Look look : looks) {
        CAPTURE(size);
        const auto judgement = cut(size, look);
        CHECK(judgement.outcome == outcome);
        CHECK(judgement.violation == "");
      }
    };
    behind_claim(killed.tree.at(file).size() - 1, Outcome::torn);
    behind_claim(next.write_ahead_size, Outcome::cut);
    behind_claim(next.write_ahead_size - 1, Outcome::torn);
    const auto refused = cut(claimed.write_ahead_size - 1, Look::twice);
    CHECK(refused.outcome == Outcome::refused);
    CHECK(refused.answer.starts_with("missing_data: Missing: record"));
    CHECK(refused.violation == "");
  }

  TEST_CASE("a store that is rolled back is refused beside its anchor, and only then") {
    Made made;
    for (const Form form : forms) {
      const Sample& sample = made.samples.of(form);
      const auto beside = made.judge(sample, {{Edit::Kind::database, "-", {1}}});
      CHECK(beside.outcome == Outcome::refused);
      CHECK(beside.violation == "");
      const auto whole = made.judge(sample, {{Edit::Kind::whole_folder, "-", {1}}}, Look::twice);
      CHECK(whole.outcome == Outcome::rolled_back);
      CHECK(whole.violation == "");
    }
  }

  TEST_CASE("the judge notices what differs from what was recorded") {
    Made made;
    const Sample& sample = made.samples.of(Form::orderly);
    const auto violation = [&](auto change, Look look = Look::plain) {
      Sample other = sample;
      change(other);
      return made.judge(other, {}, look).violation;
    };
    CHECK(violation([](Sample& other) {
            auto& shard = other.states.back().contents.shards[0];
            ++shard.records.at(shard.last).back();
          }).find("is not what was recorded") != std::string::npos);
    CHECK(violation([](Sample& other) {
            auto& rows = other.states.back().contents.rows;
            rows[{journal::Table::rows, "vanished"}] = "row";
          }).find("is missing") != std::string::npos);
    CHECK(violation([](Sample& other) {
            auto& rows = other.states.back().contents.rows;
            rows.erase(rows.begin());
          }).find("was never put") != std::string::npos);
    for (const Look look : looks) {
      const auto claims_more = [](Sample& other) { ++other.states.back().contents.shards[0].last; };
      CHECK(violation(claims_more, look) != "");
    }
    CHECK(violation([](Sample& other) { other.told.begin()->second.history.front() += "!"; },
                    Look::engine) != "");
    CHECK(violation([](Sample& other) { other.told["nobody"] = {}; }, Look::engine) != "");
    CHECK(violation([](Sample& other) { other.tree.at("anchor")[100] ^= 1; }) == "");
  }

  TEST_CASE("an edit is read as it is written") {
    for (const char* text :
         {"flip:db/000045.sst:18108:7", "zero:anchor:512:4096", "swap:db/CURRENT:0:512:4096",
          "stale:anchor:0:512:2", "alien:anchor:0:512:9", "cut:anchor:1", "missing:anchor",
          "older:anchor:1", "replaced:anchor:3", "added:db/999999.log:15", "database:-:0",
          "whole:-:2"}) {
      const auto edit = edit_from(text);
      REQUIRE(edit.has_value());
      CHECK(to_text(*edit) == text);
    }
    for (const char* text : {"", "flip", "flip:a", "flip:a:1", "flip:a:1:2:3", "flip:a:1:x"}) {
      CHECK_FALSE(edit_from(text).has_value());
    }
  }

  TEST_CASE("the bits of a file are shared out without a gap, though one has a longer file") {
    const Sample sample = Made().samples.of(Form::orderly);
    const auto name = files_of(sample.tree, Files::large).front();
    const std::size_t size = sample.tree.at(name).size();
    constexpr std::uint64_t first = 40;
    std::map<std::string, int> flips;  // How often each is flipped.
    for (std::uint64_t i = 0; i < 3; ++i) {
      Sample own = sample;
      own.tree.at(name) += std::string(i, 'x');
      for (unsigned round = 0; round < 8; ++round) {
        for (std::uint64_t drawn = 33; drawn < 44; ++drawn) {
          // Those come first, and are all of one of them.
          const bool before = round == 0 && drawn == first;
          each_flip(own, Files::large, round, 11, drawn, [&](const Edit& flip) {
            if (flip.file == name && flip.numbers[0] >= size) return true;
            const Plan plan{.seed = first + i, .step = 3, .first = first};
            if (before ? i == 0 : is_own(plan, flip)) ++flips[to_text(flip)];
            return true;
          });
        }
      }
    }
    std::size_t bits = 0;
    for (const auto& file : files_of(sample.tree, Files::large)) {
      bits += 8 * sample.tree.at(file).size();
    }
    CHECK(flips.size() == bits);
    CHECK(
        std::all_of(flips.begin(), flips.end(), [](const auto& flip) { return flip.second == 1; }));
  }

  // RocksDB looks into a block before it has compared its checksum, and asserts what it finds.
  TEST_CASE("one bit of a data file's properties does not end the process") {
    Made made;
    const Sample& sample = made.samples.of(Form::orderly);
    const auto file = test::names_in(sample.tree, "", ".sst").front();
    const Edit edit{Edit::Kind::flip, file, {end_of_properties(sample, file), 7}};
    check_apart(sample, edit);
  }

  // RocksDB takes the same batches in a second time, and asserts that nobody does that.
  TEST_CASE("a write-ahead file that is there twice does not end the process") {
    Made made;
    const Sample& sample = made.samples.of(Form::killed);
    const auto at = sample.tree.find(sample.write_ahead);
    const auto number = static_cast<std::uint64_t>(std::distance(sample.tree.begin(), at));
    const Edit edit{Edit::Kind::added, "db/999999.log", {number}};
    check_apart(sample, edit);
  }
}

}  // namespace reprise::rot
