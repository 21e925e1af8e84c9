// The `reprise` command as a function, for programs that want to look into their own journals.
//
//   int main(int argc, char** argv) {
//     reprise::Registry workflows;
//     workflows.add("fulfil", fulfil);
//     return reprise::tool_main(argc, argv, workflows);
//   }
//
// Link reprise::tool. `shop --help` lists what it can do; docs/tool.md explains it. It calls itself
// by the last part of argv[0].
#pragma once

#include <reprise/registry.h>

namespace reprise {

/// Runs one command, told on stdout and stderr. Returns the exit code: 0 done, 1 the
/// command failed or found damage, 2 the arguments are wrong, 3 a repair has lost something. With
/// workflows registered, `show` also says of an open instance that its workflow is none of them.
/// Never throws.
int tool_main(int argc, char** argv, const Registry& workflows);

}  // namespace reprise
