// What the verifier has to say: which rule of docs/format.md the bytes break, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace reprise::verifier {

/// One rule each. `name` gives the word that is printed.
enum class Rule : std::uint8_t {
  unreadable,       ///< The source itself failed.
  key,              ///< A key that no rule explains, or of the wrong form.
  seal,             ///< A sealed or checked value, or a blob, whose hash is wrong.
  form,             ///< A FlatBuffer or a fixed layout that is malformed.
  header,           ///< Format, features, shards.
  trim,             ///< The journal does not begin where the trim point says.
  sum,              ///< Rows do not add up to the sums of the shards.
  journal_key,      ///< A key of the journal does not name its first record, or leaves a gap.
  record_head,      ///< Size, kind, flags or shard of a record.
  record_checksum,  ///< A record's hash.
  record_chain,     ///< A record's `previous`.
  record_position,  ///< Positions are not dense.
  record_epoch,     ///< Epochs fall, or one is not opened by its event.
  record_index,     ///< Index, events' bytes and count disagree.
  anchor,           ///< A slot of the anchor is malformed.
  anchor_claim,     ///< The anchor claims what is not there.
  event_kind,       ///< Unknown kind, or one of the wrong run.
  event_field,      ///< A field that the kind does not have, at its default, or out of range.
  event_seq,        ///< Seqs of a run, or of the shard itself, are not dense.
  event_name,       ///< An interned string that is not there.
  interned,         ///< Interned strings are not dense.
  mark,             ///< Marks fall, or are ahead of what the source numbered.
  acknowledged,     ///< Acknowledgements fall, or are ahead of the target's mark.
  immutable,        ///< One event with two values.
  run,              ///< A run's number, shard or counter.
  start,            ///< A history that does not begin with workflow_started.
  closed,           ///< Something behind the closing event.
  time,             ///< An instance's time falls.
  operation,        ///< Operation numbers are not dense, or one is completed that is not open.
  attempt,          ///< Attempts of a step.
  timer,            ///< A timer fired early, or with another time.
  signal,           ///< Signals: ids, names.
  child,            ///< The life of a child, or the list of open ones.
  more,             ///< Something inside an activation that goes on.
  paused,           ///< Paused twice, or resumed when running.
  cancelled,        ///< Cancellation asked for twice, or done unasked.
  input_hash,       ///< A hash of arguments or input.
  payload,          ///< An encoding, or a packed payload out of bounds.
  blob,             ///< A blob that is missing, or that nothing names.
  chunk,            ///< Chunks leave a gap or do not end where their row does.
  row,              ///< A row that the history does not lead to.
  row_position,     ///< A row's position, or a run that has no row at the snapshot.
  history_hash,     ///< The history hash in a row or a file.
  position_row,     ///< The position row's place in the journal.
  shard_state,      ///< A shard's state that the journal does not lead to.
  index,            ///< Ids and tombstones.
  timer_key,        ///< Keys of waiting operations.
  closed_key,       ///< Keys of closed runs.
  tombstone_key,    ///< Keys of tombstones that go.
  deleted,          ///< Something left of a deleted run.
  link,             ///< Parent and child, sender and receiver disagree.
  file,             ///< Sections of a journal file.
};
inline constexpr std::size_t rule_count = static_cast<std::size_t>(Rule::file) + 1;

/// The rule's word: the enumerator as it is written.
[[nodiscard]] std::string_view name(Rule rule) noexcept;

struct Finding {
  std::string place;
  Rule rule = Rule::form;
  std::string text;
};

/// Where something is, put into words only when there is something to say of it. Refers to what it
/// was made from: valid during the call it is handed to.
class Place {
 public:
  Place(const std::string& text)
      : from_(&text),
        words_([](const void* from) { return *static_cast<const std::string*>(from); }) {}
  template <class Words>
    requires std::is_invocable_r_v<std::string, const Words&>
  Place(const Words& words)
      : from_(&words), words_([](const void* from) -> std::string {
          return (*static_cast<const Words*>(from))();
        }) {}

  [[nodiscard]] std::string text() const { return words_(from_); }

 private:
  const void* from_;
  std::string (*words_)(const void*);
};

/// Collects. Bounded: hostile bytes can break every rule at every place.
class Findings {
 public:
  static constexpr std::size_t kept_max = 1000;

  void add(Rule rule, std::string place, std::string text) {
    ++count_;
    if (kept_.size() < kept_max) kept_.push_back({std::move(place), rule, std::move(text)});
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// All there were; may be more than are kept.
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] const std::vector<Finding>& kept() const noexcept { return kept_; }

 private:
  std::vector<Finding> kept_;
  std::size_t count_ = 0;
};

/// One line per finding: "rule at place: text".
[[nodiscard]] std::string text(const Findings& findings);

}  // namespace reprise::verifier
