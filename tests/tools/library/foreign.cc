// A library of another version: nothing behind its stamp is what it seems.
#include <reprise/library.h>

extern "C" __attribute__((visibility("default")))
const reprise::detail::WorkflowLibrary reprise_workflow_library = {
    "reprise 0.0.9, clang, libstdc++", nullptr, nullptr};
