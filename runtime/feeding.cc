#include "runtime/feeding.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace reprise::runtime {

Error unregistered(std::string_view workflow) {
  return Error(Code::unregistered,
               fmt::format("no workflow \"{}\" is registered here; add it to the Registry and open "
                           "the engine again",
                           workflow));
}

Result<std::unique_ptr<replay::Decider>> make_decider(Core& core, const Resident& resident,
                                                      replay::LogSink log) {
  const std::string_view name = core.state.names.text(resident.state.workflow);
  const detail::WorkflowEntry* workflow = core.seams.workflows.find(name);
  if (workflow == nullptr) return unregistered(name);
  return replay::make_coroutine_decider(
      core.seams.workflows, *workflow, resident.state.run, std::move(log),
      [&core, run = resident.state.run](const auto& event) { return core.unpack(run, event); });
}

Result<void> feed(const Core& core, const Resident& resident, replay::Decider& decider, Seq fed,
                  const replay::Event* last_event) {
  const Seq last = resident.state.seq;
  if (fed == last) return {};
  if (fed + 1 == last && last >= resident.recent.first()) {
    const replay::HistoryEvent one{last, resident.recent.at(last), last_event};
    const CodeWatch::Scope watched(core.seams.watch, resident.state.run);
    return decider.feed({&one, 1}, core.state.names);
  }
  HistoryBuffer whole;
  const HistoryBuffer* from = &resident.recent;
  if (fed + 1 < resident.recent.first()) {
    auto history = core.history(resident);
    if (!history) return std::move(history).error();
    whole = std::move(*history);
    from = &whole;
  }
  std::vector<replay::HistoryEvent> events;
  events.reserve(last - fed);
  for (Seq seq = fed + 1; seq <= last; ++seq) events.push_back({seq, from->at(seq)});
  const CodeWatch::Scope watched(core.seams.watch, resident.state.run);
  return decider.feed(events, core.state.names);
}

}  // namespace reprise::runtime
