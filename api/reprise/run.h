// A handle to one run of an instance: its result, and questions to it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <reprise/codec.h>
#include <reprise/detail/args.h>
#include <reprise/detail/engine_handle.h>
#include <reprise/ids.h>

namespace reprise {

namespace detail {

/// What came back, as the type asked for.
template <class T>
Result<T> decode_reply(Result<Payload> payload) {
  if (!payload) return std::move(payload).error();
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return decode_value<T>(payload->encoding, payload->bytes);
  }
}

/// The arguments of a query as one payload: text that is only viewed goes as a string.
template <class... A>
Result<Payload> encode_values(const A&... args) {
  return encode_args<stored_t<A>...>(static_cast<const stored_t<A>&>(args)...);
}

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
  /// timed_out (only with a timeout), undecodable, corrupt, not_found (the run was deleted),
  /// stale_run (its id was used again since), no_space, overloaded, shutting_down, engine_failed,
  /// or what the engine stopped itself for while this waited (outcome_unknown, io_error, …).
  [[nodiscard]] Result<T> result(
      std::optional<std::chrono::nanoseconds> timeout = std::nullopt) const {
    return detail::decode_reply<T>(engine_.result(key_, run_, timeout));
  }

  /// Calls `callback` once with the result, on an engine thread: it must not block.
  void on_result(std::function<void(Result<T>)> callback) const {
    engine_.on_result(key_, run_, [callback = std::move(callback)](Result<Payload> payload) {
      callback(detail::decode_reply<T>(std::move(payload)));
    });
  }

  /// Asks this run's code; see Engine::query. Errors besides: stale_run.
  template <class R, class... A>
  [[nodiscard]] Result<R> query(std::string name, const A&... args) const {
    auto payload = detail::encode_values(args...);
    if (!payload) return std::move(payload).error();
    return detail::decode_reply<R>(engine_.query(key_, run_, std::move(name), std::move(*payload)));
  }

 private:
  detail::EngineHandle engine_;
  InstanceKey key_;
  RunId run_;
};

}  // namespace reprise
