#include "tools/cli/fork_run.h"

#include <algorithm>

#include "replay/mismatch.h"
#include "runtime/step_runner.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

using replay::EventKind;
using replay::OpenOp;
using replay::OpKind;

constexpr std::size_t notes_max = 100;

std::string at(std::string_view site) {
  return site.empty() ? std::string() : fmt::format(" at {}", site);
}

}  // namespace

const OpenOp* ForkRun::find(OpId op) const {
  const auto found = box_.state().open.find(op);
  return found == box_.state().open.end() ? nullptr : &found->second;
}

void ForkRun::put(What what, Nanos time, std::uint64_t order, OpId op, std::size_t index) {
  const OpenOp* open = find(op);
  agenda_.push({std::max(now_, time), order, what, op, open == nullptr ? 0 : open->attempt, index});
}

const Given* ForkRun::given_for(Given::Kind kind, std::string_view name) {
  const auto count = ++counts_[{kind, std::string(name)}];
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < variant_.given.size(); ++i) {
    const Given& one = variant_.given[i];
    if (one.kind != kind || one.name != name) continue;
    if (one.count == count || (one.count == 0 && !found)) found = i;
    if (one.count == count) break;
  }
  if (!found) return nullptr;
  used_[*found] = true;
  return &variant_.given[*found];
}

/// A given signal takes the place of the recorded one; what was not recorded is sent at once.
void ForkRun::plan_arrivals() {
  auto& arrivals = answers_.arrivals();
  const auto recorded = arrivals.size();
  std::map<std::string, std::uint64_t, std::less<>> counts;
  for (std::size_t i = 0; i < variant_.given.size(); ++i) {
    const Given& one = variant_.given[i];
    if (one.kind != Given::Kind::signal) continue;
    used_[i] = true;
    auto& count = counts[one.name];
    count = one.count != 0 ? one.count : count + 1;
    auto left = count;
    const auto end = arrivals.begin() + static_cast<std::ptrdiff_t>(recorded);
    const auto place = std::find_if(arrivals.begin(), end, [&](const Arrival& arrival) {
      return arrival.kind == EventKind::signal_received && arrival.name == one.name && --left == 0;
    });
    if (place != end) {
      place->payload = std::get<Payload>(one.outcome);
      continue;
    }
    Arrival sent;
    sent.time = now_;
    sent.name = one.name;
    sent.payload = std::get<Payload>(one.outcome);
    arrivals.push_back(std::move(sent));
  }
  for (std::size_t i = 0; i < arrivals.size(); ++i) {
    put(What::arrival, arrivals[i].time, arrivals[i].seq, 0, i);
  }
}

Result<void> ForkRun::begin() {
  now_ = box_.state().time;
  came_ = answers_.told();
  plan_arrivals();
  std::vector<OpId> kept;
  for (const auto& [op, open] : box_.state().open) kept.push_back(op);
  for (const OpId op : kept) opened(op, answers_.kept(op));
  if (box_.state().paused) {
    notes_.emplace_back("it is paused at the fork: the pause is lifted");
    replay::Event event;
    event.kind = EventKind::workflow_resumed;
    event.time = now_;
    return arrive(event);
  }
  issue();
  return {};
}

Result<void> ForkRun::run(const Bounds& bounds, Seq events_max) {
  const Nanos begun = box_.state().time;
  const Seq kept = box_.state().seq;
  if (auto done = begin(); !done) return done;
  while (box_.open()) {
    std::erase_if(missing_, [this](OpId op) { return find(op) == nullptr; });
    if (!missing_.empty() || agenda_.empty()) break;
    const Item item = agenda_.top();
    agenda_.pop();
    if (since(begun, item.time) > bounds.time) {
      return Error(Code::timed_out,
                   "the fork did not end within the simulated time it is given: "
                   "the code waits for times that lie too far ahead");
    }
    if (box_.state().seq - kept >= events_max) {
      return Error(Code::history_too_long,
                   fmt::format("the fork did not end within {} events: the code goes on and on "
                               "with what it is told",
                               events_max));
    }
    now_ = std::max(now_, item.time);
    if (auto done = come(item); !done) return done;
  }
  return {};
}

Result<void> ForkRun::arrive(replay::Event& event, std::string_view name) {
  event.time = std::max(event.time, now_);
  came_ = now_;
  auto told = box_.arrive(event, name);
  if (told) issue();
  return told;
}

void ForkRun::issue() {
  if (!box_.open()) return;
  for (const auto& command : box_.take()) {
    RecordedOp* recorded = answers_.match(command);
    if (recorded != nullptr) now_ = std::max(now_, later(came_, recorded->issued_after));
    if (!box_.record(command, now_)) return;
    const bool other = recorded != nullptr && recorded->hash != command.args_hash &&
                       recorded->kind == EventKind::step_scheduled;
    const auto kind = replay::event_kind(command.kind);
    if (kind != EventKind::operation_cancelled && command.op != 0 && find(command.op) != nullptr) {
      opened(command.op, recorded);
    }
    const auto answerer = answerers_.find(command.op);
    const bool as_recorded = answerer != answerers_.end() && !answerer->second.live &&
                             !answerer->second.outcome.has_value();
    if (other && as_recorded && notes_.size() < notes_max) {
      notes_.push_back(fmt::format(
          "{}{} has other arguments than were recorded: it is answered as recorded all the same",
          replay::phrase("step", command.name, command.op), at(replay::site_text(command.site))));
    }
  }
  box_.end_if_full();
}

void ForkRun::opened(OpId op, RecordedOp* recorded) {
  const OpenOp& open = *find(op);
  Answerer& answerer = answerers_[op];
  answerer.recorded = recorded;
  const Given* given = nullptr;
  switch (open.kind) {
    case OpKind::signal: return;
    case OpKind::step:
      given = given_for(Given::Kind::step, name_of(open));
      answerer.live = given == nullptr && variant_.live.contains(name_of(open));
      break;
    case OpKind::child: given = given_for(Given::Kind::child, open.target.id); break;
    default: break;
  }
  if (given != nullptr) answerer.outcome = given->outcome;
  if (open.kind == OpKind::step && open.running) return attempt_started(op);
  if (open.kind == OpKind::child && given != nullptr) {
    Nanos wait = 0;
    if (recorded != nullptr) {
      for (const Answer& one : recorded->answers) wait = later(wait, one.after);
    }
    return put(What::answer, later(now_, wait), behind(), op);
  }
  next(op);
}

void ForkRun::attempt_started(OpId op) {
  Answerer& answerer = answerers_[op];
  if (answerer.live) return run_live(op, answerer);
  if (!answerer.outcome) return next(op);
  Nanos wait = 0;
  std::uint64_t order = behind();
  if (answerer.recorded != nullptr) {
    for (const Answer& one : answerer.recorded->answers) {
      wait = later(wait, one.after);
      order = one.seq;
    }
  }
  put(What::answer, later(now_, wait), order, op);
}

void ForkRun::run_live(OpId op, Answerer& answerer) {
  const OpenOp& open = *find(op);
  runtime::StepRun step;
  step.run = box_.state().run;
  step.op = op;
  step.attempt = open.attempt;
  step.name = name_of(open);
  step.runs_on = open.step.runs_on;
  step.body = box_.body(op);
  if (step.body == nullptr) return missing_.push_back(op);  // The code has let go of it.
  answerer.outcome = runtime::run_body(step);
  put(What::answer, now_, behind(), op);
}

void ForkRun::next(OpId op) {
  const OpenOp& open = *find(op);
  Answerer& answerer = answerers_[op];
  const bool own = answerer.live || answerer.outcome.has_value();
  RecordedOp* recorded = own ? nullptr : answerer.recorded;
  if (recorded != nullptr && !recorded->answers.empty()) {
    const Answer& first = recorded->answers.front();
    return put(What::answer, later(now_, first.after), first.seq, op);
  }
  if (open.kind == OpKind::timer || (open.kind == OpKind::step && open.due != 0)) {
    put(What::due, open.due, behind(), op);
    if (open.kind == OpKind::timer || !open.handed_over) return;
  }
  if (open.kind == OpKind::send || (open.kind == OpKind::child && open.detached)) {
    return put(What::answer, now_, behind(), op);
  }
  // What is not known to have been silent is asked for at once.
  if (recorded == nullptr) return missing_.push_back(op);
  put(What::silence, recorded->silent_until, behind(), op);
}

std::vector<std::string> ForkRun::needs() const {
  std::vector<std::string> all;
  for (const OpId op : missing_) {
    const OpenOp* open = find(op);
    if (open == nullptr) continue;
    const auto site = at(box_.names().text(open->site));
    if (open->kind == OpKind::child) {
      const auto id = text_of(open->target.space, open->target.id);
      all.push_back(fmt::format("{}{} needs a result: --set child:{}=…",
                                replay::phrase("child", id, op), site, open->target.id));
    } else {
      const auto name = name_of(*open);
      all.push_back(fmt::format("{}{} needs a result: --set step:{}=… or --live {}",
                                replay::phrase("step", name, op), site, name, name));
    }
  }
  return all;
}

std::vector<std::string> ForkRun::notes() const {
  auto all = notes_;
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (used_[i]) continue;
    all.push_back(
        fmt::format("--set {}: nothing of that name came behind the fork", variant_.given[i].text));
  }
  return all;
}

}  // namespace reprise::cli
