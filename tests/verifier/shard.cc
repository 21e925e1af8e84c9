#include "tests/verifier/shard.h"

#include <utility>

#include <fmt/format.h>

namespace reprise::verifier {

ShardWalk::ShardWalk(const Options& options, Findings& findings)
    : shards_(options.shards),
      framed_(options.framed),
      events_(options.events),
      start_(options.start),
      findings_(findings),
      last_(options.start.first - 1) {
  fold_.shard = options.shard;
  known_ = start_.first == 1;
  fold_.epoch = start_.epoch;
  marks_[last_] = {start_.previous, start_.epoch};
}

void ShardWalk::report(Rule rule, std::string text) {
  findings_.add(rule, fmt::format("shard {} position {}", fold_.shard, last_), std::move(text));
}

void ShardWalk::set_row(std::uint64_t position, Hash head, const wire::ShardState& state) {
  Row row;
  row.position = position;
  row.head = head;
  row.time = state.time();
  row.fold.shard = state.shard();
  row.fold.epoch = state.epoch();
  row.fold.seq = state.seq();
  row.fold.runs = state.runs();
  for (flatbuffers::uoffset_t i = 0; i < size(state.names()); ++i) {
    row.fold.names.emplace_back(view(state.names()->Get(i)));
  }
  const std::string place = fmt::format("position row of shard {}", fold_.shard);
  if (size(state.mark_sources()) != size(state.mark_numbers()) ||
      size(state.ready_runs()) != size(state.ready_attempts()) ||
      size(state.ready_runs()) != size(state.ready_more())) {
    return findings_.add(Rule::form, place, "vectors differ in length");
  }
  if (state.format() != 1 || state.shard() != fold_.shard || state.shards() != shards_) {
    return findings_.add(Rule::shard_state, place, "is of another store, shard or format");
  }
  for (flatbuffers::uoffset_t i = 0; i < size(state.ready_runs()); ++i) {
    row.fold.ready[state.ready_runs()->Get(i)] = {state.ready_attempts()->Get(i),
                                                  state.ready_more()->Get(i) != 0};
  }
  bool in_range = true;
  for (flatbuffers::uoffset_t i = 0; i < size(state.mark_sources()); ++i) {
    in_range = in_range && state.mark_sources()->Get(i) < shards_;
    row.fold.marks[state.mark_sources()->Get(i)] = state.mark_numbers()->Get(i);
  }
  for (flatbuffers::uoffset_t i = 0; i < size(state.outboxes()); ++i) {
    const wire::Outbox& box = *state.outboxes()->Get(i);
    in_range = in_range && box.target() < shards_ && box.first() != 0;
    Outbox& out = row.fold.outboxes[box.target()];
    out.acked = box.first() - 1;
    out.numbered = out.acked + size(box.messages());
  }
  if (!in_range) {
    return findings_.add(Rule::shard_state, place, "names a shard or message that cannot be");
  }
  row_ = std::move(row);
  if (last_ == position) reach_row();
}

void ShardWalk::take(const Record& record) {
  last_ = record.position;
  marks_[last_] = {record.hash, record.epoch};
  if (record.epoch != fold_.epoch) {
    fold_.epoch = record.epoch;
    epoch_open_ = false;
  }
  if (!events_) return;
  std::set<std::uint64_t> going_on;
  for (const RawEvent& raw : record.events) {
    const auto place = [&] {
      return fmt::format("shard {} position {} run {} seq {}", fold_.shard, last_,
                         run_text(raw.run), raw.seq);
    };
    if (shard_of_run(raw.run) != fold_.shard) {
      findings_.add(Rule::run, place(), "the run is of another shard");
      continue;
    }
    if (!decode(raw.run, raw.seq, raw.bytes, event_)) {
      findings_.add(Rule::form, place(), "the event is no FlatBuffer");
      continue;
    }
    check_fields(event_, place, findings_);
    if (going_on.contains(raw.run)) {
      findings_.add(Rule::more, place(), "the activation was to go on in the next record");
    }
    if (event_.more()) going_on.insert(raw.run);
    take_event(event_);
  }
  if (row_ && row_->position == last_) reach_row();
}

void ShardWalk::finish() {
  if (!row_) {
    if (!known_)
      report(Rule::position_row, "the journal was trimmed, and there is no position row");
  } else if (row_->position > last_ || row_->position + 1 < start_.first) {
    report(Rule::position_row, fmt::format("names position {}", row_->position));
  }
}

void ShardWalk::reach_row() {
  if (framed_ && row_->head != marks_[last_].head) {
    report(Rule::position_row, "its chain head is not the record's");
  }
  if (known_) {
    compare_row();
  } else {
    if (fold_.names.size() > row_->fold.names.size() || fold_.seq > row_->fold.seq) {
      report(Rule::shard_state, "has fewer names or events than the journal before it");
    }
    fold_ = row_->fold;
    known_ = true;
    epoch_open_ = true;
  }
}

void ShardWalk::compare_row() {
  const ShardFold& row = row_->fold;
  const auto differs = [&](std::string_view what) {
    report(Rule::shard_state, fmt::format("{} are not what the journal leads to", what));
  };
  if (row.names != fold_.names) differs("names");
  if (row.epoch != fold_.epoch) differs("epochs");
  if (row.seq != fold_.seq) differs("seqs");
  if (row.runs != fold_.runs) differs("runs");
  if (row.marks != fold_.marks) differs("marks");
  if (row.ready != fold_.ready) differs("runs that a restart looks at");
  std::set<std::uint16_t> targets;
  for (const auto& [target, box] : row.outboxes) targets.insert(target);
  for (const auto& [target, box] : fold_.outboxes) targets.insert(target);
  for (const std::uint16_t target : targets) {
    const auto said = row.outboxes.find(target);
    const auto is = fold_.outboxes.find(target);
    const Outbox there = said == row.outboxes.end() ? Outbox{} : said->second;
    const Outbox here = is == fold_.outboxes.end() ? Outbox{} : is->second;
    if (there.numbered != here.numbered || there.acked != here.acked) {
      report(Rule::shard_state,
             fmt::format("outbox to {}: {} of {} acknowledged, the journal leads to {} of {}",
                         target, there.acked, there.numbered, here.acked, here.numbered));
    }
  }
}

void ShardWalk::take_event(const Event& event) {
  const std::uint64_t names_known = fold_.names.size();
  if (known_ && (event.name >= names_known || event.site >= names_known)) {
    report(Rule::event_name, fmt::format("run {} seq {}: string {} or {} is not interned yet",
                                         run_text(event.run), event.seq, event.name, event.site));
  }
  if (counter_of_run(event.run) == 0) return take_shard_event(event);
  if (deleted_.contains(event.run)) {
    report(Rule::deleted, fmt::format("run {} goes on", run_text(event.run)));
  }
  if (event->kind() == workflow_started) {
    if (counter_of_run(event.run) <= fold_.runs) {
      report(Rule::run, fmt::format("run {} is not a new one", run_text(event.run)));
    }
    fold_.runs = std::max(fold_.runs, counter_of_run(event.run));
  }
  if (!row_ || last_ <= row_->position) track_ready(event);
  send_messages(event);
}

void ShardWalk::track_ready(const Event& event) {
  auto& bodies = bodies_[event.run];
  auto& [open, owes] = fold_.ready[event.run];
  switch (event->kind()) {
    case workflow_completed:
    case workflow_failed:
    case workflow_cancelled:
    case workflow_terminated:
      bodies_.erase(event.run);
      fold_.ready.erase(event.run);
      return;
    case step_scheduled: bodies.insert(event->op()); break;
    case step_completed:
    case step_attempt_failed:
    case step_handed_over:
    case operation_cancelled: bodies.erase(event->op()); break;
    default: break;
  }
  open = bodies.size();
  owes = event.more() || event->kind() == activation_cut || (owes && !event.is_command());
  const bool none = bodies.empty();
  if (none && !owes) fold_.ready.erase(event.run);
  if (none) bodies_.erase(event.run);
}

void ShardWalk::take_shard_event(const Event& event) {
  if ((known_ || fold_.seq != 0) && event.seq != fold_.seq + 1) {
    report(Rule::event_seq, fmt::format("the shard's event {} after {}", event.seq, fold_.seq));
  }
  fold_.seq = event.seq;
  if (!epoch_open_ && known_ && event->kind() != epoch_opened) {
    report(Rule::record_epoch, "the epoch was not opened by its event");
  }
  epoch_open_ = true;
  switch (event->kind()) {
    case epoch_opened:
      if (event->number() != fold_.epoch) {
        report(Rule::record_epoch, fmt::format("opens epoch {}", event->number()));
      }
      break;
    case string_interned: return intern(event);
    case mark_advanced: return advance(event);
    case outbox_acked: return acknowledge(event);
    case run_deleted:
      deleted_[event->peer()] = {last_, event->hash(), event->due(),
                                 std::string(view(event->space())), std::string(view(event->id()))};
      break;
    default: send_messages(event);
  }
}

void ShardWalk::intern(const Event& event) {
  const Names& known = known_ ? fold_.names : names();
  const std::string text(view(event->text()));
  if (!known_ && event->number() < known.size()) {
    if (known[event->number()] != text) report(Rule::interned, "the position row says otherwise");
    return;
  }
  if (event->number() != known.size()) {
    return report(Rule::interned,
                  fmt::format("string {} after {}", event->number(), known.size() - 1));
  }
  fold_.names.push_back(text);
}

void ShardWalk::advance(const Event& event) {
  std::uint64_t& mark = fold_.marks[event->shard()];
  if (event->shard() >= shards_ || event->number() <= mark) {
    report(Rule::mark, fmt::format("shard {}: {} after {}", event->shard(), event->number(), mark));
  }
  mark = event->number();
}

void ShardWalk::acknowledge(const Event& event) {
  Outbox& box = fold_.outboxes[event->shard()];
  if (event->shard() >= shards_ || event->number() <= box.acked ||
      (known_ && event->number() > box.numbered)) {
    report(Rule::acknowledged, fmt::format("shard {}: {} after {} of {}", event->shard(),
                                           event->number(), box.acked, box.numbered));
  }
  box.acked = event->number();
}

void ShardWalk::send_messages(const Event& event) {
  const auto to_id = [&] { return shard_of_id(view(event->space()), view(event->id()), shards_); };
  switch (event->kind()) {
    case message_refused: return send(shard_of_run(event->peer()));
    case workflow_started:
    case signal_received:
      if (event->peer() != 0) send(shard_of_run(event->peer()));
      return;
    case workflow_completed:
    case workflow_failed:
    case workflow_cancelled:
    case workflow_terminated:
      if (event->peer() != 0) send(shard_of_run(event->peer()));
      for (flatbuffers::uoffset_t i = 0; i < size(event->child_runs()); ++i) {
        if (event->child_policies()->Get(i) == 2) continue;
        send(shard_of_id(view(event->child_spaces()->Get(i)), view(event->child_ids()->Get(i)),
                         shards_));
      }
      return;
    case child_scheduled:
    case signal_sent:
      // One that is refused before it is sent is answered by the run's own shard.
      send(event.failed() ? fold_.shard : to_id());
      return;
    case operation_cancelled:
      if (event->id() != nullptr) send(to_id());
      return;
    default: return;
  }
}

Hash ShardWalk::head_at(std::uint64_t position) const {
  const auto mark = marks_.find(position);
  return mark == marks_.end() ? Hash{} : mark->second.head;
}

std::uint32_t ShardWalk::epoch_at(std::uint64_t position) const {
  const auto mark = marks_.find(position);
  return mark == marks_.end() ? 0 : mark->second.epoch;
}

}  // namespace reprise::verifier
