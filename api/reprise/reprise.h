// All of Reprise for those who write workflows and run them.
#pragma once

#include <reprise/codec.h>
#include <reprise/context.h>
#include <reprise/detail/map.h>
#include <reprise/engine.h>
#include <reprise/error.h>
#include <reprise/failure.h>
#include <reprise/log.h>
#include <reprise/observer.h>
#include <reprise/operation.h>
#include <reprise/options.h>
#include <reprise/registry.h>
#include <reprise/result.h>
#include <reprise/step.h>
#include <reprise/workflow.h>
