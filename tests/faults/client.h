// A client of one store: calls it from a seed, and remembers what the store said it holds.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "journal/store.h"
#include "tests/faults/sim_files.h"

namespace reprise::faults {

inline constexpr std::uint16_t shard_count = 3;
inline const std::string store_path = "/data/store";

/// A disk with the folder that stores are made in, which is durable.
[[nodiscard]] Disk fresh_disk();

/// All that a store holds for its client.
struct Contents {
  struct Shard {
    std::map<Position, std::string> records;  ///< Epoch and body.
    Position first = 1;
    bool operator==(const Shard&) const = default;
  };
  std::vector<Shard> shards = std::vector<Shard>(shard_count);
  std::map<std::pair<journal::Table, std::string>, std::string> rows;
  bool operator==(const Contents&) const = default;
};

/// What `store` holds, read back whole and verified. Errors: what reading says; corrupt when
/// journal::verify finds anything.
Result<Contents> contents_of(const journal::Store& store);
/// The first difference, in words.
[[nodiscard]] std::string difference(const Contents& expected, const Contents& found);

/// One call of a script. What it does exactly is drawn from `seed` and from what the store holds.
struct Call {
  enum class Kind : std::uint8_t { append, trim, renew_anchor, reopen, backup, background };
  Kind kind = Kind::append;
  std::uint64_t seed = 0;
};
using Script = std::vector<Call>;
[[nodiscard]] Script make_script(std::uint64_t seed, std::size_t calls);

/// A call that changed what the store holds: after which operation it began, and was acknowledged.
struct Mark {
  std::size_t begun = 0;
  std::size_t acknowledged = 0;
  Contents after;
};

/// A backup that was made, or was under way.
struct Copy {
  std::string path;
  std::size_t begun = 0;
  std::optional<std::size_t> acknowledged;
  Contents contents;
};
/// Opens the copy as everybody would, reads it and closes it in order. What is wrong with it, or
/// nothing.
[[nodiscard]] std::string read_copy(SimFiles& files, const Copy& copy);

class Client {
 public:
  explicit Client(Drive& drive) : drive_(drive), files_(drive) {}

  /// Opens the store and reads it; what is found there is `held` from then on, and acknowledged. It
  /// is wrong() when this client held something else before. Errors: those of open_rocks_store and
  /// contents_of.
  Result<void> open();
  Result<void> perform(const Call& call);
  /// A few records for each shard, in one group.
  Result<void> append_to_all();
  Result<void> close();

  [[nodiscard]] journal::Store* store() noexcept { return store_.get(); }
  /// What was acknowledged, and nothing else.
  [[nodiscard]] const Contents& held() const noexcept { return held_; }
  /// What it holds as well if the call whose outcome is unknown took effect.
  [[nodiscard]] const std::optional<Contents>& perhaps() const noexcept { return perhaps_; }
  [[nodiscard]] const std::vector<Mark>& marks() const noexcept { return marks_; }
  [[nodiscard]] const std::vector<Copy>& copies() const noexcept { return copies_; }
  /// What no disk may bring about, however it fails; empty: nothing.
  [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }

 private:
  struct Group {
    std::vector<journal::ShardAppend> parts;
    Contents after;
  };
  void add_part(Group& group, ShardId shard, runtime::SeededRandom& random);
  void add_puts(journal::ShardAppend& part, Contents& after, runtime::SeededRandom& random);
  Result<void> append(std::uint64_t seed);
  Result<void> trim(std::uint64_t seed);
  Result<void> backup();
  /// Does what leads to `after`, and keeps the books.
  Result<void> change(Contents after, const std::function<Result<void>()>& call);

  Drive& drive_;
  SimFiles files_;
  std::unique_ptr<journal::Store> store_;
  Contents held_;
  std::optional<Contents> perhaps_;
  std::vector<Mark> marks_;
  std::vector<std::set<Position>> keys_;  ///< Where appends to a shard began: what a trim can cut.
  Epoch epoch_ = 0;
  std::vector<Copy> copies_;
  std::string wrong_;
};

}  // namespace reprise::faults
