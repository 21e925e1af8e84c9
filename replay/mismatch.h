// Compares what the code issued with what is recorded, and says where they disagree.
#pragma once

#include <string>
#include <string_view>

#include <reprise/detail/command.h>

#include "replay/cursor.h"
#include "replay/decider.h"

namespace reprise::replay {

/// The field in which `command` differs from the event that should record it; null if in none.
/// Timeouts, retry settings, due times and what is watched are recorded but may change: they are
/// not compared.
[[nodiscard]] const char* differing_field(const detail::Command& command, const Event& event,
                                          std::string_view name) noexcept;

/// `command` was issued; null: none was. The event is the cursor's next one, if it has one.
[[nodiscard]] Mismatch make_mismatch(const Cursor& cursor, Seq seq, const detail::Command* command,
                                     const char* field);

/// For a person, without what there is not: `step_scheduled "charge" (op 3)`.
[[nodiscard]] std::string phrase(std::string_view kind, std::string_view name, OpId op);

}  // namespace reprise::replay
