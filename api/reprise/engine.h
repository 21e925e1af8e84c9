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
#include <reprise/engine_callbacks.h>
#include <reprise/id.h>
#include <reprise/options.h>
#include <reprise/registry.h>
#include <reprise/run.h>
#include <reprise/workflow.h>

namespace reprise {

namespace runtime {
class EngineCore;
struct Parts;
}  // namespace runtime

/// What answers by a callback comes from EngineCallbacks (engine_callbacks.h).
class Engine : public EngineCallbacks {
 public:
  /// One that was moved from may only be assigned to or destroyed.
  Engine(Engine&&) noexcept = default;
  /// Swaps: the engine that was here ends with `other`.
  Engine& operator=(Engine&& other) noexcept;
  /// Shuts down without a deadline: waits for running bodies, which refer to the host's objects. A
  /// full disk it waits for only 10 to 20 s; what was not acknowledged is then given up (no_space).
  ~Engine();

  /// Opens or creates the store (path "": one in memory) and resumes what was in flight. Copies the
  /// registry. Errors: duplicate_workflow, invalid_argument, store_locked, store_unusable, corrupt,
  /// newer_format, missing_data, unknown_kind, io_error, no_space. A refusal has recorded nothing;
  /// it may leave a store that it had just made, empty.
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

  /// Starts an instance and delivers a signal to it, both or neither. One that is there with the
  /// same workflow and input (else conflict) gets only the signal, and none once it has finished.
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

  /// Delivers a signal. Returns its id. Errors: not_found, closed, too_many_signals,
  /// invalid_argument (no name, or `options.space` is not the namespace of `id`), …
  template <class S>
  Result<std::string> signal(const Id& id, std::string name, const S& value,
                             SignalOptions options = {}) const {
    auto body = detail::encode_value(value);
    if (!body) return std::move(body).error();
    if (auto wrong = detail::other_space(id, options)) return std::move(*wrong);
    return handle_.signal(id.key(), RunId{}, std::move(name), std::move(*body),
                          std::string(options.id));
  }

  /// Ends a step that runs on a token (StepContext::token), from anywhere, any time later. Errors:
  /// invalid_argument (no token), not_found (no such run, a step that does not run on a token, or a
  /// token of another store), closed (the step has ended already).
  template <class V>
  Result<void> complete(std::string_view token, const V& value) const {
    auto payload = detail::encode_value(value);
    if (!payload) return std::move(payload).error();
    return handle_.complete(token, std::move(*payload));
  }
  Result<void> complete(std::string_view token) const { return handle_.complete(token, Payload{}); }
  /// Fails the attempt, as if its body had thrown it: the code is step_failed whatever `failure`
  /// says, type and message are one line of at most 4 KiB each. Errors: as complete.
  Result<void> fail(std::string_view token, const Failure& failure) const {
    return handle_.complete(token, detail::step_failure(failure));
  }

  /// Asks the instance's code: the handler `name` that it made with Context::query answers, also of
  /// an instance that has finished, as of its end. What it tells is durable. Nothing is recorded.
  /// Errors: not_found, unknown_query, query_failed (the handler threw), undecodable (arguments or
  /// answer are not of its types), unregistered and mismatch (the code can't be replayed), …
  template <class R, class... A>
  Result<R> query(const Id& id, std::string name, const A&... args) const {
    auto payload = detail::encode_values(args...);
    if (!payload) return std::move(payload).error();
    return detail::decode_reply<R>(
        handle_.query(id.key(), RunId{}, std::move(name), std::move(*payload)));
  }

  /// Asks the workflow to end: its current await resumes with Cancelled. Errors: not_found, closed.
  Result<void> cancel(const Id& id, std::string reason = {}) const;
  /// Ends the instance without running its code. Errors: not_found, closed.
  Result<void> terminate(const Id& id, std::string reason = {}) const;
  /// Records events but runs no code until resume(). Errors: not_found, closed.
  Result<void> pause(const Id& id, std::string reason = {}) const;
  /// Lifts a pause of any reason and tries the code again. With nothing to lift, or when the
  /// instance has finished, that is no error. Errors: not_found.
  Result<void> resume(const Id& id) const;

  Result<InstanceInfo> describe(const Id& id) const;
  Result<std::vector<EventInfo>> history(const Id& id) const;
  /// The first `filter.limit` that match, in order of their start.
  Result<std::vector<InstanceInfo>> list(const ListFilter& filter = {}) const;

  /// Counters and histograms since the open, in the Prometheus text format 0.0.4. Never waits.
  [[nodiscard]] std::string metrics() const;

  /// Writes the histories of `ids` into a journal file that is not there yet, for `reprise` and for
  /// other machines. Each is whole as it is when its turn comes. Errors: not_found, corrupt,
  /// invalid_argument (there is something at `path` or `path`.partial), io_error, no_space.
  Result<void> export_journal(const std::vector<Id>& ids, const std::string& path) const;

  /// Consistent copy of a running store (not one in memory) to `path`, where nothing may be, by way
  /// of `path`.partial, where nothing may be either: what a process that died left there is yours
  /// to remove. Errors: invalid_argument (there is something, or `path` lies in the store),
  /// io_error, no_space.
  Result<void> backup(const std::string& path) const;
  /// Takes no more requests, lets running bodies end, closes the store. Errors: steps_running (a
  /// body, a backup or another shutdown still runs at the deadline; the destructor waits for them),
  /// no_space, io_error, corrupt, missing_data (it could not be closed in order: the next open does
  /// what a kill needs), invalid_argument (called from a callback).
  Result<void> shutdown(std::chrono::nanoseconds deadline);
  /// Starts a snapshot of every shard now, instead of waiting for `snapshot_every`.
  void snapshot() const;

 private:
  explicit Engine(std::shared_ptr<runtime::EngineCore> core) : EngineCallbacks(std::move(core)) {}

  template <class R>
  Result<Run<R>> handle(const Id& id, Result<RunId> run) const {
    if (!run) return std::move(run).error();
    return Run<R>(handle_, id.key(), *run);
  }
};

}  // namespace reprise
