// The seam to what remembers: append a group, read from a position, trim, rows, blobs.
//
// The journal sees an event as (run, seq, bytes), never what it means. One append is one synced
// write of one key per shard; each shard's part is atomic, the group is not.
//
// Invariants:
// - Positions of a shard are contiguous: part k's `first` is the shard's last position + 1.
// - Epochs along a shard never fall; an append with an older epoch is refused (fenced).
// - After any failed append the store is fail-stopped: every later append answers engine_failed,
//   reads go on. Callers of the failed one get outcome_unknown (or no_space when surely unwritten).
// - Nothing an append returned ok for is ever missing from what a later open reads.
//
// Threads: append, trim and close from one thread at a time; reads from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reprise/hash.h>
#include <reprise/ids.h>
#include <reprise/result.h>

namespace reprise::journal {

/// A keyed value beside the journal: snapshots' rows, history chunks, indexes, meta rows, blobs.
/// Keys are ordered by bytes within a table; the store adds nothing to them.
enum class Table : std::uint8_t {
  meta = 1,    ///< The engine's; keys that begin with "sum/" are the store's (journal/sums.h).
  rows = 2,    ///< One row per run: its state at a position.
  chunks = 3,  ///< History chunks.
  index = 4,   ///< id → run, due-ordered timer hints, tombstones.
  blobs = 5,   ///< Payloads above the blob size.
};

struct Put {
  Table table = Table::rows;
  std::string key;
  std::optional<std::string> value;  ///< Empty optional = delete the key.
};

/// One shard's part of a commit group: consecutive records, already framed by RecordBuilder.
/// Puts count towards the shard they come with (its `sum`).
struct ShardAppend {
  ShardId shard = 0;
  Epoch epoch = 0;
  Position first = 0;       ///< Position of the first record; must be last + 1.
  std::uint32_t count = 0;  ///< Records in `bytes`; may be 0 when only rows are put.
  std::string bytes;        ///< Framed records, one after another.
  Hash128 chain_after;      ///< Chain head after the last record.
  std::vector<Put> puts;    ///< In the same atomic write as the records.
};

/// What a store knows of a shard: the ends of its journal.
struct ShardEnds {
  Position first = 1;  ///< First position still held (trimmed below it).
  Position last = 0;   ///< Last position held; first − 1 when empty.
  Hash128 chain;       ///< Chain head at `last`.
  Epoch epoch = 0;     ///< Highest epoch seen.
};

/// What an open that accepts losses gave up of one write-ahead file: all from `offset` to its end.
struct GivenUp {
  std::string file;  ///< Its name, without folders.
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  bool damaged = false;  ///< At `offset`; false: it follows a file that is.
};

/// Records read whole in what was given up, behind all that is kept of their shard.
struct SeenLost {
  ShardId shard = 0;
  Position last = 0;          ///< The highest of them.
  std::uint64_t records = 0;  ///< How many. Others may have stood where nothing is whole.
};

/// What open() reports beside the store itself.
struct OpenReport {
  bool created = false;
  bool clean = true;  ///< False after an unclean stop.
  bool live = false;  ///< Read while another process had it open (OpenOptions::live).
  /// Torn tail: reported once, here; each time when opened read_only, which drops nothing.
  std::uint64_t tail_bytes_dropped = 0;
  std::vector<std::string> notes;   ///< One sentence each, for the log.
  std::vector<GivenUp> given_up;    ///< In the order of the files; empty without damage.
  std::vector<SeenLost> seen_lost;  ///< By shard.
};

struct StoreHeader {
  std::uint32_t format = 1;
  std::uint64_t features = 0;  ///< Unknown bits refuse the open before any record is read.
  std::uint64_t store_id[2] = {0, 0};
  std::uint16_t shards = 0;
};

/// Receives one record: its position, its writer's epoch, its body (for_each_event). The view is
/// valid during the call. Returns false to stop.
using RecordSink = std::function<bool(Position, Epoch, std::string_view body)>;

class Store {
 public:
  virtual ~Store() = default;

  [[nodiscard]] virtual const StoreHeader& header() const noexcept = 0;
  [[nodiscard]] virtual const OpenReport& report() const noexcept = 0;
  [[nodiscard]] virtual ShardEnds ends(ShardId shard) const = 0;

  /// Writes the group with one sync. Errors: fenced, invalid_argument (a gap: our own mistake),
  /// no_space (nothing was written; the store is not failed), outcome_unknown, engine_failed.
  /// `sync` false only for groups that hold no record; a store may sync them all the same.
  virtual Result<void> append(std::span<ShardAppend> group, bool sync) = 0;

  /// Calls `sink` with each record of `shard` at or after `from`, in order, checksum, chain and
  /// contiguity verified. Reads up to ends().last as it was at the call.
  /// Errors: corrupt (names the position), io_error, invalid_argument (`from` was trimmed). A
  /// journal that stops before ends().last is corrupt, never "end of history".
  virtual Result<void> read(ShardId shard, Position from, const RecordSink& sink) const = 0;

  /// Forgets records below `keep_from`. REQUIRES: a position row at or above keep_from − 1 is
  /// durable. May keep more than asked (whole keys; the shard's last one always stays).
  /// Errors: invalid_argument (keep_from > last + 1), engine_failed, outcome_unknown.
  virtual Result<void> trim(ShardId shard, Position keep_from) = 0;

  /// The value of a key, or nothing.
  virtual Result<std::optional<std::string>> get(Table table, std::string_view key) const = 0;

  /// Calls `sink(key, value)` for keys in [from, to) in order; `to` empty = to the table's end.
  virtual Result<void> scan(
      Table table, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view, std::string_view)>& sink) const = 0;

  /// Consistent copy into a folder that does not exist yet, by way of `path`.partial, while
  /// running; opens as a store. On the append thread. Errors: invalid_argument (there is something
  /// at one of the two, or they lie in the store), io_error, no_space.
  virtual Result<void> backup(const std::string& path) = 0;

  /// Renews the anchor if what it would claim has grown. Cheap when nothing changed. Off the
  /// commit path: the engine calls it at most about once a second and after a burst.
  virtual Result<void> renew_anchor() = 0;

  /// Orderly end: anchor renewed with the clean mark, database closed, lock released. Idempotent.
  virtual Result<void> close() = 0;
};

struct OpenOptions {
  std::string path;
  std::uint16_t shards = 8;  ///< Used at creation only.
  bool create = true;        ///< Where there is none, or one whose creation was interrupted.
  std::uint64_t store_id[2] = {0, 0};  ///< Used at creation; from Random.
  /// Accept the loss of records after these positions (empty = none): the explicit way out of a
  /// missing_data refusal, whose message says which. An unreadable anchor claims nothing any more,
  /// so every shard has to be named then. See docs/errors/missing_data.md.
  std::vector<std::pair<ShardId, Position>> accept_loss;
  /// An append that would leave less than this on the disk is answered no_space, unwritten: the
  /// database needs room for what it has in memory already.
  std::uint64_t space_reserve = std::uint64_t{64} << 20;
  /// Look only: no byte of an existing store changes but its lock file. Whatever writes answers
  /// invalid_argument; the torn tail of an unclean stop is passed over and reported, not cut off.
  bool read_only = false;
  /// With read_only: no lock is taken and no file touched, also where none may be written; another
  /// process may have the store open. What is read then is what stood in it at one moment, which is
  /// not before the call (docs/format.md, "Opening beside an engine").
  bool live = false;
};

/// Opens (or creates) a RocksDB store by the order of opening in docs/format.md. Errors:
/// store_unusable, store_locked (of a live one: it changes faster than it can be read),
/// newer_format, corrupt, missing_data, io_error, no_space. A refusal has changed no byte of the
/// store except the lock file and the quarantine folder of links.
Result<std::unique_ptr<Store>> open_rocks_store(const OpenOptions& options);

/// A store that lives in memory and dies with the object: for tests and simulation.
std::unique_ptr<Store> make_memory_store(std::uint16_t shards,
                                         std::array<std::uint64_t, 2> store_id = {});

}  // namespace reprise::journal
