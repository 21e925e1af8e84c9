// How an engine is opened, and what is asked of it or told by it, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reprise/clock.h>
#include <reprise/ids.h>
#include <reprise/log.h>
#include <reprise/payload.h>
#include <reprise/random.h>

namespace reprise {

class Observer;

/// Limits, each checked before anything is written. Sizes in bytes.
struct Limits {
  std::size_t payload_size_max = 16u << 20;       ///< payload_too_large; at most 1 GiB
  std::uint64_t history_events_max = 10'000'000;  ///< history_too_long
  std::uint32_t nesting_max = 64;                 ///< nesting_too_deep: child of child of …
  std::uint32_t open_operations_max = 100'000;    ///< too_many_operations, per run
  std::uint32_t unread_signals_max = 10'000;      ///< too_many_signals, per run
  std::size_t name_size_max = 255;                ///< name_too_long: ids, names, namespaces
};

/// What is done to payloads above 1 KiB before they are written. Numbers are on disk.
enum class Compression : std::uint8_t {
  none = 0,
  zstd = 1,  ///< Level 1; kept plain where that saves less than an eighth.
};

/// How `Engine::open` opens a store. Seams left null get the real thing.
struct EngineOptions {
  std::string path{};         ///< Directory of the store, made if absent. "" = in memory only.
  std::uint16_t shards = 8;   ///< At creation only; a store keeps them. 1…1024, on one thread.
  unsigned step_threads = 4;  ///< Threads of the step pool, ≥ 1.
  Limits limits{};
  /// Of what is written from now on: a store may hold both. A number without a name is taken for
  /// none. Above 64 KiB, after compression, a payload is kept apart from its event, as a blob.
  Compression compression = Compression::zstd;
  /// Bytes of loaded instances above which the least recently used idle ones are evicted; records
  /// kept to load others from take up to half of it. What has ended leaves memory anyhow, but for
  /// the last few, and for as long as other code is due.
  std::size_t memory_budget = 256u << 20;
  /// Events recorded by a shard between the starts of two snapshots, ≥ 1.
  std::uint64_t snapshot_every = 100'000;
  /// After cancel or timeout: how long a body may go on before history goes on without it.
  std::chrono::nanoseconds body_grace{std::chrono::seconds(10)};
  /// How long finished runs are kept; nullopt = for ever, 0 = not at all (a tombstone remains).
  /// They go when their time comes, or within a minute of it.
  std::optional<std::chrono::nanoseconds> retention{};
  std::chrono::nanoseconds tombstone{std::chrono::hours(24 * 7)};
  /// Loss the operator accepts, as the refusal named it: (shard, last position kept).
  std::vector<std::pair<ShardId, Position>> accept_loss{};
  /// One run in so many is replayed beside its live code and compared, again and again: code that
  /// depends on more than its history is paused (mismatch) at once. 1 = every run, as in tests;
  /// 1000 or so finds it in production; 0 = none.
  std::uint32_t verify_replay_every = 0;
  LogOptions log{};
  std::shared_ptr<Observer> observer{};  ///< Told of every change (observer.h); null costs nothing.
  std::shared_ptr<Clock> clock{};
  std::shared_ptr<Random> random{};
};

/// Status of an instance as people see it.
enum class InstanceStatus : std::uint8_t {
  pending,
  running,
  waiting,
  paused,
  completed,
  failed,
  cancelled,
  terminated,
};
[[nodiscard]] std::string_view name(InstanceStatus status) noexcept;

/// One thing an instance waits for.
struct WaitInfo {
  OpId op = 0;
  std::string kind;  ///< "step", "timer", "signal", "child", "send".
  std::string name;
  std::string site;  ///< "file:line" of the command.
  Nanos since = 0;
  /// Timer: due. Step between attempts: retry time; handed over: when it times out. Else 0.
  Nanos due = 0;
  std::uint32_t attempt = 0;
};

/// What `describe` and `list` tell.
struct InstanceInfo {
  InstanceKey key;
  RunId run;
  std::string workflow;
  InstanceStatus status = InstanceStatus::pending;
  std::string paused;  ///< "user", "poison", "mismatch", "unregistered", …, or "".
  std::string detail;  ///< What to do about a pause; the failure's message of a failed run.
  Nanos started = 0;
  Nanos closed = 0;
  Seq events = 0;
  std::uint64_t history_bytes = 0;
  std::uint32_t unread_signals = 0;
  std::vector<WaitInfo> waits;  ///< describe only.
};

/// One event of a history, for people.
struct EventInfo {
  Seq seq = 0;
  Nanos time = 0;
  std::string kind;
  OpId op = 0;
  std::uint32_t attempt = 0;
  std::string name;
  std::string site;
  std::string text;  ///< Why it was cancelled, paused or terminated; the id of a signal.
  Payload payload;
  std::optional<Failure> failure;
  Nanos due = 0;
  std::string state;  ///< What the code watched: per value the hashes of name and value, in hex.
};

/// Which instances `list` tells of; unset members match all.
struct ListFilter {
  std::optional<InstanceStatus> status{};
  std::optional<std::string> space{};  ///< Namespace.
  std::optional<std::string> workflow{};
  std::optional<Nanos> started_from{};   ///< Inclusive.
  std::optional<Nanos> started_until{};  ///< Exclusive.
  std::size_t limit = 1000;
};

}  // namespace reprise
