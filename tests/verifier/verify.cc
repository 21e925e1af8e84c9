#include "tests/verifier/verify.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "tests/verifier/anchor.h"
#include "tests/verifier/contents.h"
#include "tests/verifier/history.h"
#include "tests/verifier/journal.h"
#include "tests/verifier/links.h"
#include "tests/verifier/rows.h"
#include "tests/verifier/shard.h"

namespace reprise::verifier {

namespace {

/// A run, and its history as far as it was read.
struct Run {
  History history;
  std::vector<std::uint64_t> digests;  ///< Of the events in its chunks.
  std::uint64_t seen_in_journal = 0;   ///< Last seq that the journal holds.
};

class StoreCheck {
 public:
  StoreCheck(const Source& source, Depth depth) : source_(source), depth_(depth) {}

  Findings run() && {
    contents_ = read_contents(source_, depth_, findings_);
    if (contents_.shards != 0) walk_shards();
    if (!findings_.empty() || depth_ == Depth::bytes) return std::move(findings_);
    check_messages();
    fold_chunks();
    fold_journal();
    check_runs();
    if (!findings_.empty()) return std::move(findings_);
    contents_.blobs.check_named(findings_);
    check_index(contents_, indexed_, deleted_, unwritten_, findings_);
    links_.check(findings_);
    return std::move(findings_);
  }

 private:
  ShardWalk& walk_of(std::uint16_t shard) { return walks_.at(shard); }

  void walk_shards() {
    for (std::uint16_t shard = 0; shard < contents_.shards; ++shard) {
      const auto start = contents_.starts.find(shard);
      ShardWalk::Options options{shard, contents_.shards, contents_.framed, {}};
      if (start != contents_.starts.end()) options.start = start->second;
      options.events = depth_ == Depth::meaning;
      walks_.try_emplace(shard, options, findings_);
      const auto row = contents_.positions.find(shard);
      if (row == contents_.positions.end()) continue;
      Buffer<wire::ShardState> state;
      if (state.set(row->second.state)) {
        walk_of(shard).set_row(row->second.position, row->second.head, *state);
      } else {
        findings_.add(Rule::form, fmt::format("position row of shard {}", shard),
                      "is no FlatBuffer of a shard's state");
      }
    }
    walk_journal(source_, contents_.shards, contents_.starts, findings_,
                 [&](const Record& record) { walk_of(record.shard).take(record); });
    if (!findings_.empty()) return;
    for (auto& [shard, walk] : walks_) {
      if (depth_ == Depth::meaning) walk.finish();
      deleted_.insert(walk.deleted().begin(), walk.deleted().end());
    }
    const auto anchor = source_.anchor();
    if (anchor) check_anchor(*anchor, source_.manifest(), contents_, walks_, findings_);
  }

  void check_messages() {
    for (const auto& [target, walk] : walks_) {
      for (const auto& [source, mark] : walk.fold().marks) {
        const ShardFold& from = walk_of(source).fold();
        const auto box = from.outboxes.find(target);
        const std::uint64_t numbered = box == from.outboxes.end() ? 0 : box->second.numbered;
        if (mark > numbered) {
          findings_.add(Rule::mark, fmt::format("shard {}", target),
                        fmt::format("took message {} of shard {}, which numbered {}", mark, source,
                                    numbered));
        }
      }
      for (const auto& [other, box] : walk.fold().outboxes) {
        const ShardFold& to = walk_of(other).fold();
        const auto mark = to.marks.find(target);
        if (box.acked > (mark == to.marks.end() ? 0 : mark->second)) {
          findings_.add(Rule::acknowledged, fmt::format("shard {}", target),
                        fmt::format("message {} to shard {} was not taken", box.acked, other));
        }
      }
    }
  }

  Run& run_of(std::uint64_t id) {
    const auto found = runs_.find(id);
    if (found != runs_.end()) return found->second;
    return runs_
        .emplace(id, Run{History(id, walk_of(shard_of_run(id)).names(), contents_.shards,
                                 contents_.blobs, links_, findings_),
                         {},
                         0})
        .first->second;
  }

  void apply(Run& run, const Event& event, std::uint32_t epoch, Place place) {
    const Names& names = walk_of(shard_of_run(event.run)).names();
    if (event.name >= names.size() || event.site >= names.size()) {
      findings_.add(Rule::event_name, place.text(), "a string is not interned");
      return run.history.mark_broken();
    }
    run.history.apply(event, epoch);
  }

  void fold_chunks() {
    for (const auto& [key, body] : contents_.chunks) {
      const auto [id, first] = key;
      const std::string place = fmt::format("chunk {} {}", run_text(id), first);
      const auto row = contents_.rows.find(id);
      if (row == contents_.rows.end()) {
        findings_.add(deleted_.contains(id) ? Rule::deleted : Rule::chunk, place,
                      "the run has no row");
        continue;
      }
      if (shard_of_run(id) >= contents_.shards || counter_of_run(id) == 0) {
        findings_.add(Rule::run, place, "there is no such run");
        continue;
      }
      Run& run = run_of(id);
      if (run.history.broken()) continue;
      if (first != run.history.state().seq + 1) {
        findings_.add(Rule::chunk, place,
                      fmt::format("the one before ends at {}", run.history.state().seq));
        run.history.mark_broken();
        continue;
      }
      fold_chunk(run, first, body, place);
    }
    for (auto& [id, run] : runs_) compare_row(id, run);
  }

  void fold_chunk(Run& run, std::uint64_t first, std::string_view body, const std::string& place) {
    Reader reader(body);
    const auto count = reader.little<std::uint64_t>();
    for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
      const auto size = reader.little<std::uint64_t>();
      const std::string_view bytes = reader.bytes(size);
      if (!reader.ok()) break;
      if (!decode(run.history.state().run, first + i, bytes, event_)) {
        findings_.add(Rule::form, place, fmt::format("event {} is no FlatBuffer", first + i));
        return run.history.mark_broken();
      }
      const std::size_t before = findings_.count();
      check_fields(event_, place, findings_);
      if (findings_.count() != before) return run.history.mark_broken();
      run.digests.push_back(hash64(bytes));
      apply(run, event_, 0, place);
    }
    if (!reader.done() || count == 0) {
      findings_.add(Rule::form, place, "count and sizes do not use it up");
      run.history.mark_broken();
    }
  }

  void compare_row(std::uint64_t id, Run& run) {
    if (run.history.broken()) return;
    const std::string place = fmt::format("row {}", run_text(id));
    Buffer<wire::InstanceState> row;
    if (!row.set(contents_.rows.at(id).state)) {
      findings_.add(Rule::form, place, "is no FlatBuffer of an instance's state");
      return run.history.mark_broken();
    }
    const State& state = run.history.state();
    if (row->seq() != state.seq) {
      findings_.add(Rule::chunk, place,
                    fmt::format("is of event {}, its chunks end at {}", row->seq(), state.seq));
      return run.history.mark_broken();
    }
    const std::size_t before = findings_.count();
    check_row(*row, state, contents_.blobs, findings_);
    if (findings_.count() != before) return run.history.mark_broken();
    Indexed& indexed = indexed_[id];
    indexed.space = state.space;
    indexed.id = state.id;
    indexed.is_closed = state.closed_by != 0;
    indexed.closed = state.closed;
    for (const auto& [number, op] : state.open) {
      if (op.due != 0) indexed.due[number] = op.due;
    }
  }

  void fold_journal() {
    Findings known;  // The first walk has reported them.
    walk_journal(source_, contents_.shards, contents_.starts, known, [&](const Record& record) {
      for (const RawEvent& raw : record.events) {
        if (counter_of_run(raw.run) == 0 || deleted_.contains(raw.run)) continue;
        take(record, raw);
      }
    });
  }

  void take(const Record& record, const RawEvent& raw) {
    Run& run = run_of(raw.run);
    if (run.history.broken()) return;
    const auto place = [&] {
      return fmt::format("shard {} position {}", record.shard, record.position);
    };
    const auto wrong = [&](Rule rule, std::string text) {
      findings_.add(rule, place(), fmt::format("run {}: {}", run_text(raw.run), text));
      run.history.mark_broken();
    };
    if (run.seen_in_journal != 0 && raw.seq != run.seen_in_journal + 1) {
      return wrong(Rule::event_seq, fmt::format("event {} after {}", raw.seq, run.seen_in_journal));
    }
    run.seen_in_journal = raw.seq;
    const auto row = contents_.rows.find(raw.run);
    if (raw.seq <= run.digests.size()) {
      if (hash64(raw.bytes) != run.digests[raw.seq - 1]) {
        return wrong(Rule::immutable, fmt::format("event {} differs in its chunk", raw.seq));
      }
      if (row != contents_.rows.end() && row->second.position < record.position) {
        wrong(Rule::row_position,
              fmt::format("its row names position {}, and has seen more", row->second.position));
      }
      return;
    }
    if (row != contents_.rows.end() && row->second.position > record.position) {
      return wrong(Rule::row_position,
                   fmt::format("its row names position {}, and has not seen event {}",
                               row->second.position, raw.seq));
    }
    if (record.position <= walk_of(record.shard).snapshot()) {
      return wrong(Rule::row_position,
                   fmt::format("event {} is at or before the snapshot, and in no row", raw.seq));
    }
    if (!decode(raw.run, raw.seq, raw.bytes, event_)) return;
    apply(run, event_, record.epoch, place);
  }

  void check_runs() {
    for (const auto& [id, row] : contents_.rows) {
      const std::string place = fmt::format("row {}", run_text(id));
      if (deleted_.contains(id)) {
        findings_.add(Rule::deleted, place, "is still there");
      } else if (!runs_.contains(id)) {
        findings_.add(Rule::chunk, place, "has no chunk");
      } else if (row.position > walk_of(shard_of_run(id)).last() || row.position == 0) {
        findings_.add(Rule::row_position, place, fmt::format("names position {}", row.position));
      }
    }
    for (const auto& [id, run] : runs_) {
      const State& state = run.history.state();
      links_.held(id, state.closed_by != 0);
      if (!contents_.rows.contains(id)) unwritten_.insert(id_key(state.space, state.id));
    }
  }

  const Source& source_;
  Depth depth_;
  Findings findings_;
  Contents contents_;
  Links links_;
  std::map<std::uint16_t, ShardWalk> walks_;
  std::map<std::uint64_t, Deleted> deleted_;
  std::map<std::uint64_t, Run> runs_;
  std::map<std::uint64_t, Indexed> indexed_;
  std::set<std::string> unwritten_;
  Event event_;
};

}  // namespace

Findings verify_store(const Source& source, Depth depth) { return StoreCheck(source, depth).run(); }

}  // namespace reprise::verifier
