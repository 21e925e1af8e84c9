// Waiting for several operations at a time: the part of Context that needs no execution.
#pragma once

#include <vector>

#include <reprise/detail/all_any.h>
#include <reprise/detail/start.h>

namespace reprise::detail {

/// Operations are named first: the order in which arguments are evaluated is unspecified and would
/// be the order of commands. Both verbs take their operations over.
class Several {
 public:
  /// Waits for every one; a tuple of results. Throws what the first failed one throws.
  template <class... Ops>
    requires(IsOperation<Ops> && ...)
  AllOf<Ops...> all(Ops&... operations) const {
    return AllOf<Ops...>(operations...);
  }
  template <class Op>
  AllOfMany<Op> all(std::vector<Op>& operations) const {
    return AllOfMany<Op>(operations);
  }
  /// Waits for the first; a variant whose index() says which. The others are cancelled.
  template <class... Ops>
    requires(IsOperation<Ops> && ...)
  AnyOf<Ops...> any(Ops&... operations) const {
    return AnyOf<Ops...>(operations...);
  }
  template <class Op>
  AnyOfMany<Op> any(std::vector<Op>& operations) const {
    return AnyOfMany<Op>(operations);
  }
  /// Rvalues do not compile: name the operations first.
  template <class... Ops>
  void all(Ops&&... name_the_operations_first) const = delete;
  template <class... Ops>
  void any(Ops&&... name_the_operations_first) const = delete;
};

}  // namespace reprise::detail
