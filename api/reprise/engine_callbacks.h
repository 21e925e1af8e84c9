// The calls of an Engine that are answered by a callback: no thread waits.
//
// Each callback is called once, on an engine thread, when what it tells is durable; it must not
// block, and may make such calls itself. What can't even be asked (unregistered, invalid_argument,
// overloaded, shutting_down, …) it is told before the call returns, on the caller's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <reprise/detail/args.h>
#include <reprise/detail/engine_handle.h>
#include <reprise/id.h>
#include <reprise/run.h>
#include <reprise/workflow.h>

namespace reprise {

namespace detail {

/// A signal's namespace is that of the instance it is for.
inline std::optional<Error> other_space(const Id& id, const SignalOptions& options) {
  if (options.space == same_space || options.space == id.key().space) return {};
  return Error(Code::invalid_argument, "a signal's namespace is that of the id: Id(space, id)");
}

}  // namespace detail

/// Part of Engine. Threads and errors: as Engine's call of the same kind.
class EngineCallbacks {
 public:
  /// Engine::start; tells the handle.
  template <class R, class... A>
  void on_started(Workflow<R> (*workflow)(Context, A...), const Id& id,
                  std::function<void(Result<Run<R>>)> callback,
                  std::type_identity_t<A>... args) const {
    auto payload = detail::encode_args(args...);
    if (!payload) return callback(std::move(payload).error());
    handle_.on_started(
        reinterpret_cast<const void*>(workflow), id.key(), std::move(*payload),
        [engine = handle_, key = id.key(), callback = std::move(callback)](Result<RunId> run) {
          if (!run) return callback(std::move(run).error());
          callback(Run<R>(engine, key, *run));
        });
  }

  /// Engine::signal; tells the signal's id.
  template <class S>
  void on_signalled(const Id& id, std::string name, const S& value,
                    std::function<void(Result<std::string>)> callback,
                    SignalOptions options = {}) const {
    auto body = detail::encode_value(value);
    if (!body) return callback(std::move(body).error());
    if (auto wrong = detail::other_space(id, options)) return callback(std::move(*wrong));
    handle_.on_signalled(id.key(), std::move(name), std::move(*body), std::string(options.id),
                         std::move(callback));
  }

  /// Engine::query; tells the answer.
  template <class R, class... A>
  void on_answer(const Id& id, std::string name, std::function<void(Result<R>)> callback,
                 const A&... args) const {
    auto payload = detail::encode_values(args...);
    if (!payload) return callback(std::move(payload).error());
    handle_.on_answer(id.key(), RunId{}, std::move(name), std::move(*payload),
                      [callback = std::move(callback)](Result<Payload> answer) {
                        callback(detail::decode_reply<R>(std::move(answer)));
                      });
  }

 protected:
  explicit EngineCallbacks(std::shared_ptr<runtime::EngineCore> core) : handle_(std::move(core)) {}

  detail::EngineHandle handle_;
};

}  // namespace reprise
