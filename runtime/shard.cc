#include "runtime/shard.h"

#include <reprise/assert.h>
#include <reprise/detail/mark.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/fail_stop.h"
#include "runtime/observing.h"

namespace reprise::runtime {
namespace {

constexpr int items_per_turn = 1000;
constexpr int effects_per_turn = 4096;
// Of a turn's record. What comes later in the turn has room left, and takes one at least: runs
// that never wait must not hold up those who ask, nor both of them the timers.
constexpr std::size_t answers_share = record_size_soft / 2;
constexpr std::size_t inbox_share = record_size_soft / 4 * 3;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace

Shard::Shard(const Seams& seams, ShardId shard, Links links)
    : core_(seams, shard),
      links_(std::move(links)),
      retention_(core_),
      activation_(core_, retention_),
      requests_(core_, activation_),
      arrivals_(core_, activation_, retention_),
      recovery_(core_, activation_),
      snapshotter_(core_, activation_),
      views_(core_) {
  activation_.set_report([this](StepDone done) { push(std::move(done)); });
}

void Shard::push(InboxItem item) {
  inbox_.push(std::move(item));
  links_.wake();
}

void Shard::on_durable(Position position, std::uint64_t ticket) {
  // One group is written at a time, so these come in order; a group may hold no record.
  core_.durable = std::max(core_.durable.load(), position);
  core_.durable_ticket = ticket;
  links_.wake();
}

bool Shard::poll() {
  try {
    return turn();
  } catch (const detail::FailStop& stop) {
    links_.fail(failed_check(stop));
    return false;
  }
}

bool Shard::turn() {
  ++core_.turn;
  const std::uint64_t events = core_.events;
  bool worked = release();
  if (recovery_.finishing()) {
    worked = true;  // The inbox waits for it.
  } else {
    worked |= take_inbox();
    worked |= take_timers();
  }
  worked |= recovery_.poll();
  worked |= snapshotter_.poll();
  snapshotter_.evict();
  arrivals_.end_turn();
  worked |= core_.submit();
  if (core_.events != events) {
    core_.metrics.turns.add();
    core_.metrics.turn_events.add(core_.events - events);
  }
  core_.metrics.residents.set(core_.residents.size());
  core_.metrics.timers.set(core_.timers.size() + core_.deadlines.size());
  return worked;
}

bool Shard::take_inbox() {
  InboxItem item;
  StepDone done;
  int taken = 0;
  // A turn also ends when its record is full: the rest waits in the inbox.
  while (taken < items_per_turn && (taken == 0 || core_.open_size() < inbox_share)) {
    const bool here = activation_.take_done_here(done);
    if (here) arrivals_.step_done(done);
    const bool came = inbox_.pop(item);
    if (came) take(std::move(item));
    if (!here && !came) break;
    ++taken;
  }
  return taken != 0;
}

void Shard::take_done_here() {
  StepDone done;
  while (core_.open_size() < answers_share && activation_.take_done_here(done)) {
    arrivals_.step_done(done);
  }
}

void Shard::take(InboxItem item) {
  std::visit(Overloaded{
                 [&](std::unique_ptr<Request>& request) {
                   switch (request->kind) {
                     case RequestKind::list:
                     case RequestKind::describe:
                     case RequestKind::history:
                     case RequestKind::export_history: return views_.handle(std::move(*request));
                     default: return requests_.handle(std::move(*request));
                   }
                 },
                 [&](StepDone& done) { arrivals_.step_done(done); },
                 [&](std::unique_ptr<PeerMessage>& message) { arrivals_.message(*message); },
                 [&](PeerAck& ack) { arrivals_.ack(ack); },
             },
             item);
}

bool Shard::take_timers() {
  recovery_.refill_timers();
  recovery_.thin_timers();
  bool worked = take_due(core_.deadlines, core_.seams.clock.steady());
  // A loop that only sleeps awaits no effect: with a disk that is full it would record for ever,
  // and a sweep would find the same again. The bodies that run bound what deadlines record.
  if (!core_.seams.committer.behind()) {
    retention_.sweep();
    worked |= take_due(core_.timers, core_.seams.clock.wall());
  }
  return worked;
}

bool Shard::take_due(TimerQueue& timers, Nanos now) {
  bool worked = false;
  for (int i = 0; i < items_per_turn && (i == 0 || core_.open_size() < record_size_soft); ++i) {
    const auto timer = timers.pop_due(now);
    if (!timer) break;
    arrivals_.timer(*timer);
    worked = true;
  }
  return worked;
}

bool Shard::release() {
  const Position durable = core_.durable.load();
  Effect effect = SendAck{};
  std::vector<StartBody> at_once;
  at_once.swap(core_.owed_nothing);
  for (const StartBody& start : at_once) this->start(start);
  int released = 0;
  while (released < effects_per_turn && core_.effects.pop(durable, effect)) {
    ++released;
    std::visit(
        Overloaded{
            [&](StartBody& start) { this->start(start); },
            [&](std::unique_ptr<SendMessage>& send) {
              if (auto plain = core_.packing.unpack(send->message); !plain) {
                REPRISE_MARK("runtime/message_unreadable");
                core_.seams.log.write(LogLevel::error, "message_unreadable",
                                      "it is sent again: " + plain.error().message());
                return core_.send_again(send->target, send->number);
              }
              core_.metrics.messages_sent.add();
              links_.send(send->target,
                          std::make_unique<PeerMessage>(core_.state.shard, send->number,
                                                        std::move(send->message)));
            },
            [&](SendAck& ack) { links_.send(ack.source, PeerAck{core_.state.shard, ack.number}); },
            [&](std::unique_ptr<GiveAnswer>& give) {
              tell(core_, give->answer, std::move(give->reply));
            },
            [&](TellObserver& change) { tell(core_, *change.change); },
        },
        effect);
  }
  return released != 0 || !at_once.empty();
}

void Shard::start(const StartBody& start) {
  arrivals_.timer(
      {.run = start.run, .op = start.op, .attempt = start.attempt, .kind = TimerKind::start_body});
  // What it answered is taken in while its run is at hand.
  if (!recovery_.finishing()) take_done_here();
}

bool Shard::idle() const { return quiet() && core_.effects.empty(); }

std::size_t Shard::running_bodies() const {
  std::size_t running = 0;
  for (const auto& [run, resident] : core_.residents) running += resident->bodies.size();
  return running;
}

void Shard::abandon(const Error& error) {
  Effect effect = SendAck{};
  while (core_.effects.pop(~Position{0}, effect)) {
    auto* give = std::get_if<std::unique_ptr<GiveAnswer>>(&effect);
    if (give != nullptr) tell(core_, (*give)->answer, error);
  }
  InboxItem item;
  while (inbox_.pop(item)) {
    auto* request = std::get_if<std::unique_ptr<Request>>(&item);
    if (request != nullptr && (*request)->answer) tell(core_, (*request)->answer, error);
  }
  for (const Answer& waiting : core_.waiters.take_all()) tell(core_, waiting, error);
}

}  // namespace reprise::runtime
