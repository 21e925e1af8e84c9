#include "tests/verifier/forge.h"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "tests/verifier/bytes.h"
#include "tests/verifier/contents.h"
#include "tests/verifier/journal.h"

namespace reprise::verifier {

namespace {

template <class Table>
std::string pack(const Table& table) {
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(Table::TableType::Pack(builder, &table));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

void put_varint(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

void put_hash(std::string& bytes, Hash hash) {
  put_little(bytes, hash.low);
  put_little(bytes, hash.high);
}

std::string record_body(const std::vector<Forge::ForgedEvent>& events) {
  wire::RecordT body;
  std::string index;
  std::uint64_t run = 0;
  for (std::size_t at = 0; at < events.size();) {
    std::size_t end = at + 1;
    while (end < events.size() && events[end].run == events[at].run &&
           events[end].seq == events[end - 1].seq + 1) {
      ++end;
    }
    const std::uint64_t step = events[at].run - run;
    put_varint(index, (step << 1) ^ (0 - (step >> 63)));
    put_varint(index, events[at].seq);
    put_varint(index, end - at);
    run = events[at].run;
    for (; at < end; ++at) {
      put_varint(index, events[at].bytes.size());
      body.events.insert(body.events.end(), events[at].bytes.begin(), events[at].bytes.end());
    }
  }
  body.index.assign(index.begin(), index.end());
  return pack(body);
}

}  // namespace

void copy_into(const Source& source, Image& image) {
  for (std::size_t i = 0; i < family_names.size(); ++i) {
    const auto wrong = source.scan(static_cast<Family>(i), [&](auto key, auto value) {
      image.families[i][std::string(key)] = value;
    });
    if (!wrong.empty()) throw std::runtime_error(wrong);
  }
  image.anchor_bytes = source.anchor();
}

Forge::Forge(const Image& sound) {
  image_.families = sound.families;
  image_.anchor_bytes = sound.anchor_bytes;
  Findings findings;
  const Contents contents = read_contents(image_, Depth::meaning, findings);
  shards_ = contents.shards;
  for (std::uint16_t shard = 0; shard < shards_; ++shard) {
    const auto start = contents.starts.find(shard);
    first_[shard] = start == contents.starts.end() ? 1 : start->second.first;
    start_[shard] = start == contents.starts.end() ? Hash{} : start->second.previous;
  }
  walk_journal(image_, shards_, contents.starts, findings, [&](const Record& record) {
    ForgedRecord forged{record.epoch, {}};
    for (const RawEvent& event : record.events) {
      forged.events.push_back({event.run, event.seq, std::string(event.bytes)});
    }
    journal_[record.shard].push_back(std::move(forged));
  });
  if (!findings.empty()) throw std::runtime_error(text(findings));
}

void Forge::keep_journal() {
  for (const auto& [shard, first] : first_) {
    if (first != 1) throw std::runtime_error("the journal was trimmed");
  }
  for (const Family family : {Family::rows, Family::chunks, Family::index})
    image_.at(family).clear();
  std::erase_if(image_.at(Family::meta), [](const auto& pair) { return pair.first[0] == 'p'; });
}

Forge::Edit Forge::read(const ForgedEvent& event) {
  Event decoded;
  if (!decode(event.run, event.seq, event.bytes, decoded)) throw std::runtime_error("no event");
  Edit edit;
  edit.name = decoded.name;
  edit.site = decoded.site;
  decoded->UnPackTo(&edit.table);
  return edit;
}

void Forge::write(ForgedEvent& event, const Edit& edit) {
  event.bytes.clear();
  put_little(event.bytes, edit.name);
  put_little(event.bytes, edit.site);
  event.bytes += pack(edit.table);
}

Forge::ForgedEvent& Forge::find(const std::function<bool(const ForgedEvent&, const Edit&)>& wanted,
                                std::size_t skip) {
  for (auto& [shard, records] : journal_) {
    for (ForgedRecord& record : records) {
      for (ForgedEvent& event : record.events) {
        if (wanted(event, read(event)) && skip-- == 0) return event;
      }
    }
  }
  throw std::runtime_error("there is no such event");
}

Forge::ForgedEvent& Forge::find(std::uint8_t kind, std::size_t skip) {
  return find([&](const ForgedEvent&, const Edit& edit) { return edit.table.kind == kind; }, skip);
}

void Forge::edit(std::uint8_t kind, const std::function<void(Edit&)>& change, std::size_t skip) {
  ForgedEvent& event = find(kind, skip);
  Edit edit = read(event);
  change(edit);
  write(event, edit);
}

void Forge::append(std::uint64_t run, const Edit& edit) {
  std::uint64_t last = 0;
  auto& records = journal_[shard_of_run(run)];
  for (const ForgedRecord& record : records) {
    for (const ForgedEvent& event : record.events) {
      if (event.run == run) last = event.seq;
    }
  }
  ForgedEvent event{run, last + 1, {}};
  write(event, edit);
  records.push_back({records.back().epoch, {std::move(event)}});
}

void Forge::edit_row(
    const std::function<bool(const wire::InstanceStateT&)>& wanted,
    const std::function<void(std::uint64_t& position, wire::InstanceStateT&)>& change) {
  for (auto& [key, value] : image_.at(Family::rows)) {
    Reader reader(open_checked(value));
    auto position = reader.little<std::uint64_t>();
    Buffer<wire::InstanceState> state;
    if (!state.set(reader.rest())) throw std::runtime_error("no row");
    wire::InstanceStateT table;
    state->UnPackTo(&table);
    if (!wanted(table)) continue;
    change(position, table);
    std::string body;
    put_little(body, position);
    value = checked(key, body + pack(table));
    return;
  }
  throw std::runtime_error("there is no such row");
}

void Forge::edit_shard(
    std::uint16_t shard,
    const std::function<void(std::uint64_t& position, wire::ShardStateT&)>& change) {
  std::string key = "p";
  put_big(key, shard);
  std::string& value = image_.at(Family::meta).at(key);
  Reader reader(open_checked(value));
  auto position = reader.little<std::uint64_t>();
  const Hash head = reader.hash();
  Buffer<wire::ShardState> state;
  if (!state.set(reader.rest())) throw std::runtime_error("no position row");
  wire::ShardStateT table;
  state->UnPackTo(&table);
  change(position, table);
  std::string body;
  put_little(body, position);
  put_hash(body, head);
  value = checked(key, body + pack(table));
}

std::string Forge::sealed(const std::string& key, std::string_view body) {
  std::string value;
  put_little(value, hash_after({}, key, body).low);
  return value.append(body);
}

std::string Forge::checked(const std::string& key, std::string_view body) {
  std::string value;
  put_hash(value, hash_after({}, key, body));
  return value.append(body);
}

Image& Forge::finish() {
  frame_journal();
  fit_positions();
  fit_sums();
  fit_anchor();
  return image_;
}

void Forge::frame_journal() {
  image_.at(Family::journal).clear();
  for (const auto& [shard, records] : journal_) {
    std::uint64_t position = first_[shard];
    Hash chain = start_[shard];
    heads_[shard][position - 1] = chain;
    std::string key;
    put_big(key, shard);
    put_big(key, position);
    std::string& value = image_.at(Family::journal)[key];
    for (const ForgedRecord& record : records) {
      const std::string body = record_body(record.events);
      std::string covered;
      put_little(covered, static_cast<std::uint32_t>(body.size()));
      put_little(covered, shard);
      put_little(covered, std::uint16_t{1});
      put_little(covered, position);
      put_little(covered, record.epoch);
      put_little(covered, static_cast<std::uint32_t>(record.events.size()));
      put_hash(covered, chain);
      covered += body;
      chain = hash128(covered);
      put_little(value, chain.low);
      value += covered;
      heads_[shard][position++] = chain;
    }
  }
}

void Forge::fit_positions() {
  for (auto& [key, value] : image_.at(Family::meta)) {
    if (!key.starts_with('p')) continue;
    Reader shard(std::string_view(key).substr(1));
    Reader reader(open_checked(value));
    const auto position = reader.little<std::uint64_t>();
    reader.hash();
    std::string body;
    put_little(body, position);
    const auto& heads = heads_[shard.big<std::uint16_t>()];
    const auto head = heads.find(position);
    put_hash(body, head == heads.end() ? Hash{} : head->second);
    value = checked(key, body.append(reader.rest()));
  }
}

void Forge::fit_sums() {
  std::erase_if(image_.at(Family::meta),
                [](const auto& pair) { return pair.first.starts_with("sum/"); });
  wire::RowSumT sum;
  Hash total;
  std::uint64_t table = 2;
  for (const Family family : {Family::rows, Family::chunks, Family::index}) {
    for (const auto& [key, value] : image_.at(family)) {
      std::string bytes;
      put_little(bytes, table);
      put_little(bytes, std::uint64_t{key.size()});
      const Hash hash = hash128(bytes + key + value);
      total.low += hash.low;
      total.high += hash.high;
      ++sum.count;
    }
    ++table;
  }
  sum.total = std::make_unique<wire::Hash>(total.low, total.high);
  image_.at(Family::meta)["sum/0"] = sealed("sum/0", pack(sum));
}

void Forge::fit_anchor() {
  const std::string_view before = *image_.anchor_bytes;
  const std::size_t size = before.size() / 2;
  std::string both;
  for (std::size_t i = 0; i < 2; ++i) {
    std::string slot(before.substr(i * size, 40));
    slot.append(24, '\0');  // Of the MANIFEST nothing is claimed.
    slot += before.substr(i * size + 64, 16);
    for (std::uint16_t shard = 0; shard < shards_; ++shard) {
      const auto& records = journal_[shard];
      put_little(slot, std::uint64_t{first_[shard] + records.size() - 1});
      put_little(slot, records.empty() ? std::uint32_t{0} : records.back().epoch);
      put_hash(slot, heads_[shard].empty() ? Hash{} : heads_[shard].rbegin()->second);
    }
    slot.resize(size - 8, '\0');
    put_little(slot, hash64(slot));
    both += slot;
  }
  image_.anchor_bytes = std::move(both);
}

}  // namespace reprise::verifier
