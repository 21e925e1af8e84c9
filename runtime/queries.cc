#include "runtime/queries.h"

#include <utility>

#include "runtime/feeding.h"

namespace reprise::runtime {

void Queries::answer(Request& request, Resident& resident) {
  auto payload = ask({std::move(request.name), std::move(request.payload)}, resident);
  if (!payload) return core_.answer(request.answer, std::move(payload).error());
  Reply reply;
  reply.run = resident.state.run;
  reply.payload = std::move(*payload);
  core_.answer(request.answer, std::move(reply));
}

Result<Payload> Queries::ask(replay::Query query, Resident& resident) {
  // Code whose run is paused is as far as it got before that; without it, replay gets it there.
  const bool runs = !resident.closed() && (!resident.state.paused || resident.decider);
  if (runs || resident.mark) return ask_live(std::move(query), resident);
  return ask_replayed(std::move(query), resident);
}

Result<Payload> Queries::ask_live(replay::Query query, Resident& resident) {
  activation_.run(resident);
  // History went on without a body that borrows the frames: they went with it.
  if (!resident.decider) activation_.run(resident);
  if (resident.mark) return Error(resident.mark->code, resident.mark->text);
  // Its code was behind, and has ended now.
  if (resident.closed()) return ask_replayed(std::move(query), resident);
  resident.decider->ask(std::move(query));
  auto answer = [&] {
    const CodeWatch::Scope watched(core_.seams.watch, resident.state.run);
    return resident.decider->answer();
  }();
  activation_.verify(resident, Verify::now);
  if (resident.mark) return Error(resident.mark->code, resident.mark->text);
  return answer;
}

Result<Payload> Queries::ask_replayed(replay::Query query, const Resident& resident) {
  auto decider = make_decider(core_, resident);
  if (!decider) return std::move(decider).error();
  (*decider)->ask(std::move(query));
  if (auto fed = feed(core_, resident, **decider, 0); !fed) return std::move(fed).error();
  if (const auto& mismatch = (*decider)->mismatch()) {
    return Error(Code::mismatch, replay::describe(*mismatch));
  }
  return (*decider)->answer();
}

}  // namespace reprise::runtime
