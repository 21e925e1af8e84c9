#include "runtime/telling.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace reprise::runtime {
namespace {

InstanceStatus status_of(const replay::InstanceState& state) {
  switch (state.status) {
    case replay::Status::completed: return InstanceStatus::completed;
    case replay::Status::failed: return InstanceStatus::failed;
    case replay::Status::cancelled: return InstanceStatus::cancelled;
    case replay::Status::terminated: return InstanceStatus::terminated;
    case replay::Status::open: break;
  }
  if (state.paused) return InstanceStatus::paused;
  if (!state.code_started) return InstanceStatus::pending;
  for (const auto& [op, open] : state.open) {
    if (open.kind == replay::OpKind::step && open.body_open()) return InstanceStatus::running;
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

}  // namespace

InstanceInfo tell(const replay::InstanceState& state, const replay::Names& names) {
  InstanceInfo info;
  info.key = state.key;
  info.run = state.run;
  info.workflow = names.text(state.workflow);
  info.status = status_of(state);
  info.started = state.started;
  info.closed = state.closed;
  info.events = state.seq;
  info.history_bytes = state.bytes;
  info.unread_signals =
      static_cast<std::uint32_t>(state.signals.unread().size() - state.settling().size());
  if (state.paused) {
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

std::vector<WaitInfo> tell_waits(const replay::InstanceState& state, const replay::Names& names) {
  std::vector<WaitInfo> waits;
  waits.reserve(state.open.size());
  const auto settling = state.settling();
  for (const auto& [op, open] : state.open) {
    if (std::find(settling.begin(), settling.end(), op) != settling.end()) continue;
    WaitInfo wait;
    wait.op = op;
    wait.kind = name_of(open.kind);
    wait.name = names.text(open.name);
    wait.site = names.text(open.site);
    wait.since = open.since;
    wait.due = open.due;
    wait.attempt = open.attempt;
    waits.push_back(std::move(wait));
  }
  return waits;
}

EventInfo tell(Seq seq, const replay::Event& event, const replay::Names& names) {
  EventInfo told;
  told.seq = seq;
  told.time = event.time;
  told.kind = replay::name_of(event.kind);
  told.op = event.op;
  told.attempt = event.attempt;
  told.name = names.text(event.name);
  told.site = names.text(event.site);
  told.text = event.text;
  if (event.failure_code != 0) told.failure = event.owned_failure();
  told.due = event.due;
  told.state = replay::state_text(event);
  return told;
}

bool matches(const ListFilter& filter, const InstanceInfo& info) {
  if (filter.status && *filter.status != info.status) return false;
  if (filter.space && *filter.space != info.key.space) return false;
  if (filter.workflow && *filter.workflow != info.workflow) return false;
  if (filter.started_from && info.started < *filter.started_from) return false;
  return !filter.started_until || info.started < *filter.started_until;
}

void first_started(std::vector<InstanceInfo>& listed, std::size_t limit) {
  std::sort(listed.begin(), listed.end(), [](const InstanceInfo& a, const InstanceInfo& b) {
    return std::tie(a.started, a.run) < std::tie(b.started, b.run);
  });
  if (listed.size() > limit) listed.resize(limit);
}

}  // namespace reprise::runtime
