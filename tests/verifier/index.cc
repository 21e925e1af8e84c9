#include <fmt/format.h>

#include "tests/verifier/rows.h"

namespace reprise::verifier {

namespace {

struct Tombstone {
  std::uint64_t run = 0;
  std::uint64_t input_hash = 0;
  std::uint32_t workflow = 0;
  std::uint64_t until = 0;
};

class IndexCheck {
 public:
  IndexCheck(const Contents& contents, const std::map<std::uint64_t, Indexed>& rows,
             const std::map<std::uint64_t, Deleted>& deleted,
             const std::set<std::string>& unwritten, Findings& findings)
      : contents_(contents),
        rows_(rows),
        deleted_(deleted),
        unwritten_(unwritten),
        findings_(findings) {}

  void run() {
    expect();
    for (const auto& [key, value] : contents_.index) take(key, value);
    for (const auto& [key, run] : timers_) missing(Rule::timer_key, run);
    for (const auto& [key, run] : closed_) missing(Rule::closed_key, run);
    for (const auto& [key, value] : going_) {
      const auto there = contents_.index.find(key);
      // An id that is used again may have lost it before its new row is written.
      if (there == contents_.index.end() && !unwritten_.contains(value)) {
        findings_.add(Rule::tombstone_key, place(value), "the tombstone has no key to go by");
      }
    }
  }

 private:
  static std::string place(std::string_view key) {
    const std::size_t end = key.find('\0');
    return end == std::string_view::npos
               ? "index"
               : fmt::format("index of {}/{}", key.substr(1, end - 1), key.substr(end + 1));
  }
  static std::string timed_key(char kind, std::uint64_t run, std::uint64_t time) {
    std::string key(1, kind);
    put_big(key, shard_of_run(run));
    put_big(key, time);
    put_big(key, run);
    return key;
  }
  void missing(Rule rule, std::uint64_t run) {
    findings_.add(rule, fmt::format("row {}", run_text(run)), "has no such key");
  }

  /// The keys that rows call for.
  void expect() {
    for (const auto& [run, row] : rows_) {
      for (const auto& [op, due] : row.due) {
        std::string key = timed_key('t', run, static_cast<std::uint64_t>(due));
        put_big(key, op);
        timers_.emplace(std::move(key), run);
      }
      if (row.is_closed) {
        closed_.emplace(timed_key('c', run, static_cast<std::uint64_t>(row.closed)), run);
      }
      const auto id = contents_.index.find(id_key(row.space, row.id));
      if (id == contents_.index.end()) {
        findings_.add(Rule::index, fmt::format("row {}", run_text(run)), "its id is not there");
      }
    }
  }

  void take(std::string_view key, std::string_view value) {
    switch (key.empty() ? '\0' : key.front()) {
      case 'i': return take_id(key, value);
      case 't': return take_row_key(Rule::timer_key, timers_, key, value);
      case 'c': return take_row_key(Rule::closed_key, closed_, key, value);
      case 'x': return take_going(key, value);
      default: return findings_.add(Rule::key, "index", "a key of no known kind");
    }
  }

  void take_id(std::string_view key, std::string_view value) {
    if (key.find('\0') == std::string_view::npos) {
      return findings_.add(Rule::key, "index", "an id's key without a namespace");
    }
    Reader reader(value);
    const auto run = reader.big<std::uint64_t>();
    if (reader.done()) {
      const auto row = rows_.find(run);
      if (row == rows_.end() || id_key(row->second.space, row->second.id) != key) {
        findings_.add(Rule::index, place(key),
                      fmt::format("run {} has no such row", run_text(run)));
      }
      return;
    }
    Tombstone stone{run, reader.big<std::uint64_t>(), reader.big<std::uint32_t>(),
                    reader.big<std::uint64_t>()};
    if (!reader.done()) return findings_.add(Rule::form, place(key), "neither run nor tombstone");
    if (rows_.contains(run)) {
      return findings_.add(Rule::deleted, place(key), "a tombstone of a run that has a row");
    }
    const auto deletion = deleted_.find(run);
    if (deletion != deleted_.end() &&
        (deletion->second.input_hash != stone.input_hash ||
         static_cast<std::uint64_t>(deletion->second.until) != stone.until ||
         id_key(deletion->second.space, deletion->second.id) != key)) {
      findings_.add(Rule::index, place(key), "the tombstone is not what run_deleted says");
    }
    going_.emplace(timed_key('x', run, stone.until), key);
  }

  void take_row_key(Rule rule, std::map<std::string, std::uint64_t>& expected, std::string_view key,
                    std::string_view value) {
    const auto found = expected.find(std::string(key));
    if (found == expected.end()) {
      return findings_.add(rule, "index", "no row calls for this key");
    }
    if (!value.empty()) {
      findings_.add(rule, fmt::format("row {}", run_text(found->second)), "the key has a value");
    }
    expected.erase(found);
  }

  void take_going(std::string_view key, std::string_view value) {
    const auto stone = contents_.index.find(std::string(value));
    Reader timed(key.substr(1));
    timed.bytes(10);
    const auto gone = timed.big<std::uint64_t>();
    if (!timed.done()) return findings_.add(Rule::key, "index", "a tombstone's key is cut off");
    if (stone != contents_.index.end() && value.starts_with('i')) {
      Reader reader(stone->second);
      const auto run = reader.big<std::uint64_t>();
      // The id may be used again before the key goes.
      if (run > gone) return;
      reader.bytes(12);
      if (timed_key('x', run, reader.big<std::uint64_t>()) == key && reader.done()) return;
    }
    findings_.add(Rule::tombstone_key, "index", "a key of no tombstone");
  }

  const Contents& contents_;
  const std::map<std::uint64_t, Indexed>& rows_;
  const std::map<std::uint64_t, Deleted>& deleted_;
  const std::set<std::string>& unwritten_;
  Findings& findings_;
  std::map<std::string, std::uint64_t> timers_;
  std::map<std::string, std::uint64_t> closed_;
  std::map<std::string, std::string> going_;
};

}  // namespace

std::string id_key(std::string_view space, std::string_view id) {
  return fmt::format("i{}{}{}", space, '\0', id);
}

void check_index(const Contents& contents, const std::map<std::uint64_t, Indexed>& rows,
                 const std::map<std::uint64_t, Deleted>& deleted,
                 const std::set<std::string>& unwritten, Findings& findings) {
  IndexCheck(contents, rows, deleted, unwritten, findings).run();
}

}  // namespace reprise::verifier
