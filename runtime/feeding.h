// How an instance's code is made and told its history: the same for code that decides, answers
// queries or is only compared.
#pragma once

#include <memory>
#include <string_view>

#include "runtime/core.h"

namespace reprise::runtime {

/// Why no code of `workflow` runs here, and what to do about it.
Error unregistered(std::string_view workflow);

/// The code of a run, fed nothing. Errors: unregistered.
Result<std::unique_ptr<replay::Decider>> make_decider(Core& core, const Resident& resident,
                                                      replay::LogSink log = {});

/// Feeds all recorded events after `fed` to the run's code; `last` is what the last of them says,
/// if the caller has it. Errors: those of Decider::feed, and of reading the history.
Result<void> feed(const Core& core, const Resident& resident, replay::Decider& decider, Seq fed,
                  const replay::Event* last = nullptr);

}  // namespace reprise::runtime
