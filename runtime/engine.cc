// The public Engine: turns calls into requests and replies into results.
#include <reprise/engine.h>

#include <fmt/format.h>

#include <set>
#include <utility>

#include "runtime/engine_core.h"
#include "runtime/portable.h"
#include "runtime/telling.h"
#include "runtime/token.h"

namespace reprise {

using runtime::EngineCore;
using runtime::Reply;
using runtime::Request;
using runtime::RequestKind;

std::string_view name(InstanceStatus status) noexcept {
  switch (status) {
    case InstanceStatus::pending: return "Pending";
    case InstanceStatus::running: return "Running";
    case InstanceStatus::waiting: return "Waiting";
    case InstanceStatus::paused: return "Paused";
    case InstanceStatus::completed: return "Completed";
    case InstanceStatus::failed: return "Failed";
    case InstanceStatus::cancelled: return "Cancelled";
    case InstanceStatus::terminated: return "Terminated";
  }
  return "Unknown";
}

namespace {

std::string random_id(EngineCore& core) {
  return fmt::format("{:016x}{:016x}", core.random().draw(), core.random().draw());
}

Request request_for(RequestKind kind, const InstanceKey& key, std::string text = {}) {
  Request request;
  request.kind = kind;
  request.key = key;
  request.text = std::move(text);
  return request;
}

Request start_of(std::string workflow, const InstanceKey& key, Payload args) {
  Request request = request_for(RequestKind::start, key);
  request.name = std::move(workflow);
  request.hash = hash64(args.bytes);
  request.payload = std::move(args);
  return request;
}

Request signal_of(EngineCore& core, const InstanceKey& key, std::string name, Payload value,
                  std::string signal_id) {
  Request request = request_for(RequestKind::signal, key);
  request.name = std::move(name);
  request.payload = std::move(value);
  request.text = signal_id.empty() ? random_id(core) : std::move(signal_id);
  return request;
}

Result<std::string> signal_id_of(Result<Reply> reply) {
  if (!reply) return std::move(reply).error();
  return std::move(reply->signal_id);
}

Error not_registered() {
  return Error(Code::unregistered,
               "this workflow function is not registered; add it to the Registry before opening "
               "the engine");
}

Result<RunId> run_of(Result<Reply> reply) {
  if (!reply) return std::move(reply).error();
  return reply->run;
}

Request query_for(const InstanceKey& key, RunId run, std::string name, Payload args) {
  Request request = request_for(RequestKind::query, key);
  request.run = run;
  request.name = std::move(name);
  request.payload = std::move(args);
  return request;
}

/// Hands the payload of a reply on.
runtime::Answer payload_to(std::function<void(Result<Payload>)> callback) {
  return [callback = std::move(callback)](Result<Reply> reply) {
    if (!reply) {
      callback(std::move(reply).error());
    } else {
      callback(std::move(reply->payload));
    }
  };
}

Result<void> simple(EngineCore& core, RequestKind kind, const Id& id, std::string text) {
  auto reply = core.call(request_for(kind, id.key(), std::move(text)), std::nullopt);
  if (!reply) return std::move(reply).error();
  return {};
}

}  // namespace

namespace detail {

Result<RunId> EngineHandle::start(const void* function, const InstanceKey& key, Payload args,
                                  std::optional<std::pair<std::string, Payload>> signal) const {
  const WorkflowEntry* workflow = core_->workflows().find(function);
  if (workflow == nullptr) return not_registered();
  Request request = start_of(workflow->name, key, std::move(args));
  if (signal) {
    request.with_signal = true;
    request.signal_name = std::move(signal->first);
    request.signal_payload = std::move(signal->second);
    request.text = random_id(*core_);
  }
  return run_of(core_->call(std::move(request), std::nullopt));
}

void EngineHandle::on_started(const void* function, const InstanceKey& key, Payload args,
                              std::function<void(Result<RunId>)> callback) const {
  const WorkflowEntry* workflow = core_->workflows().find(function);
  if (workflow == nullptr) return callback(not_registered());
  Request request = start_of(workflow->name, key, std::move(args));
  request.answer = [callback = std::move(callback)](Result<Reply> reply) {
    callback(run_of(std::move(reply)));
  };
  core_->submit(std::move(request));
}

Result<RunId> EngineHandle::start_named(std::string workflow, const InstanceKey& key,
                                        Payload args) const {
  return run_of(core_->call(start_of(std::move(workflow), key, std::move(args)), std::nullopt));
}

Result<Payload> EngineHandle::result(const InstanceKey& key, RunId run,
                                     std::optional<std::chrono::nanoseconds> timeout) const {
  Request request = request_for(RequestKind::result, key);
  request.run = run;
  auto reply = core_->call(std::move(request), timeout);
  if (!reply) return std::move(reply).error();
  return std::move(reply->payload);
}

void EngineHandle::on_result(const InstanceKey& key, RunId run,
                             std::function<void(Result<Payload>)> callback) const {
  Request request = request_for(RequestKind::result, key);
  request.run = run;
  request.answer = payload_to(std::move(callback));
  core_->submit(std::move(request));
}

Result<std::string> EngineHandle::signal(const InstanceKey& key, RunId run, std::string name,
                                         Payload value, std::string signal_id) const {
  Request request = signal_of(*core_, key, std::move(name), std::move(value), std::move(signal_id));
  request.run = run;
  return signal_id_of(core_->call(std::move(request), std::nullopt));
}

void EngineHandle::on_signalled(const InstanceKey& key, std::string name, Payload value,
                                std::string signal_id,
                                std::function<void(Result<std::string>)> callback) const {
  Request request = signal_of(*core_, key, std::move(name), std::move(value), std::move(signal_id));
  request.answer = [callback = std::move(callback)](Result<Reply> reply) {
    callback(signal_id_of(std::move(reply)));
  };
  core_->submit(std::move(request));
}

Result<Payload> EngineHandle::query(const InstanceKey& key, RunId run, std::string name,
                                    Payload args) const {
  auto reply = core_->call(query_for(key, run, std::move(name), std::move(args)), std::nullopt);
  if (!reply) return std::move(reply).error();
  return std::move(reply->payload);
}

void EngineHandle::on_answer(const InstanceKey& key, RunId run, std::string name, Payload args,
                             std::function<void(Result<Payload>)> callback) const {
  Request request = query_for(key, run, std::move(name), std::move(args));
  request.answer = payload_to(std::move(callback));
  core_->submit(std::move(request));
}

Result<void> EngineHandle::complete(std::string_view token, Outcome outcome) const {
  Request request;
  request.kind = RequestKind::complete;
  const auto parsed = runtime::parse_token(token);
  if (!parsed) {
    return Error(Code::invalid_argument,
                 "this is no token that a StepContext gave out; hand it on whole and unchanged");
  }
  request.store = parsed->store;
  request.run = parsed->run;
  request.op = parsed->op;
  request.outcome = std::move(outcome);
  auto reply = core_->call(std::move(request), std::nullopt);
  if (!reply) return std::move(reply).error();
  return {};
}

}  // namespace detail

Engine::~Engine() {
  if (handle_.core()) handle_.core()->end();
}

Engine& Engine::operator=(Engine&& other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}

Result<Engine> Engine::open(EngineOptions options, const Registry& workflows) {
  return open(std::move(options), workflows, runtime::Parts{});
}

Result<Engine> Engine::open(EngineOptions options, const Registry& workflows,
                            runtime::Parts parts) {
  auto core = EngineCore::open(std::move(options), workflows, std::move(parts));
  if (!core) return std::move(core).error();
  return Engine(std::shared_ptr<EngineCore>(std::move(*core)));
}

Result<void> Engine::cancel(const Id& id, std::string reason) const {
  return simple(*handle_.core(), RequestKind::cancel, id, std::move(reason));
}
Result<void> Engine::terminate(const Id& id, std::string reason) const {
  return simple(*handle_.core(), RequestKind::terminate, id, std::move(reason));
}
Result<void> Engine::pause(const Id& id, std::string reason) const {
  return simple(*handle_.core(), RequestKind::pause, id, std::move(reason));
}
Result<void> Engine::resume(const Id& id) const {
  return simple(*handle_.core(), RequestKind::resume, id, {});
}

Result<InstanceInfo> Engine::describe(const Id& id) const {
  auto reply = handle_.core()->call(request_for(RequestKind::describe, id.key()), std::nullopt);
  if (!reply) return std::move(reply).error();
  return std::move(reply->instances.front());
}

Result<std::vector<EventInfo>> Engine::history(const Id& id) const {
  auto reply = handle_.core()->call(request_for(RequestKind::history, id.key()), std::nullopt);
  if (!reply) return std::move(reply).error();
  return std::move(reply->events);
}

Result<std::vector<InstanceInfo>> Engine::list(const ListFilter& filter) const {
  Request request;
  request.kind = RequestKind::list;
  request.filter = filter;
  auto reply = handle_.core()->call_all(request);
  if (!reply) return std::move(reply).error();
  runtime::first_started(reply->instances, filter.limit);
  return std::move(reply->instances);
}

Result<void> Engine::export_journal(const std::vector<Id>& ids, const std::string& path) const {
  EngineCore& core = *handle_.core();
  auto file = runtime::begin_file(core.store());
  std::set<InstanceKey> keys;
  for (const Id& id : ids) keys.insert(id.key());
  for (const InstanceKey& key : keys) {
    auto reply = core.call(request_for(RequestKind::export_history, key), std::nullopt);
    if (!reply) return std::move(reply).error();
    runtime::add(file, std::move(*reply->exported));
  }
  return journal::write_journal_file(path, file);
}

Result<void> Engine::backup(const std::string& path) const { return handle_.core()->backup(path); }

Result<void> Engine::shutdown(std::chrono::nanoseconds deadline) {
  return handle_.core()->shutdown(deadline);
}

std::string Engine::metrics() const { return handle_.core()->metrics(); }

void Engine::snapshot() const { handle_.core()->request_snapshot(); }

}  // namespace reprise
