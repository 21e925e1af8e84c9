#include "runtime/portable.h"

#include <reprise/assert.h>

#include <fmt/format.h>

#include <set>
#include <utility>

#include "replay/message.h"
#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

constexpr std::uint16_t shards_max = 1024;  // As EngineOptions allows.

Error corrupt(const journal::FileInstance& instance, std::string_view what) {
  return Error(Code::corrupt,
               fmt::format("The journal file's history of {:?} {}.", instance.key.id, what));
}

/// The state that the events fold to, if it is what the file says of them.
Result<replay::InstanceState> fold(const journal::FileInstance& instance,
                                   const replay::Names& names) {
  replay::InstanceState state;
  state.run = instance.run;
  for (const std::string& bytes : instance.events) {
    auto event = replay::decode(bytes);
    if (!event) return std::move(event).error();
    const bool begins = event->kind == replay::EventKind::workflow_started;
    if (begins != (state.seq == 0)) return corrupt(instance, "does not begin at its start");
    if (static_cast<int>(event->kind) < 100) return corrupt(instance, "holds an event of a shard");
    if (state.status != replay::Status::open) return corrupt(instance, "goes on behind its end");
    if (event->name > names.size() || event->site > names.size()) {
      return corrupt(instance, "uses a name that the file does not hold");
    }
    replay::apply_instance(state, *event, bytes, names, /*epoch=*/1);
  }
  if (state.seq == 0) return corrupt(instance, "is empty");
  if (state.key != instance.key) return corrupt(instance, "is that of another instance");
  if (state.hash != instance.hash || static_cast<std::uint8_t>(state.status) != instance.status) {
    return corrupt(instance, "does not add up to its hash and status");
  }
  return state;
}

void put_instance(const journal::FileInstance& instance, replay::InstanceState state,
                  std::vector<journal::Put>& puts) {
  using journal::Table;
  const RunId run = instance.run;
  HistoryBuffer events;
  for (const auto& bytes : instance.events) events.append(bytes);
  puts.push_back({Table::chunks, chunk_key(run, 1), encode_chunk(run, events)});
  for (const auto& [seq, value] : instance.blobs) {
    puts.push_back({Table::blobs, blob_key(run, seq), value});
  }
  puts.push_back({Table::index, id_key(instance.key), encode_run(run)});
  puts.push_back({Table::rows, row_key(run), encode_row(run, {0, std::move(state)})});
}

journal::Put position_put(ShardId shard, std::uint16_t shards, const replay::Names& names) {
  PositionRow row;
  row.state.shard = shard;
  row.state.shards = shards;
  row.state.names = names;
  auto value = encode_position(row, replay::encode(row.state));
  return {journal::Table::meta, position_key(shard), std::move(value)};
}

Result<void> check_places(const journal::JournalFile& file) {
  std::set<RunId> runs;
  std::set<InstanceKey> keys;
  for (const auto& instance : file.instances) {
    const auto& key = instance.key;
    const bool named =
        key.id.find('\0') == std::string::npos && key.space.find('\0') == std::string::npos;
    if (!named || instance.run.is_shard() ||
        instance.run.shard() != replay::shard_of(key, file.shards)) {
      return corrupt(instance, "has a run that cannot be its own");
    }
    if (!runs.insert(instance.run).second || !keys.insert(key).second) {
      return corrupt(instance, "is there twice");
    }
  }
  return {};
}

}  // namespace

Result<Exported> export_instance(const replay::InstanceState& state, const HistoryBuffer& events,
                                 const replay::Names& names, std::map<Seq, std::string> blobs) {
  Exported exported;
  exported.instance.key = state.key;
  exported.instance.run = state.run;
  exported.instance.status = static_cast<std::uint8_t>(state.status);
  exported.instance.hash = state.hash;
  for (Seq seq = 1; seq <= events.last(); ++seq) {
    auto event = replay::decode(events.at(seq));
    if (!event) return std::move(event).error();
    for (const std::uint32_t id : {event->name, event->site}) {
      if (id != 0) exported.names.emplace(id, names.text(id));
    }
    exported.instance.events.emplace_back(events.at(seq));
  }
  for (auto& [seq, value] : blobs) exported.instance.blobs.emplace_back(seq, std::move(value));
  return exported;
}

journal::JournalFile begin_file(const journal::Store& store) {
  journal::JournalFile file;
  file.store_id[0] = store.header().store_id[0];
  file.store_id[1] = store.header().store_id[1];
  file.shards = store.header().shards;
  file.build = "reprise " REPRISE_VERSION;
  return file;
}

void add(journal::JournalFile& file, Exported exported) {
  std::map<std::string, std::uint32_t> known;
  for (std::size_t i = 0; i < file.names.size(); ++i) {
    known.emplace(file.names[i], static_cast<std::uint32_t>(i + 1));
  }
  std::map<std::uint32_t, std::uint32_t> ids = {{0, 0}};
  for (const auto& [id, text] : exported.names) {
    const auto at = known.find(text);
    ids[id] = at != known.end() ? at->second : static_cast<std::uint32_t>(file.names.size() + 1);
    if (at == known.end()) file.names.push_back(text);
  }
  for (std::string& bytes : exported.instance.events) {
    const auto event = replay::decode(bytes);
    REPRISE_ASSERT(event.ok());  // export_instance has decoded it.
    replay::set_names(bytes, ids.at(event->name), ids.at(event->site));
  }
  file.instances.push_back(std::move(exported.instance));
}

Result<std::unique_ptr<journal::Store>> load(const journal::JournalFile& file) {
  if (file.shards > shards_max) {
    return Error(Code::corrupt,
                 fmt::format("The journal file is of a store of {} shards.", file.shards));
  }
  if (auto checked = check_places(file); !checked) return std::move(checked).error();
  replay::Names names;
  for (const auto& name : file.names) names.add(name);
  std::map<ShardId, journal::ShardAppend> parts;
  for (const auto& instance : file.instances) {
    auto state = fold(instance, names);
    if (!state) return std::move(state).error();
    const ShardId shard = instance.run.shard();
    auto& part = parts[shard];
    if (part.puts.empty()) part.puts.push_back(position_put(shard, file.shards, names));
    put_instance(instance, std::move(*state), part.puts);
  }
  auto store = journal::make_memory_store(file.shards, {file.store_id[0], file.store_id[1]});
  for (auto& [shard, part] : parts) {
    part.shard = shard;
    part.epoch = 1;
    part.first = 1;
    if (auto put = store->append({&part, 1}, false); !put) return std::move(put).error();
  }
  return store;
}

}  // namespace reprise::runtime
