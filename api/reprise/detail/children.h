// How a call that starts a child workflow becomes a command.
#pragma once

#include <utility>

#include <reprise/context_options.h>
#include <reprise/detail/start.h>

namespace reprise {

class Context;
template <class T>
class Workflow;

namespace detail {

template <class R, class... A, class... B>
OperationHandle open_child(ExecutionId execution, Workflow<R> (*function)(Context, A...),
                           const ChildOptions& options, bool detached, B&&... args) {
  return start_child(execution, reinterpret_cast<const void*>(function), options.id,
                     {options.space, options.on_parent_close, detached},
                     workflow_input<A...>(std::forward<B>(args)...));
}

}  // namespace detail
}  // namespace reprise
