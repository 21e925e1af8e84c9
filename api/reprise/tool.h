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

/// Runs one command, told on stdout and stderr. Returns the exit code: 0 done, 1 done, and a
/// difference or damage was found, else why it could not be done, by the numbers of <sysexits.h>:
/// 64 the arguments are wrong, 65 the data is, 66 there is none, … (docs/tool.md). With workflows
/// registered, `show` also says of an open instance that its workflow is none of them. Never
/// throws.
int tool_main(int argc, char** argv, const Registry& workflows);

}  // namespace reprise
