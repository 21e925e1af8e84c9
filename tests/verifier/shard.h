// The fold of one shard's events, written a second time: interned strings, marks, messages
// numbered, epochs, runs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/verifier/event.h"
#include "tests/verifier/finding.h"
#include "tests/verifier/history.h"
#include "tests/verifier/journal.h"
#include "verifier_schemas/state_generated.h"

namespace reprise::verifier {

/// What a shard put into the outbox towards another one.
struct Outbox {
  std::uint64_t numbered = 0;
  std::uint64_t acked = 0;
};

/// A deleted run: what its tombstone has to say.
struct Deleted {
  std::uint64_t position = 0;
  std::uint64_t input_hash = 0;
  std::int64_t until = 0;
  std::string space;
  std::string id;
};

struct ShardFold {
  std::uint16_t shard = 0;
  std::uint32_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint64_t runs = 0;  ///< Highest counter.
  Names names{""};
  std::map<std::uint16_t, std::uint64_t> marks;  ///< By source.
  std::map<std::uint16_t, Outbox> outboxes;      ///< By target.
  /// What a restart has to look at, by run: how many bodies are open, and whether code owes
  /// commands.
  std::map<std::uint64_t, std::pair<std::uint64_t, bool>> ready;
};

/// Walks one shard's records. Before the position row of a trimmed journal only what needs no
/// earlier state is checked; behind it everything.
class ShardWalk {
 public:
  struct Options {
    std::uint16_t shard = 0;
    std::uint16_t shards = 0;
    bool framed = true;  ///< Records have a hash.
    bool events = true;  ///< Their events are looked at.
    JournalStart start;
  };
  ShardWalk(const Options& options, Findings& findings);

  /// REQUIRES: before the first record. The position row: state after `position`, chain `head`.
  void set_row(std::uint64_t position, Hash head, const wire::ShardState& state);

  void take(const Record& record);
  /// The journal is at its end.
  void finish();

  [[nodiscard]] const ShardFold& fold() const noexcept { return fold_; }
  [[nodiscard]] std::uint64_t last() const noexcept { return last_; }
  [[nodiscard]] std::uint64_t first() const noexcept { return start_.first; }
  [[nodiscard]] std::uint64_t snapshot() const noexcept { return row_ ? row_->position : 0; }
  [[nodiscard]] const std::map<std::uint64_t, Deleted>& deleted() const noexcept {
    return deleted_;
  }
  /// Names that the position row and the journal know of.
  [[nodiscard]] const Names& names() const noexcept {
    return row_ && row_->fold.names.size() > fold_.names.size() ? row_->fold.names : fold_.names;
  }
  [[nodiscard]] Hash head_at(std::uint64_t position) const;
  [[nodiscard]] std::uint32_t epoch_at(std::uint64_t position) const;

 private:
  struct Row {
    std::uint64_t position = 0;
    Hash head;
    ShardFold fold;
    std::int64_t time = 0;
  };
  struct Mark {
    Hash head;
    std::uint32_t epoch = 0;
  };

  void report(Rule rule, std::string text);
  void reach_row();
  void compare_row();
  void take_event(const Event& event);
  void take_shard_event(const Event& event);
  void intern(const Event& event);
  void advance(const Event& event);
  void track_ready(const Event& event);
  void acknowledge(const Event& event);
  void send(std::uint16_t target) {
    if (known_) ++fold_.outboxes[target].numbered;
  }
  void send_messages(const Event& event);

  std::uint16_t shards_;
  bool framed_;
  bool events_;
  JournalStart start_;
  Findings& findings_;
  ShardFold fold_;
  std::optional<Row> row_;
  std::map<std::uint64_t, Deleted> deleted_;
  std::map<std::uint64_t, Mark> marks_;                      ///< By position.
  std::map<std::uint64_t, std::set<std::uint32_t>> bodies_;  ///< Open ones, by run. While known_.
  Event event_;
  std::uint64_t last_ = 0;
  bool known_ = false;  ///< The fold is whole: from position 1, or from the row on.
  bool epoch_open_ = false;
};

}  // namespace reprise::verifier
