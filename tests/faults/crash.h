// Crashes of a recorded run: the disk of every moment of it, damaged in every way, and judged.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/client.h"

namespace reprise::faults {

/// One run of a client, as operations and acknowledgements.
struct Run {
  Disk start = fresh_disk();
  std::vector<Op> ops;
  std::uint64_t reads = 0;
  std::vector<Mark> marks;
  std::vector<Copy> copies;
  /// Until the first acknowledgement: what the store may hold. Empty: there may be none yet.
  std::vector<Contents> before;
};

/// Runs the script from an empty disk, faultless, and closes the store. Throws when that is not as
/// promised.
[[nodiscard]] Run record(const Script& script);

/// Where a crash was: after so many operations, with which damage, drawn from which seed.
struct Moment {
  std::size_t op = 0;
  Damage damage = Damage::kill;
  std::uint64_t seed = 0;
};
/// "12:torn:99", and back. Nothing: not such a text.
[[nodiscard]] std::string to_text(const Moment& moment);
[[nodiscard]] std::optional<Moment> moment_from(std::string_view text);

/// What the store may hold after a crash at `op`: what was acknowledged by then, or that and the
/// call that was under way. Empty: there may be no store.
[[nodiscard]] std::vector<Contents> allowed_at(const Run& run, std::size_t op);

struct Judgement {
  std::string violation;  ///< Empty: all is as promised.
  Run recovery;           ///< What opening did, life after it and an orderly close included.
};

/// What the client does that opens the store after a crash.
enum class Sequel : std::uint8_t {
  looks,    ///< Nothing more.
  appends,  ///< A few groups, one behind the other.
  renews,   ///< The same, and the anchor is renewed behind each.
};
/// Every other crash is followed by a client that only looks, of the rest each third by one that
/// renews the anchor.
[[nodiscard]] Sequel sequel_of(const Moment& moment);

/// Opens the store on `disk` with the real code, reads and verifies all of it, holds it against
/// what is allowed, lives on, closes, and opens it again. What is left is shown to the second
/// reader, if that is wanted.
[[nodiscard]] Judgement judge(const Disk& disk, std::vector<Contents> allowed, Sequel sequel,
                              bool second_reader = true);

/// What is wrong with the copies on a disk that a crash after `op` operations left, or nothing: one
/// under its last name is whole, and is there when its backup was acknowledged. One in so many, by
/// its bytes, is shown to the second reader.
[[nodiscard]] std::string judge_copies(const Disk& disk, const std::vector<Copy>& copies,
                                       std::size_t op, std::size_t second_reader_every = 8);

/// Of all that an open reads of the store at `path`: neither the lock file and what RocksDB leaves
/// unread or replaces, nor, of quarantine and originals set aside, more than their folders.
[[nodiscard]] std::uint64_t hash_of_store(const Disk& disk, const std::string& path);

struct Choice {
  std::set<Damage> damages{all_damages.begin(), all_damages.end()};
  std::uint64_t seed = 1;
  std::size_t stride = 1;  ///< Only each so-many-th operation.
};

/// What a state is of; failing: a store or a copy, as a run on a failing disk left it;
/// failing_engine: what an engine left there.
enum class Subject : std::uint8_t { store, engine, copy, failing, failing_engine };

/// Judges the crashes of a run, and hands each one over. Stores that are the same, with the same
/// contents allowed, are judged once. The same is byte for byte: RocksDB gives each store, and what
/// it writes after each open, ids of its own, so that two runs that do the same leave other states.
class Crashes {
 public:
  using State = std::pair<Subject, std::uint64_t>;
  /// Returns false to stop.
  using Each = std::function<bool(const Moment&, const Judgement&)>;

  /// One state in so many is shown to the second reader.
  explicit Crashes(std::size_t second_reader_every = 8) : second_every_(second_reader_every) {}

  bool enumerate(const Run& run, const Choice& choice, const Each& each);
  /// Whether nobody has asked for such a state yet: it is to be judged.
  bool fresh(State state);
  bool fresh(const Disk& disk, const std::vector<Contents>& allowed,
             Subject subject = Subject::store);
  /// The copies of which there is no such state yet.
  std::vector<Copy> fresh_copies(const Disk& disk, const std::vector<Copy>& copies, std::size_t op,
                                 Subject subject = Subject::copy);
  /// Whether the state that was asked for last is also one for the second reader. By its bytes:
  /// states of a kind that come at every so-many-th place would be shown always, or never.
  [[nodiscard]] bool for_second_reader() const { return last_.second % second_every_ == 0; }
  /// Judged so far.
  [[nodiscard]] std::size_t distinct(Subject subject = Subject::store) const;

 private:
  std::size_t second_every_;
  std::set<State> seen_;
  State last_;
};

}  // namespace reprise::faults
