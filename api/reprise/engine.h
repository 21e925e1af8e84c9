// Embedding: open a store, start workflows, talk to them.
//
// Engine is a movable handle over an immovable core. Every method may be called from any thread,
// also concurrently, unless it says otherwise; none may be called from a step body that runs inline
// on a shard, nor from an answer callback, where a blocking call answers invalid_argument.
//
// Invariants:
// - What a method answers is durable before it answers (in an in-memory store: recorded).
// - No method aborts the process; after engine_failed reopen the store.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reprise/codec.h>
#include <reprise/detail/args.h>
#include <reprise/hash.h>
#include <reprise/options.h>
#include <reprise/registry.h>
#include <reprise/workflow.h>

namespace reprise {

namespace runtime {
class EngineCore;
struct Parts;
}  // namespace runtime

/// An instance's name as callers write it: "order-42", or {"tenant", "order-42"}.
class Id {
 public:
  Id(const char* id) : key_{"", id} {}                    // NOLINT
  Id(std::string id) : key_{"", std::move(id)} {}         // NOLINT
  Id(std::string_view id) : key_{"", std::string(id)} {}  // NOLINT
  Id(InstanceKey key) : key_(std::move(key)) {}           // NOLINT
  Id(std::string space, std::string id) : key_{std::move(space), std::move(id)} {}
  [[nodiscard]] const InstanceKey& key() const noexcept { return key_; }

 private:
  InstanceKey key_;
};

namespace detail {

/// The calls behind Engine and Run that know no types. Implemented in runtime/.
class EngineHandle {
 public:
  explicit EngineHandle(std::shared_ptr<runtime::EngineCore> core) : core_(std::move(core)) {}

  Result<RunId> start(const void* function, const InstanceKey& key, Payload args,
                      std::optional<std::pair<std::string, Payload>> signal) const;
  Result<RunId> start_named(std::string workflow, const InstanceKey& key, Payload args) const;
  Result<Payload> result(const InstanceKey& key, RunId run,
                         std::optional<std::chrono::nanoseconds> timeout) const;
  void on_result(const InstanceKey& key, RunId run,
                 std::function<void(Result<Payload>)> callback) const;
  Result<std::string> signal(const InstanceKey& key, RunId run, std::string name, Payload value,
                             std::string signal_id) const;
  Result<void> complete(std::string_view token, Outcome outcome) const;
  [[nodiscard]] const std::shared_ptr<runtime::EngineCore>& core() const noexcept { return core_; }

 private:
  std::shared_ptr<runtime::EngineCore> core_;
};

}  // namespace detail

/// One incarnation of an instance, typed by its result. Cheap to copy; keeps the engine's core
/// alive, but not open.
template <class T>
class Run {
 public:
  Run(detail::EngineHandle engine, InstanceKey key, RunId run)
      : engine_(std::move(engine)), key_(std::move(key)), run_(run) {}

  [[nodiscard]] const std::string& id() const noexcept { return key_.id; }
  [[nodiscard]] const InstanceKey& key() const noexcept { return key_; }
  [[nodiscard]] RunId run() const noexcept { return run_; }

  /// Waits for the result. Errors: workflow_failed, workflow_cancelled, workflow_terminated,
  /// timed_out (only with a timeout), undecodable, stale_run, engine_failed, shutting_down.
  [[nodiscard]] Result<T> result(
      std::optional<std::chrono::nanoseconds> timeout = std::nullopt) const {
    return decode(engine_.result(key_, run_, timeout));
  }

  /// Calls `callback` once with the result, on an engine thread: it must not block.
  void on_result(std::function<void(Result<T>)> callback) const {
    engine_.on_result(key_, run_, [callback = std::move(callback)](Result<Payload> payload) {
      callback(decode(std::move(payload)));
    });
  }

 private:
  static Result<T> decode(Result<Payload> payload) {
    if (!payload) return std::move(payload).error();
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return detail::decode_value<T>(payload->encoding, payload->bytes);
    }
  }

  detail::EngineHandle engine_;
  InstanceKey key_;
  RunId run_;
};

class Engine {
 public:
  Engine(Engine&&) noexcept = default;
  Engine& operator=(Engine&& other) noexcept;
  /// Shuts down without a deadline: waits for running bodies, which refer to the host's objects.
  ~Engine();

  /// Opens (or creates) the store and resumes what was in flight. The registry is copied. Errors:
  /// duplicate_workflow, invalid_argument, store_locked, store_unusable, newer_format, corrupt,
  /// missing_data, unknown_kind, io_error, no_space. Nothing was changed by a refusal.
  static Result<Engine> open(EngineOptions options, const Registry& workflows);
  /// As above, over parts of your own (simulation, tests).
  static Result<Engine> open(EngineOptions options, const Registry& workflows,
                             runtime::Parts parts);

  /// Starts an instance, or returns the handle of the one that exists with the same workflow and
  /// input. Errors: conflict, unregistered, name_too_long, payload_too_large, overloaded, …
  template <class R, class... A>
  Result<Run<R>> start(Workflow<R> (*workflow)(Context, A...), const Id& id,
                       std::type_identity_t<A>... args) const {
    auto payload = detail::encode_args(args...);
    if (!payload) return std::move(payload).error();
    return handle<R>(id, handle_.start(reinterpret_cast<const void*>(workflow), id.key(),
                                       std::move(*payload), std::nullopt));
  }

  /// Starts an instance and delivers a signal to it, both or neither; to one that exists and is
  /// open, only the signal.
  template <class R, class... A, class S>
  Result<Run<R>> start_with_signal(Workflow<R> (*workflow)(Context, A...), const Id& id,
                                   std::string signal, const S& value,
                                   std::type_identity_t<A>... args) const {
    auto payload = detail::encode_args(args...);
    if (!payload) return std::move(payload).error();
    auto body = detail::encode_value(value);
    if (!body) return std::move(body).error();
    return handle<R>(
        id, handle_.start(reinterpret_cast<const void*>(workflow), id.key(), std::move(*payload),
                          std::pair(std::move(signal), std::move(*body))));
  }

  /// A handle to an instance started earlier, as a T; not_found if there is none.
  template <class T>
  Result<Run<T>> find(const Id& id) const {
    auto info = describe(id);
    if (!info) return std::move(info).error();
    return Run<T>(handle_, id.key(), info->run);
  }

  /// Delivers a signal. Returns its id. Errors: not_found, closed, too_many_signals, …
  template <class S>
  Result<std::string> signal(const Id& id, std::string name, const S& value,
                             SignalOptions options = {}) const {
    auto body = detail::encode_value(value);
    if (!body) return std::move(body).error();
    return handle_.signal(id.key(), RunId{}, std::move(name), std::move(*body),
                          std::string(options.id));
  }

  /// Ends a step that runs on a token (StepContext::token), from anywhere, any time later. Errors:
  /// invalid_argument (no token), not_found (no such run), closed (the step has ended already).
  template <class V>
  Result<void> complete(std::string_view token, const V& value) const {
    auto payload = detail::encode_value(value);
    if (!payload) return std::move(payload).error();
    return handle_.complete(token, std::move(*payload));
  }
  Result<void> complete(std::string_view token) const { return handle_.complete(token, Payload{}); }
  /// Fails the attempt, as if its body had thrown.
  Result<void> fail(std::string_view token, Failure failure) const {
    return handle_.complete(token, std::move(failure));
  }

  /// Asks the workflow to end: its current await resumes with Cancelled. Errors: not_found, closed.
  Result<void> cancel(const Id& id, std::string reason = {}) const;
  /// Ends the instance without running its code. Errors: not_found, closed.
  Result<void> terminate(const Id& id, std::string reason = {}) const;
  /// Records events but runs no code until resume(). Errors: not_found, closed.
  Result<void> pause(const Id& id, std::string reason = {}) const;
  /// Lifts a pause of any reason and tries the code again.
  Result<void> resume(const Id& id) const;

  Result<InstanceInfo> describe(const Id& id) const;
  Result<std::vector<EventInfo>> history(const Id& id) const;
  /// In order of shard and start; at most `filter.limit`.
  Result<std::vector<InstanceInfo>> list(const ListFilter& filter = {}) const;

  /// Counters and histograms since the open, in the Prometheus text format 0.0.4. Never waits.
  [[nodiscard]] std::string metrics() const;

  /// Writes the histories of `ids` into a journal file that is not there yet, for `reprise` and for
  /// other machines. Each is whole as it is when its turn comes. Errors: not_found, corrupt,
  /// invalid_argument (there is something at `path`), io_error, no_space.
  Result<void> export_journal(const std::vector<Id>& ids, const std::string& path) const;

  /// Consistent copy of the store into a directory that does not exist, while running.
  Result<void> backup(const std::string& path) const;
  /// Takes no more requests, lets running bodies end, closes the store. steps_running if some still
  /// run at the deadline. The destructor waits without limit.
  Result<void> shutdown(std::chrono::nanoseconds deadline);
  /// Starts a snapshot of every shard now, instead of waiting for `snapshot_every`.
  void snapshot() const;

 private:
  explicit Engine(std::shared_ptr<runtime::EngineCore> core) : handle_(std::move(core)) {}

  template <class R>
  Result<Run<R>> handle(const Id& id, Result<RunId> run) const {
    if (!run) return std::move(run).error();
    return Run<R>(handle_, id.key(), *run);
  }

  detail::EngineHandle handle_;
};

}  // namespace reprise
