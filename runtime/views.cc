#include "runtime/views.h"

#include <fmt/format.h>

#include <iterator>
#include <limits>
#include <map>
#include <set>
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
  for (const RunId run : core_.tail.runs()) {
    if (core_.residents.contains(run)) continue;
    auto loaded = core_.load(run);
    if (loaded && *loaded != nullptr) add((*loaded)->state, *loaded);
  }
  const RunId first = RunId::make(core_.state.shard, 1);
  const RunId last = RunId::make(static_cast<ShardId>(core_.state.shard + 1), 0);
  auto scanned = core_.seams.store.scan(
      journal::Table::rows, row_key(first), core_.state.shard == 0xffff ? "" : row_key(last),
      [&](std::string_view key, std::string_view value) {
        const RunId run = decode_run(key).value_or(RunId{});
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
