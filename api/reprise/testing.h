// Tests of your own workflows: target reprise::testing, with any test framework.
//
//   TestEngine     an engine whose clock, disk and step bodies are simulated: 30 days pass in
//                  milliseconds, a crash is one call
//   History        what happened to an instance, to be asserted on, or kept as a golden file
//   crash_matrix   a workflow killed everywhere, and again in its recoveries, against your own
//                  invariants
//   explore        a workflow in the orders in which things can happen to it, with failures,
//                  crashes, and signals that come late, early and twice
//
// docs/guide/testing.md shows them at work.
#pragma once

#include <reprise/testing/crash_matrix.h>
#include <reprise/testing/explore.h>
#include <reprise/testing/history.h>
#include <reprise/testing/ledger.h>
#include <reprise/testing/mocks.h>
#include <reprise/testing/test_engine.h>
#include <reprise/testing/verdict.h>
