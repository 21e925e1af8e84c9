#include "runtime/views.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "runtime/feeding.h"
#include "runtime/rows.h"

namespace reprise::runtime {

InstanceInfo Views::info(const replay::InstanceState& state, const Resident* resident) const {
  InstanceInfo info = tell(state, core_.state.names);
  const bool open = state.status == replay::Status::open;
  const auto show = [&](Code code, const std::string& text) {
    if (open) info.status = InstanceStatus::paused;
    info.paused = name(code);
    info.detail = text;
  };
  const Registry& workflows = core_.seams.workflows;
  if (resident != nullptr && resident->mark) {
    show(resident->mark->code, resident->mark->text);
  } else if (open && !workflows.entries().empty() && workflows.find(info.workflow) == nullptr) {
    // It is marked only when its code is next needed; who asks before is told all the same.
    const Error missing = unregistered(info.workflow);
    show(missing.code(), missing.message());
  }
  return info;
}

Result<Reply> Views::describe(const Resident& resident) const {
  InstanceInfo told = info(resident.state, &resident);
  told.waits = tell_waits(resident.state, core_.state.names);
  Reply reply;
  reply.run = resident.state.run;
  reply.workflow = told.workflow;
  reply.instances.push_back(std::move(told));
  return reply;
}

Result<void> Views::tell_events(const Resident& resident, std::uint64_t payload_max,
                                const EventSink& sink, Seq first) const {
  auto events = core_.history(resident);
  if (!events) return std::move(events).error();
  for (Seq seq = first; seq <= events->last(); ++seq) {
    auto event = replay::decode(events->at(seq));
    if (!event) return std::move(event).error();
    EventInfo told = tell(seq, *event, core_.state.names);
    told.payload.encoding = event->encoding;
    const std::uint64_t size = event->packed ? event->packed.size : event->payload.size();
    if (size <= payload_max) {
      auto payload = core_.unpack(resident.state.run, *event);
      if (!payload) return std::move(payload).error();
      told.payload.bytes = std::move(*payload);
    }
    if (!sink(std::move(told), size)) return {};
  }
  return {};
}

Result<Reply> Views::history(const Resident& resident) const {
  Reply reply;
  reply.run = resident.state.run;
  reply.workflow = core_.state.names.text(resident.state.workflow);
  auto told = tell_events(
      resident, std::numeric_limits<std::uint64_t>::max(),
      [&](EventInfo event, std::uint64_t) {
        reply.events.push_back(std::move(event));
        return true;
      },
      1);
  if (!told) return std::move(told).error();
  return reply;
}

Result<void> Views::history(const InstanceKey& key, std::uint64_t payload_max,
                            const EventSink& sink, Seq first) const {
  auto found = find(key);
  if (!found) return std::move(found).error();
  return tell_events(**found, payload_max, sink, first);
}

Result<Reply> Views::list(const ListFilter& filter) const {
  // Memory and tail know better than rows, which may be older: of these runs they are asked.
  std::vector<RunId> newer = core_.tail.runs();
  for (const auto& [run, resident] : core_.residents) newer.push_back(run);
  std::sort(newer.begin(), newer.end());
  newer.erase(std::unique(newer.begin(), newer.end()), newer.end());
  // In order of their runs, which is that of their start: whoever asks for few pays for few.
  Reply reply;
  const auto full = [&] { return reply.instances.size() >= filter.limit; };
  const auto add = [&](const replay::InstanceState& state, const Resident* resident) {
    InstanceInfo told = info(state, resident);
    if (matches(filter, told)) reply.instances.push_back(std::move(told));
  };
  const auto tell_newer = [&](RunId run) {
    const auto held = core_.residents.find(run);
    if (held != core_.residents.end()) {
      add(held->second->state, held->second.get());
      return true;
    }
    auto loaded = core_.load(run);
    if (loaded && *loaded != nullptr) add((*loaded)->state, *loaded);
    return loaded.ok();
  };
  auto next = newer.begin();
  const auto tell_before = [&](RunId run) {
    while (!full() && next != newer.end() && *next < run) tell_newer(*next++);
  };
  const auto tell_row = [&](std::string_view key, std::string_view value) {
    const RunId run = decode_run(key).value_or(RunId{});
    tell_before(run);
    if (full()) return false;
    // Where what came after the row can't be read, the row is told.
    if (next != newer.end() && *next == run && tell_newer(*next++)) return true;
    if (core_.deleted.holds(run, core_.durable_ticket)) return true;
    auto row = decode_row(run, value);
    if (row) add(row->state, nullptr);
    return true;
  };
  const ShardId shard = core_.state.shard;
  const RunId last = RunId::make(static_cast<ShardId>(shard + 1), 0);
  auto scanned = core_.seams.store.scan(journal::Table::rows, row_key(RunId::make(shard, 1)),
                                        shard == 0xffff ? std::string() : row_key(last), tell_row);
  if (!scanned) return std::move(scanned).error();
  tell_before(RunId{~std::uint64_t{0}});
  return reply;
}

Result<Resident*> Views::find(const InstanceKey& key) const {
  auto found = core_.load(key);
  if (found && *found == nullptr) {
    return Error(Code::not_found, fmt::format("no instance \"{}\"; start it first, or check the "
                                              "namespace",
                                              key.id));
  }
  return found;
}

Result<Exported> Views::exported(const InstanceKey& key) const {
  auto found = find(key);
  if (!found) return std::move(found).error();
  auto events = core_.history(**found);
  if (!events) return std::move(events).error();
  auto blobs = core_.packing.blobs((*found)->state.run);
  if (!blobs) return std::move(blobs).error();
  return export_instance((*found)->state, *events, core_.state.names, std::move(*blobs));
}

Result<Reply> Views::read(RequestKind kind, const InstanceKey& key) const {
  if (kind == RequestKind::export_history) {
    auto history = exported(key);
    if (!history) return std::move(history).error();
    Reply reply;
    reply.exported = std::make_shared<Exported>(std::move(*history));
    return reply;
  }
  auto found = find(key);
  if (!found) return std::move(found).error();
  return kind == RequestKind::history ? history(**found) : describe(**found);
}

void Views::handle(Request request) {
  core_.answer(request.answer, request.kind == RequestKind::list ? list(request.filter)
                                                                 : read(request.kind, request.key));
}

}  // namespace reprise::runtime
