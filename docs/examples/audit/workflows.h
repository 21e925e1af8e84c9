// The audit as durable functions: one child workflow per package, one step per batch of files.
#pragma once

#include <string>
#include <vector>

#include <reprise/reprise.h>

#include "files.h"

namespace audit {

reprise::Workflow<Report> audit_package(reprise::Context ctx, std::string package);
reprise::Workflow<Report> audit_machine(reprise::Context ctx, std::vector<std::string> packages);

/// Where step bodies leave a line each time they start, so that repeats can be counted.
void set_ledger(int file_descriptor);

}  // namespace audit
