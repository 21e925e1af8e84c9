// The workflow that runs a program (program.h).
#pragma once

#include <reprise/reprise.h>

#include "tests/sim/program.h"

namespace reprise::sim {

Workflow<int> run_program(Context ctx, Program program);
/// With all workflows that programs bring about, or all but run_program.
Registry program_registry(bool with_programs);

}  // namespace reprise::sim
