#include "runtime/core.h"

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "runtime/observing.h"
#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

/// Of what a shard keeps of the journal in memory.
constexpr std::size_t records_max = std::size_t{64} << 20;

}  // namespace

Core::Core(const Seams& given, ShardId shard)
    : seams(given),
      packing(given.store, given.options.compression),
      records_(given.store, std::min(records_max, given.options.memory_budget / 2 /
                                                      given.store.header().shards)) {
  state.shard = shard;
  state.shards = given.store.header().shards;
  sealed_.shard = shard;
}

std::uint32_t Core::intern(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto id = state.names.find(text); id != 0) return id;
  replay::Event event;
  event.kind = replay::EventKind::string_interned;
  event.number = state.names.size() + 1;
  event.text = text;
  record_shard(event);
  return state.names.find(text);
}

Called Core::intern(const detail::Site& site, std::string_view name) {
  Sites::Known& known = sites_.place_of(site);
  const bool hit = Sites::is(known, site);
  if (!hit || state.names.text(known.ids.name) != name) {
    // The name first: the order in which both are recorded.
    const std::uint32_t id = intern(name);
    known = {site, {id, hit ? known.ids.site : intern(replay::site_text(site))}};
  }
  return known.ids;
}

std::optional<Nanos> Core::next_due() const {
  std::optional<Nanos> due;
  if (!seams.committer.behind()) due = timers.next();  // Else what gets durable wakes the shard.
  if (const auto deadline = deadlines.next()) {
    const Nanos at = seams.clock.wall() + std::max<Nanos>(0, *deadline - seams.clock.steady());
    due = due ? std::min(*due, at) : at;
  }
  return due;
}

void Core::record_shard(replay::Event event) {
  event.time = std::max(now(), state.time);
  scratch_.clear();
  encoder_.encode(event, scratch_);
  const RunId self = RunId::of_shard(state.shard);
  builder_.add(self, state.seq + 1, scratch_);
  auto change = notice_shard(*this, event, scratch_.size());
  replay::apply_shard(state, self, event);
  ++events;
  if (change) after_durable(TellObserver{std::move(change)});
}

Seq Core::record(Resident& resident, replay::Event& event) {
  replay::InstanceState& instance = resident.state;
  // Who made it a moment ago has looked at the clock; each look costs as much as its encoding.
  event.time = std::max(event.time != 0 ? event.time : now(), instance.time);
  const Seq seq = instance.seq + 1;
  if (Packing::is_large(event)) {
    if (auto blob = packing.pack(event, instance.run, seq, ticket_)) put({std::move(*blob)});
  }
  scratch_.clear();
  encoder_.encode(event, scratch_);
  builder_.add(instance.run, seq, scratch_);
  auto change = notice(*this, instance, event, scratch_.size());
  replay::apply_shard(state, instance.run, event);
  replay::apply_instance(instance, event, scratch_, state.names, state.epoch);
  REPRISE_ASSERT(instance.seq == seq);
  resident.recent.append(scratch_);
  if (resident.touched != position + 1) {
    resident.touched = position + 1;
    tail.touch(instance.run, resident.touched);
  }
  ++events;
  if (change) after_durable(TellObserver{std::move(change)});
  return seq;
}

void Core::answer(Answer& callback, Result<Reply> reply) {
  if (!callback) return;
  after_durable(std::make_unique<GiveAnswer>(std::move(callback), std::move(reply)));
  callback = nullptr;
}

std::uint64_t Core::put(std::vector<journal::Put> puts) {
  sealed_.puts.insert(sealed_.puts.end(), std::make_move_iterator(puts.begin()),
                      std::make_move_iterator(puts.end()));
  return ticket_;
}

void Core::send_owed() {
  for (auto& [target, outbox] : state.outboxes) {
    std::uint64_t& sent = sent_[target];
    sent = std::max(sent, outbox.first - 1);
    while (sent + 1 < outbox.next()) {
      ++sent;
      const std::size_t at = sent - outbox.first;
      after_durable(std::make_unique<SendMessage>(target, sent, outbox.messages[at]));
    }
  }
}

std::uint64_t Core::mark(ShardId source) const {
  if (const auto moved = moved_.find(source); moved != moved_.end()) return moved->second;
  const auto recorded = state.marks.find(source);
  return recorded == state.marks.end() ? 0 : recorded->second;
}

void Core::record_marks() {
  for (const auto& [source, number] : moved_) {
    replay::Event event;
    event.kind = replay::EventKind::mark_advanced;
    event.shard = source;
    event.number = number;
    record_shard(event);
    after_durable(SendAck{source, number});
  }
  moved_.clear();
}

void Core::seal() {
  record_marks();
  if (builder_.empty()) return;
  send_owed();
  if (sealed_.count == 0) sealed_.first = position + 1;
  chain_ = builder_.finish(state.shard, state.epoch, position + 1, chain_, sealed_.bytes);
  sealed_.epoch = state.epoch;
  sealed_.chain_after = chain_;
  ++sealed_.count;
  ++position;
}

bool Core::submit() {
  packing.written(durable_ticket);
  seal();
  if (sealed_.count == 0 && sealed_.puts.empty()) return false;
  sealed_.epoch = state.epoch;
  journal::ShardAppend next;
  next.shard = state.shard;
  if (sealed_.count == 0) sealed_.first = position + 1;
  std::swap(next, sealed_);
  seams.committer.submit(std::move(next), ticket_++);
  return true;
}

Resident& Core::create(const InstanceKey& key) {
  const RunId run = RunId::make(state.shard, std::max(state.runs, lost_runs_) + 1);
  auto resident = std::make_unique<Resident>();
  resident->state.run = run;
  resident->state.key = key;
  resident->used = turn;
  tail.started(key, run);
  return *(residents[run] = std::move(resident));
}

Result<Holder> Core::holder(const InstanceKey& key) {
  Holder holder;
  if (const auto run = tail.find(key)) {
    auto loaded = load(*run);
    if (!loaded) return std::move(loaded).error();
    holder.resident = *loaded;
    return holder;
  }
  holder.stone = deleted.stone(key, durable_ticket);
  std::optional<RunId> run;
  if (!holder.stone) {
    auto found = seams.store.get(journal::Table::index, id_key(key));
    if (!found) return std::move(found).error();
    if (!found->has_value()) return holder;
    holder.stone = decode_tombstone(**found);
    if (!holder.stone) {
      run = decode_run(**found);
      if (!run) return Error(Code::corrupt, "the index row of \"" + key.id + "\" has a wrong size");
    }
  }
  if (run) {
    auto loaded = load(*run);
    if (!loaded) return std::move(loaded).error();
    holder.resident = *loaded;
    if (holder.resident != nullptr) return holder;
    REPRISE_MARK("runtime/index_without_a_row");
    return Error(Code::corrupt, fmt::format("the index names run {:x} for \"{}\", and its row is "
                                            "gone; restore a backup",
                                            run->value, key.id));
  }
  if (holder.stone->until <= now()) {
    REPRISE_MARK("runtime/tombstone_out_of_time");
    holder.stone.reset();
  }
  return holder;
}

Result<Resident*> Core::load(RunId run) {
  if (const auto it = residents.find(run); it != residents.end()) {
    it->second->used = turn;
    return it->second.get();
  }
  if (run.shard() != state.shard || run.is_shard() || deleted.holds(run, durable_ticket)) {
    return static_cast<Resident*>(nullptr);
  }
  auto resident = std::make_unique<Resident>();
  resident->state.run = run;
  auto value = seams.store.get(journal::Table::rows, row_key(run));
  if (!value) return std::move(value).error();
  if (value->has_value()) {
    auto row = decode_row(run, **value);
    if (!row) return std::move(row).error();
    if (row->position > position) {
      REPRISE_MARK("runtime/row_ahead_of_the_journal");
      return Error(
          Code::corrupt,
          fmt::format("run {:x} has a row of record {}, but its shard's journal ends at {}: "
                      "the lost records held its last events. Restore a backup, or "
                      "start it anew under another id",
                      run.value, row->position, position));
    }
    resident->state = std::move(row->state);
    resident->hints = hints_of(resident->state);
    resident->row_seq = resident->state.seq;
    resident->row_position = row->position;
  }
  resident->recent.restart(resident->state.seq + 1);
  if (auto applied = apply_tail(*resident); !applied) return std::move(applied).error();
  if (resident->state.seq == 0) return static_cast<Resident*>(nullptr);
  metrics.loads.add();
  resident->used = turn;
  if (resident->closed()) ended.push_back(run);  // Back for a look: it leaves again.
  return (residents[run] = std::move(resident)).get();
}

Result<void> Core::apply_tail(Resident& resident) {
  replay::InstanceState& instance = resident.state;
  replay::Event event;
  Result<void> applied;
  const auto apply = [&](Epoch epoch, Seq seq, std::string_view bytes) {
    if (seq <= instance.seq) return true;
    applied = replay::decode(bytes, event);
    if (!applied) return false;
    replay::apply_instance(instance, event, bytes, state.names, epoch);
    resident.recent.append(bytes);
    return true;
  };
  const auto positions = tail.positions(instance.run, resident.row_position);
  auto read = records_.read(state.shard, positions, instance.run, apply);
  return read ? applied : read;
}

Result<HistoryBuffer> Core::history(const Resident& resident) const {
  HistoryBuffer whole;
  const RunId run = resident.state.run;
  // The chunk still on its way to disk is read from memory, never from the store.
  const bool in_flight = !resident.writing.empty() && resident.row_ticket > durable_ticket;
  const Seq until = in_flight ? resident.writing.first() : resident.recent.first();
  if (until > 1) {
    // Most have one chunk, and to look up one key costs less than to begin a scan.
    const std::string first = chunk_key(run, 1);
    auto one = seams.store.get(journal::Table::chunks, first);
    if (!one) return std::move(one).error();
    Result<void> decoded;
    if (*one) decoded = decode_chunk(first, **one, whole);
    if (decoded.ok() && whole.last() + 1 < until) {
      auto scanned = seams.store.scan(journal::Table::chunks, chunk_key(run, whole.last() + 1),
                                      chunk_key(run, until),
                                      [&](std::string_view key, std::string_view value) {
                                        decoded = decode_chunk(key, value, whole);
                                        return decoded.ok();
                                      });
      if (!scanned) return std::move(scanned).error();
    }
    if (!decoded) return std::move(decoded).error();
  }
  if (whole.last() + 1 != until) {
    REPRISE_MARK("runtime/history_with_a_gap");
    return Error(Code::corrupt, "the history of \"" + resident.state.key.id +
                                    "\" has a gap; restore a backup, or run `reprise repair`");
  }
  if (in_flight) {
    REPRISE_MARK("runtime/history_in_flight");
    whole.append_all(resident.writing);
  }
  whole.append_all(resident.recent);
  return whole;
}

}  // namespace reprise::runtime
