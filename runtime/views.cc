#include "runtime/views.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "runtime/rows.h"

namespace reprise::runtime {
namespace {

InstanceStatus status_of(const replay::InstanceState& state, const Resident* resident) {
  switch (state.status) {
    case replay::Status::completed: return InstanceStatus::completed;
    case replay::Status::failed: return InstanceStatus::failed;
    case replay::Status::cancelled: return InstanceStatus::cancelled;
    case replay::Status::terminated: return InstanceStatus::terminated;
    case replay::Status::open: break;
  }
  if (state.paused || (resident != nullptr && resident->mark)) return InstanceStatus::paused;
  if (!state.code_started) return InstanceStatus::pending;
  for (const auto& [op, open] : state.open) {
    if (open.kind == replay::OpKind::step && open.running) return InstanceStatus::running;
  }
  return InstanceStatus::waiting;
}

std::string_view name_of(replay::OpKind kind) {
  switch (kind) {
    case replay::OpKind::step: return "step";
    case replay::OpKind::timer: return "timer";
    case replay::OpKind::signal: return "signal";
    case replay::OpKind::child: return "child";
    case replay::OpKind::send: return "send";
  }
  return "unknown";
}

bool matches(const ListFilter& filter, const InstanceInfo& info) {
  if (filter.status && *filter.status != info.status) return false;
  if (filter.workflow && *filter.workflow != info.workflow) return false;
  if (filter.started_from && info.started < *filter.started_from) return false;
  return !filter.started_until || info.started < *filter.started_until;
}

}  // namespace

InstanceInfo Views::info(const replay::InstanceState& state, const Resident* resident) const {
  InstanceInfo info;
  info.key = state.key;
  info.run = state.run;
  info.workflow = core_.state.names.text(state.workflow);
  info.status = status_of(state, resident);
  info.started = state.started;
  info.closed = state.closed;
  info.events = state.seq;
  info.history_bytes = state.bytes;
  info.unread_signals = static_cast<std::uint32_t>(state.signals.unread().size());
  if (resident != nullptr && resident->mark) {
    info.paused = name(resident->mark->code);
    info.detail = resident->mark->text;
  } else if (state.paused) {
    info.paused = *state.paused == replay::PauseReason::poison ? "poison" : "user";
    info.detail = *state.paused == replay::PauseReason::poison
                      ? "a step's body ended the process several times in a row; fix it, then "
                        "resume the instance"
                      : "paused on request; resume it to go on";
  } else if (state.outcome) {
    if (const auto* failure = std::get_if<Failure>(&*state.outcome)) info.detail = failure->message;
  }
  return info;
}

Result<Reply> Views::describe(const Resident& resident) const {
  InstanceInfo told = info(resident.state, &resident);
  for (const auto& [op, open] : resident.state.open) {
    WaitInfo wait;
    wait.op = op;
    wait.kind = name_of(open.kind);
    wait.name = core_.state.names.text(open.name);
    wait.site = core_.state.names.text(open.site);
    wait.since = open.since;
    wait.due = open.due;
    wait.attempt = open.attempt;
    told.waits.push_back(std::move(wait));
  }
  Reply reply;
  reply.run = resident.state.run;
  reply.workflow = told.workflow;
  reply.instances.push_back(std::move(told));
  return reply;
}

Result<Reply> Views::history(const Resident& resident) const {
  auto events = core_.history(resident);
  if (!events) return std::move(events).error();
  Reply reply;
  reply.run = resident.state.run;
  reply.workflow = core_.state.names.text(resident.state.workflow);
  reply.events.reserve(events->last());
  for (Seq seq = 1; seq <= events->last(); ++seq) {
    auto event = replay::decode(events->at(seq));
    if (!event) return std::move(event).error();
    EventInfo told;
    told.seq = seq;
    told.time = event->time;
    told.kind = replay::name_of(event->kind);
    told.op = event->op;
    told.attempt = event->attempt;
    told.name = core_.state.names.text(event->name);
    told.site = core_.state.names.text(event->site);
    told.payload = event->owned_payload();
    if (event->failure_code != 0) told.failure = event->owned_failure();
    told.due = event->due;
    reply.events.push_back(std::move(told));
  }
  return reply;
}

Result<Reply> Views::list(const ListFilter& filter) {
  // Memory and tail know better than rows, which may be older: they are asked first.
  std::map<RunId, InstanceInfo> found;  // The first `limit` that match, in order of their start.
  std::set<RunId> seen;
  auto add = [&](const replay::InstanceState& state, const Resident* resident) {
    if (!seen.insert(state.run).second) return;
    InstanceInfo told = info(state, resident);
    if (!matches(filter, told)) return;
    found.emplace(state.run, std::move(told));
    if (found.size() > filter.limit) found.erase(std::prev(found.end()));
  };
  for (const auto& [run, resident] : core_.residents) add(resident->state, resident.get());
  std::vector<RunId> touched;
  for (const auto& [run, positions] : core_.tail.touched()) touched.push_back(run);
  for (const RunId run : touched) {
    if (core_.residents.contains(run)) continue;
    auto loaded = core_.load(run);
    if (loaded && *loaded != nullptr) add((*loaded)->state, *loaded);
  }
  const RunId first = RunId::make(core_.state.shard, 1);
  const RunId last = RunId::make(static_cast<ShardId>(core_.state.shard + 1), 0);
  auto scanned = core_.seams.store.scan(
      journal::Table::rows, row_key(first), core_.state.shard == 0xffff ? "" : row_key(last),
      [&](std::string_view key, std::string_view value) {
        RunId run;
        for (const char c : key) run.value = (run.value << 8) | static_cast<unsigned char>(c);
        const bool full = found.size() == filter.limit;
        if (full && (found.empty() || found.rbegin()->first < run)) return false;
        if (seen.contains(run) || core_.deleted.holds(run, core_.durable_ticket)) return true;
        auto row = decode_row(run, value);
        if (row) add(row->state, nullptr);
        return true;
      });
  if (!scanned) return std::move(scanned).error();
  Reply reply;
  for (auto& [run, told] : found) reply.instances.push_back(std::move(told));
  return reply;
}

void Views::handle(Request request) {
  if (request.kind == RequestKind::list) {
    core_.answer(request.answer, list(request.filter));
    return;
  }
  auto found = core_.load(request.key);
  if (!found) return core_.answer(request.answer, std::move(found).error());
  if (*found == nullptr) {
    return core_.answer(request.answer,
                        Error(Code::not_found, fmt::format("no instance \"{}\"; start it first, or "
                                                           "check the namespace",
                                                           request.key.id)));
  }
  core_.answer(request.answer,
               request.kind == RequestKind::history ? history(**found) : describe(**found));
}

}  // namespace reprise::runtime
