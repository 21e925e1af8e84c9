// What is known of one instance without its operations, and how that is told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reprise/options.h>
#include <reprise/registry.h>

#include "tools/cli/json.h"
#include "tools/cli/source.h"
#include "tools/cli/tool.h"

namespace reprise::cli {

struct Shown {
  InstanceInfo info;
  /// The latest events that say why it is paused (until it is resumed), was asked to cancel or was
  /// terminated, in order.
  std::vector<EventInfo> reasons;
  Ending ending;
  std::vector<std::string> damage;  ///< What hides the reasons or the ending.
  bool unregistered = false;        ///< It is open, and no workflow of this program.
};

/// Errors: those of Reader::describe.
Result<Shown> look_at(const Source& source, const InstanceKey& key, const Registry& workflows);
/// All but what it waits for.
void tell(const Shown& shown, const Console& console);
/// On stderr, each on a line. Returns the exit code: exits::found if there is any.
int tell_damage(const std::vector<std::string>& damage, const Console& console);
/// "Paused (user)", and its color.
std::string status_of(const InstanceInfo& info);
std::string_view color_of(InstanceStatus status);

}  // namespace reprise::cli
