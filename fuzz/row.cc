// What a snapshot writes beside the journal: the input is a kind and a body, sealed here unless the
// kind's high bit says that the seal is the input's own.
#include <algorithm>
#include <iterator>

#include "fuzz/events.h"
#include "fuzz/seals.h"
#include "journal/sealed.h"
#include "runtime/rows.h"

namespace reprise::fuzz {
namespace {

constexpr RunId run = RunId::make(3, 77);
constexpr ShardId shard = 3;

std::string sealed(bool own, std::string_view key, std::string_view body) {
  return own ? std::string(body) : sealed_row(key, body);
}

void check_row(bool own, std::string_view body) {
  auto row = runtime::decode_row(run, sealed(own, runtime::row_key(run), body));
  if (!accepted(row)) return;
  const auto again = runtime::encode_row(run, *row);
  auto decoded = runtime::decode_row(run, again);
  holds(accepted(decoded), "a row written anew is read");
  holds(decoded->position == row->position && runtime::encode_row(run, *decoded) == again,
        "and says the same");
  static_cast<void>(row->state.settling());
}

void check_position(bool own, std::string_view body) {
  auto row = runtime::decode_position(shard, sealed(own, runtime::position_key(shard), body));
  if (!accepted(row)) return;
  row->state.shard = shard;
  const auto again = runtime::encode_position(*row, replay::encode(row->state));
  auto decoded = runtime::decode_position(shard, again);
  holds(accepted(decoded), "a position row written anew is read");
  holds(runtime::encode_position(*decoded, replay::encode(decoded->state)) == again &&
            decoded->snapshot == row->snapshot && decoded->chain == row->chain,
        "and says the same");
}

void check_chunk(bool own, std::string_view body) {
  const auto key = runtime::chunk_key(run, 5);
  runtime::HistoryBuffer events;
  events.restart(5);
  if (!accepted(runtime::decode_chunk(key, sealed(own, key, body), events))) return;
  holds(events.size() <= body.size(), "a chunk's events are its bytes");
  if (events.empty()) return;
  runtime::HistoryBuffer again;
  again.restart(5);
  holds(accepted(runtime::decode_chunk(key, runtime::encode_chunk(run, events), again)),
        "a chunk written anew is read");
  holds(again.last() == events.last() && again.size() == events.size(), "with as many events");
  for (Seq seq = 5; seq <= events.last(); ++seq) {
    holds(again.at(seq) == events.at(seq), "which are the same");
  }
}

void check_blob(bool own, std::string_view body) {
  const auto value = sealed(own, runtime::blob_key(run, 9), body);
  const auto blob = runtime::encode_blob(run, 9, body);
  const auto decoded = runtime::decode_blob(run, 9, blob.seal, value);
  if (!accepted(decoded)) return;
  holds(!own && *decoded == body && value == blob.value, "a blob is what was sealed");
  holds(!runtime::decode_blob(run, 10, blob.seal, value).ok(), "and of no other event");
}

void check_small(std::string_view body) {
  if (const auto stone = runtime::decode_tombstone(body)) {
    holds(runtime::encode_tombstone(*stone) == body, "a tombstone is its bytes");
  }
  if (const auto timer = runtime::decode_timer_key(body)) {
    holds(runtime::timer_key(0, *timer).substr(3) == body.substr(3), "a timer's key is its bytes");
  }
  if (const auto closed = runtime::decode_closed_key(body)) {
    holds(body.ends_with(runtime::encode_run(*closed)), "a closed run's key ends with the run");
  }
  if (const auto one = runtime::decode_run(body)) {
    holds(runtime::encode_run(*one) == body, "a run is its bytes");
  }
  const auto key = runtime::decode_id_key(body);
  if (!key.id.empty() && key.id.find('\0') == std::string::npos && body[0] == 'i') {
    holds(runtime::id_key(key) == body, "an id's key is its bytes");
  }
}

void check_store_values(bool own, std::string_view body) {
  const auto value = [&](std::string_view key) {
    return own ? std::string(body) : sealed_value(key, body);
  };
  auto header = journal::decode_header(value(journal::header_key));
  if (accepted(header)) {
    auto again = journal::decode_header(journal::encode_header(*header));
    holds(accepted(again) && again->shards == header->shards &&
              again->store_id[0] == header->store_id[0] &&
              again->store_id[1] == header->store_id[1] && again->format == header->format,
          "a header written anew says the same");
  }
  auto trim = journal::decode_trim(shard, value(journal::trim_key(shard)));
  if (accepted(trim)) {
    auto again = journal::decode_trim(shard, journal::encode_trim(shard, *trim));
    holds(accepted(again) && again->first == trim->first && again->previous == trim->previous &&
              again->epoch == trim->epoch,
          "a trim point written anew says the same");
  }
  auto sum = journal::decode_sum(shard, value(journal::sum_key(shard)));
  if (accepted(sum)) {
    auto again = journal::decode_sum(shard, journal::encode_sum(shard, *sum));
    holds(accepted(again) && *again == *sum, "a sum written anew says the same");
  }
}

std::string seed(char kind, std::string_view body) { return kind + std::string(body); }

}  // namespace

std::vector<std::string> seeds() {
  std::vector<std::string> all;
  runtime::Row row;
  runtime::PositionRow position;
  position.state.shards = 8;
  row.position = 12;
  row.state.run = run;
  runtime::HistoryBuffer history;
  history.restart(5);
  for (const auto& bytes : some_events()) {
    const auto event = replay::decode(bytes).value();
    const std::uint64_t counter = static_cast<unsigned>(event.kind) < 100 ? 0 : 1;
    if (event.kind != replay::EventKind::string_interned) {
      replay::apply_shard(position.state, RunId::make(3, counter), event);
    }
    if (counter == 0) continue;
    history.append(bytes);
    replay::apply_instance(row.state, event, bytes, position.state.names, 1);
    all.push_back(seed(0, std::string_view(runtime::encode_row(run, row)).substr(16)));
    if (all.size() % 8 != 1) continue;
    all.push_back(
        seed(1, std::string_view(runtime::encode_position(position, replay::encode(position.state)))
                    .substr(16)));
    all.push_back(seed(2, std::string_view(runtime::encode_chunk(run, history)).substr(16)));
  }
  all.push_back(seed(3, "blob"));
  all.push_back(seed(4, runtime::timer_key(1, {.due = 5, .run = run, .op = 2})));
  all.push_back(seed(4, runtime::encode_tombstone({run, 1, 2, 3})));
  all.push_back(seed(4, runtime::id_key({"space", "id"})));
  all.push_back(seed(4, runtime::closed_key(1, 2, run)));
  all.push_back(seed(4, runtime::encode_run(run)));
  all.push_back(seed(5, journal::encode_header({1, 0, {5, 6}, 8}).substr(8)));
  all.push_back(seed(5, journal::encode_trim(shard, {4, {1, 2}, 3}).substr(8)));
  all.push_back(seed(5, journal::encode_sum(shard, {4, {1, 2}}).substr(8)));
  return all;
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::fuzz;
  Input input(data, size);
  const auto kind = input.byte();
  const bool own = (kind & 0x80) != 0;
  const auto body = input.rest();
  switch (kind & 7) {
    case 0: check_row(own, body); break;
    case 1: check_position(own, body); break;
    case 2: check_chunk(own, body); break;
    case 3: check_blob(own, body); break;
    case 4: check_small(body); break;
    default: check_store_values(own, body); break;
  }
  return 0;
}
