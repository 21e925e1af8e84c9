#include "runtime/rows.h"

#include <reprise/assert.h>
#include <reprise/hash.h>

#include <fmt/format.h>

#include <utility>

namespace reprise::runtime {
namespace {

// Big-endian where bytes are ordered (keys), little-endian in values.
void put_be(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t get_be(std::string_view in) {
  std::uint64_t value = 0;
  for (const char c : in) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

void put_le(std::string& out, std::uint64_t value) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t take_le(std::string_view& in) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(in[static_cast<std::size_t>(i)]);
  }
  in.remove_prefix(8);
  return value;
}

// Every value starts with the checksum of its key and the rest.
std::string sealed(std::string_view body, Hash128 sum) {
  std::string out;
  out.reserve(16 + body.size());
  put_le(out, sum.low);
  put_le(out, sum.high);
  out += body;
  return out;
}

std::string sealed(std::string_view key, std::string_view body) {
  return sealed(body, chain({}, key, body));
}

Result<std::string_view> unsealed(std::string_view key, std::string_view value,
                                  std::string_view what) {
  if (value.size() >= 16) {
    std::string_view body = value;
    Hash128 stored;
    stored.low = take_le(body);
    stored.high = take_le(body);
    if (chain({}, key, body) == stored) return body;
  }
  return Error(Code::corrupt,
               fmt::format("{} does not match its checksum; restore a backup, or run "
                           "`reprise repair` on a copy",
                           what));
}

Error short_value(std::string_view what) {
  return Error(Code::corrupt, fmt::format("{} is shorter than its format says", what));
}

}  // namespace

std::string row_key(RunId run) {
  std::string key;
  put_be(key, run.value, 8);
  return key;
}

std::string encode_row(RunId run, const Row& row) {
  std::string body;
  put_le(body, row.position);
  body += replay::encode(row.state);
  return sealed(row_key(run), body);
}

Result<Row> decode_row(RunId run, std::string_view value) {
  const std::string what = fmt::format("the row of run {:x}", run.value);
  auto body = unsealed(row_key(run), value, what);
  if (!body) return std::move(body).error();
  if (body->size() < 8) return short_value(what);
  Row row;
  row.position = take_le(*body);
  auto state = replay::decode_instance_state(*body);
  if (!state) return std::move(state).error();
  row.state = std::move(*state);
  return row;
}

std::string chunk_key(RunId run, Seq first) {
  std::string key = row_key(run);
  put_be(key, first, 8);
  return key;
}

std::string encode_chunk(RunId run, const HistoryBuffer& events) {
  std::string body;
  put_le(body, events.last() - events.first() + 1);
  for (Seq seq = events.first(); seq <= events.last(); ++seq) {
    put_le(body, events.at(seq).size());
    body += events.at(seq);
  }
  return sealed(chunk_key(run, events.first()), body);
}

Result<void> decode_chunk(std::string_view key, std::string_view value, HistoryBuffer& events) {
  if (key.size() != 16) return short_value("the key of a history chunk");
  const Seq first = get_be(key.substr(8));
  const std::string what =
      fmt::format("history chunk {:x} from seq {}", get_be(key.substr(0, 8)), first);
  auto body = unsealed(key, value, what);
  if (!body) return std::move(body).error();
  if (first != events.last() + 1) {
    return Error(Code::corrupt, fmt::format("{} does not follow seq {}", what, events.last()));
  }
  if (body->size() < 8) return short_value(what);
  for (std::uint64_t left = take_le(*body); left != 0; --left) {
    if (body->size() < 8) return short_value(what);
    const std::uint64_t size = take_le(*body);
    if (size > body->size()) return short_value(what);
    events.append(body->substr(0, size));
    body->remove_prefix(size);
  }
  return {};
}

std::string blob_key(RunId run, Seq seq) { return chunk_key(run, seq); }

Seq seq_of_blob(std::string_view key) { return get_be(key.substr(8)); }

Blob encode_blob(RunId run, Seq seq, std::string_view bytes) {
  const std::string key = blob_key(run, seq);
  const Hash128 seal = chain({}, key, bytes);
  return {sealed(bytes, seal), seal};
}

Result<std::string_view> decode_blob(RunId run, Seq seq, Hash128 seal, std::string_view value) {
  const std::string what = fmt::format("the blob of event {} of run {:x}", seq, run.value);
  auto body = unsealed(blob_key(run, seq), value, what);
  if (!body) return body;
  std::string_view head = value;
  Hash128 stored;
  stored.low = take_le(head);
  stored.high = take_le(head);
  if (stored != seal) {
    return Error(Code::corrupt, fmt::format("{} is not the one its history names", what));
  }
  return body;
}

std::string id_key(const InstanceKey& key) {
  // Names hold no NUL, so the separator is unambiguous.
  std::string out = "i";
  out += key.space;
  out.push_back('\0');
  out += key.id;
  return out;
}

InstanceKey decode_id_key(std::string_view key) {
  const auto end = key.find('\0');
  if (key.empty() || end == std::string_view::npos) return {};
  return {std::string(key.substr(1, end - 1)), std::string(key.substr(end + 1))};
}

std::string encode_run(RunId run) {
  std::string out;
  put_be(out, run.value, 8);
  return out;
}

std::optional<RunId> decode_run(std::string_view value) {
  if (value.size() != 8) return std::nullopt;
  return RunId{get_be(value)};
}

std::string encode_tombstone(const Tombstone& stone) {
  std::string out = encode_run(stone.run);
  put_be(out, stone.input_hash, 8);
  put_be(out, stone.workflow, 4);
  put_be(out, static_cast<std::uint64_t>(stone.until), 8);
  return out;
}

std::optional<Tombstone> decode_tombstone(std::string_view value) {
  if (value.size() != 28) return std::nullopt;
  Tombstone stone;
  stone.run = RunId{get_be(value.substr(0, 8))};
  stone.input_hash = get_be(value.substr(8, 8));
  stone.workflow = static_cast<std::uint32_t>(get_be(value.substr(16, 4)));
  stone.until = static_cast<Nanos>(get_be(value.substr(20, 8)));
  return stone;
}

std::string sweep_key(ShardId shard, Nanos until, RunId run) {
  std::string key = "x";
  put_be(key, shard, 2);
  put_be(key, static_cast<std::uint64_t>(until), 8);
  put_be(key, run.value, 8);
  return key;
}

std::pair<std::string, std::string> sweep_range(ShardId shard, Nanos until) {
  return {sweep_key(shard, 0, RunId{}), sweep_key(shard, until + 1, RunId{})};
}

std::string timer_key(ShardId shard, const Timer& timer) {
  std::string key = "t";
  put_be(key, shard, 2);
  put_be(key, static_cast<std::uint64_t>(timer.due), 8);
  put_be(key, timer.run.value, 8);
  put_be(key, timer.op, 4);
  return key;
}

std::optional<Timer> decode_timer_key(std::string_view key) {
  if (key.size() != 23 || key[0] != 't') return std::nullopt;
  Timer timer;
  timer.due = static_cast<Nanos>(get_be(key.substr(3, 8)));
  timer.run = RunId{get_be(key.substr(11, 8))};
  timer.op = static_cast<OpId>(get_be(key.substr(19, 4)));
  return timer;
}

std::string closed_key(ShardId shard, Nanos closed, RunId run) {
  std::string key = "c";
  put_be(key, shard, 2);
  put_be(key, static_cast<std::uint64_t>(closed), 8);
  put_be(key, run.value, 8);
  return key;
}

std::optional<RunId> decode_closed_key(std::string_view key) {
  if (key.size() != 19 || key[0] != 'c') return std::nullopt;
  return RunId{get_be(key.substr(11, 8))};
}

std::string position_key(ShardId shard) {
  std::string key = "p";
  put_be(key, shard, 2);
  return key;
}

std::string encode_position(const PositionRow& row, std::string_view shard_state) {
  std::string body;
  put_le(body, row.snapshot);
  put_le(body, row.chain.low);
  put_le(body, row.chain.high);
  body += shard_state;
  return sealed(position_key(row.state.shard), body);
}

Result<PositionRow> decode_position(ShardId shard, std::string_view value) {
  const std::string what = fmt::format("the position row of shard {}", shard);
  auto body = unsealed(position_key(shard), value, what);
  if (!body) return std::move(body).error();
  if (body->size() < 24) return short_value(what);
  PositionRow row;
  row.snapshot = take_le(*body);
  row.chain.low = take_le(*body);
  row.chain.high = take_le(*body);
  auto state = replay::decode_shard_state(*body);
  if (!state) return std::move(state).error();
  row.state = std::move(*state);
  return row;
}

}  // namespace reprise::runtime
