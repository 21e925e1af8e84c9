// Bytes of a sound store are changed, all that does not concern the damage fits again: exactly the
// broken rule is named.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/verifier/bytes.h"
#include "tests/verifier/stores.h"
#include "tests/verifier/verify.h"

namespace {

using namespace reprise::verifier;
using namespace reprise::test;

struct Damage {
  std::string what;
  Rule rule;
  std::function<void(Image&)> make;
};

void check(const std::vector<Damage>& damages) {
  for (const Damage& damage : damages) {
    CAPTURE(damage.what);
    Forge forge(trimmed_store());
    Image& image = forge.finish();
    damage.make(image);
    CHECK(rules_of(verify_store(image)) == name(damage.rule));
  }
}

void check(const std::vector<Change>& changes) { check(trimmed_store(), changes); }

std::string& first_journal(Image& image) { return image.at(Family::journal).begin()->second; }

void put_at(std::string& bytes, std::size_t at, std::string_view what) {
  bytes.replace(at, what.size(), what);
}

std::size_t record_size(const std::string& bytes, std::size_t at) {
  Reader reader(std::string_view(bytes).substr(at + 8));
  return 48 + reader.little<std::uint32_t>();
}

/// Makes the checksum of the record at `at` fit its bytes.
void fit_record(std::string& bytes, std::size_t at = 0) {
  std::string checksum;
  put_little(checksum,
             hash128(std::string_view(bytes).substr(at + 8, record_size(bytes, at) - 8)).low);
  put_at(bytes, at, checksum);
}

void fit_slot(std::string& anchor, std::size_t slot) {
  const std::size_t size = anchor.size() / 2;
  std::string checksum;
  put_little(checksum, hash64(std::string_view(anchor).substr(slot * size, size - 8)));
  put_at(anchor, (slot + 1) * size - 8, checksum);
}

/// The first key of the index that begins so.
std::string index_key(Forge& forge, char kind) {
  return forge.family(Family::index).lower_bound(std::string(1, kind))->first;
}

bool any_row(const wire::InstanceStateT&) { return true; }
bool open_row(const wire::InstanceStateT& row) { return row.status == 1; }
bool with_a_step(const wire::InstanceStateT& row) {
  return !row.open.empty() && row.open.front()->kind == 1;
}

}  // namespace

TEST_SUITE("verifier/store") {
  TEST_CASE("seals, header and sums") {
    check(std::vector<Damage>{
        {"a bit of the header", Rule::seal,
         [](Image& image) { image.at(Family::standard)["header"].back() ^= 1; }},
        {"a format to come", Rule::header,
         [](Image& image) {
           std::string& sealed = image.at(Family::standard)["header"];
           const auto* header =
               flatbuffers::GetRoot<wire::StoreHeader>(Forge::open_sealed(sealed).data());
           wire::StoreHeaderT newer;
           header->UnPackTo(&newer);
           newer.format = 2;
           flatbuffers::FlatBufferBuilder builder;
           builder.Finish(wire::StoreHeader::Pack(builder, &newer));
           sealed = Forge::sealed(
               "header",
               {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()});
         }},
        {"a key that means nothing", Rule::key,
         [](Image& image) { image.at(Family::meta)["sums"] = ""; }},
        {"a bit of a row", Rule::seal,
         [](Image& image) {
           const auto row = image.at(Family::rows).begin();
           const std::string sum = row->second;
           row->second.back() = static_cast<char>(row->second.back() ^ 1);
           // The sum notices as well; it is left out here so that one rule is broken.
           Forge fitted(trimmed_store());
           fitted.family(Family::rows)[row->first] = row->second;
           image.families = fitted.finish().families;
         }},
        {"a row has vanished", Rule::sum,
         [](Image& image) {
           image.at(Family::index).erase(std::prev(image.at(Family::index).end()));
         }},
    });
  }

  TEST_CASE("records") {
    check(std::vector<Damage>{
        {"a bit of a body", Rule::record_checksum,
         [](Image& image) { first_journal(image).at(60) ^= 1; }},
        {"a kind that is not known", Rule::record_head,
         [](Image& image) { first_journal(image).at(14) = 2; }},
        {"a flag", Rule::record_head, [](Image& image) { first_journal(image).at(15) = 1; }},
        {"another shard", Rule::record_head, [](Image& image) { first_journal(image).at(12) = 1; }},
        {"a size beyond the value", Rule::record_head,
         [](Image& image) { first_journal(image).at(11) = 0x3f; }},
        {"a count of events", Rule::record_index,
         [](Image& image) {
           first_journal(image).at(28) ^= 1;
           fit_record(first_journal(image));
         }},
        {"another chain before the first record", Rule::trim,
         [](Image& image) {
           first_journal(image).at(32) ^= 1;
           fit_record(first_journal(image));
         }},
        {"a key that is not of its first record", Rule::trim,
         [](Image& image) {
           auto node = image.at(Family::journal).extract(image.at(Family::journal).begin());
           node.key().back() ^= 1;
           image.at(Family::journal).insert(std::move(node));
         }},
        {"a second key that leaves out a position", Rule::journal_key,
         [](Image& image) {
           auto& keys = image.at(Family::journal);
           std::string key = keys.begin()->first;
           std::string& first = keys.begin()->second;
           const std::string rest = first.substr(record_size(first, 0));
           first.resize(first.size() - rest.size());
           key.back() = static_cast<char>(key.back() + 2);
           keys[key] = rest;
         }},
        {"the end is cut off within a record", Rule::record_head,
         [](Image& image) { first_journal(image).pop_back(); }},
        {"the last record is gone, and the anchor claims it", Rule::anchor_claim,
         [](Image& image) {
           std::string& bytes = first_journal(image);
           std::size_t last = 0;
           for (std::size_t at = 0; at < bytes.size();) {
             last = at;
             at += record_size(bytes, at);
           }
           bytes.resize(last);
         }},
        {"a record in the middle is gone", Rule::record_position,
         [](Image& image) {
           std::string& bytes = first_journal(image);
           const std::size_t first = record_size(bytes, 0);
           bytes.erase(first, record_size(bytes, first));
         }},
        {"a record of another chain", Rule::record_chain,
         [](Image& image) {
           std::string& bytes = first_journal(image);
           const std::size_t second = record_size(bytes, 0);
           bytes.at(second + 32) ^= 1;
           fit_record(bytes, second);
         }},
    });
  }

  TEST_CASE("the anchor") {
    check(std::vector<Damage>{
        {"neither slot is whole", Rule::anchor,
         [](Image& image) { image.anchor_bytes->at(8) ^= 1, image.anchor_bytes->at(520) ^= 1; }},
        {"it is cut off", Rule::anchor, [](Image& image) { image.anchor_bytes->pop_back(); }},
        {"it is of another store", Rule::anchor,
         [](Image& image) {
           image.anchor_bytes->at(24) ^= 1;
           fit_slot(*image.anchor_bytes, 0);
         }},
        {"it is not padded with zeros", Rule::anchor,
         [](Image& image) {
           image.anchor_bytes->at(500) = 1;
           fit_slot(*image.anchor_bytes, 0);
         }},
        {"it claims another chain head", Rule::anchor_claim,
         [](Image& image) {
           image.anchor_bytes->at(92) ^= 1;
           fit_slot(*image.anchor_bytes, 0);
         }},
        {"it claims another epoch", Rule::anchor_claim,
         [](Image& image) {
           image.anchor_bytes->at(88) ^= 1;
           fit_slot(*image.anchor_bytes, 0);
         }},
    });
  }

  TEST_CASE("rows, chunks and position rows") {
    check(std::vector<Change>{
        {"a history hash", Rule::history_hash,
         [](Forge& forge) {
           forge.edit_row(any_row, [](auto&, wire::InstanceStateT& row) { ++row.hash_low; });
         }},
        {"an operation that is not open", Rule::row,
         [](Forge& forge) {
           forge.edit_row(open_row, [](auto&, wire::InstanceStateT& row) { row.open.pop_back(); });
         }},
        {"a step of other attempts", Rule::row,
         [](Forge& forge) {
           forge.edit_row(with_a_step, [](auto&, wire::InstanceStateT& row) {
             auto& step = row.open.front()->step;
             if (!step) step = std::make_unique<wire::StepOptionsT>();
             ++step->attempts;
           });
         }},
        {"a count of operations", Rule::row,
         [](Forge& forge) {
           forge.edit_row(any_row, [](auto&, wire::InstanceStateT& row) { ++row.ops; });
         }},
        {"a position behind the end", Rule::row_position,
         [](Forge& forge) {
           forge.edit_row(any_row, [](std::uint64_t& position, auto&) { position = 1 << 20; });
         }},
        {"a row of more events than its chunks", Rule::chunk,
         [](Forge& forge) {
           forge.edit_row(any_row, [](auto&, wire::InstanceStateT& row) { ++row.seq; });
         }},
        {"a chunk is gone", Rule::chunk,
         [](Forge& forge) {
           auto& chunks = forge.family(Family::chunks);
           chunks.erase(chunks.begin());
         }},
        {"a mark that the journal does not lead to", Rule::mark,
         [](Forge& forge) {
           forge.edit_shard(
               0, [](auto&, wire::ShardStateT& state) { state.mark_numbers.back() = 1'000'000; });
         }},
        {"a position row of another shard", Rule::shard_state,
         [](Forge& forge) {
           forge.edit_shard(0, [](auto&, wire::ShardStateT& state) { state.shard = 1; });
         }},
        {"a position row behind the end", Rule::position_row,
         [](Forge& forge) {
           forge.edit_shard(0, [](std::uint64_t& position, auto&) { position = 1 << 20; });
         }},
    });
  }

  TEST_CASE("the index") {
    check(std::vector<Change>{
        {"an id that leads to no row", Rule::index,
         [](Forge& forge) {
           std::string run;
           put_big(run, std::uint64_t{77});
           forge.family(Family::index)[std::string("i\0nobody", 8)] = run;
         }},
        {"a row whose id is not there", Rule::index,
         [](Forge& forge) {
           for (auto& [key, value] : forge.family(Family::index)) {
             if (key[0] != 'i' || value.size() != 8) continue;
             forge.family(Family::index).erase(key);
             break;
           }
         }},
        {"a waiting operation without a key", Rule::timer_key,
         [](Forge& forge) { forge.family(Family::index).erase(index_key(forge, 't')); }},
        {"a key of an operation that waits for nothing", Rule::timer_key,
         [](Forge& forge) {
           std::string key = index_key(forge, 't');
           key.back() = static_cast<char>(key.back() + 1);
           forge.family(Family::index)[key] = "";
         }},
        {"a closed run without a key", Rule::closed_key,
         [](Forge& forge) { forge.family(Family::index).erase(index_key(forge, 'c')); }},
        {"a tombstone that nothing will take away", Rule::tombstone_key,
         [](Forge& forge) { forge.family(Family::index).erase(index_key(forge, 'x')); }},
        {"a tombstone cut off", Rule::form,
         [](Forge& forge) {
           const std::string going = index_key(forge, 'x');
           std::string& stone = forge.family(Family::index)[forge.family(Family::index)[going]];
           stone.pop_back();
           forge.family(Family::index).erase(going);
         }},
    });
  }

  TEST_CASE("a journal file") {
    const auto rules = [](std::size_t at) {
      std::string bytes = journal_file();
      bytes.at(at) ^= 1;
      return rules_of(verify_file(bytes));
    };
    CHECK(rules(0) == "file");
    CHECK(rules(9) == "file");
    CHECK(rules(40) == "file");
    CHECK(rules(journal_file().size() - 1) == "file");
    CHECK(rules_of(verify_file(journal_file().substr(0, journal_file().size() - 60))) == "file");
    CHECK(rules_of(verify_file(journal_file() + std::string(16, '\0'))) == "file");
  }

  TEST_CASE("bytes that may be anything are judged, and nothing else happens") {
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
      Forge forge(trimmed_store());
      // Behind every seal: what is read next is reached.
      for (auto& [key, value] : forge.family(Family::rows)) {
        std::string body(Forge::open_checked(value));
        body.at(random() % body.size()) = static_cast<char>(random());
        value = Forge::checked(key, body);
      }
      for (auto& [shard, records] : forge.journal()) {
        std::string& bytes = records.at(random() % records.size()).events.front().bytes;
        bytes.at(random() % bytes.size()) = static_cast<char>(random());
        if (random() % 8 == 0) bytes.resize(random() % bytes.size());
      }
      CHECK_FALSE(verify_store(forge.finish()).empty());
    }
  }
}
