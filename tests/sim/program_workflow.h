// The workflow that runs a program (program.h).
#pragma once

#include <reprise/reprise.h>

#include "tests/sim/program.h"

namespace reprise::sim {

Workflow<int> run_program(Context ctx, Program program);
Registry program_registry();

}  // namespace reprise::sim
