// The query handlers of one execution, and the question put to them.
//
// Invariants:
// - Of several handlers with one name the newest answers.
// - A question that is open when a handler's scope ends is answered then, with what the handler can
//   still see: the code may have ended. That answer counts until the code is told something new.
// - No driver is current while a handler runs: it can't issue a command.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <reprise/query.h>

#include "replay/decider.h"

namespace reprise::replay {

class QueryHandlers {
 public:
  void open(detail::QueryBody& handler) { handlers_.push_back(&handler); }
  void close(detail::QueryBody& handler) noexcept;

  void ask(Query query) { asked_ = std::move(query); }
  /// The code goes on: what handlers said before that is not what it knows now.
  void outdate() noexcept { last_words_.reset(); }
  /// Errors: unknown_query, query_failed, undecodable, and those of codecs.
  Result<Payload> answer();

 private:
  [[nodiscard]] detail::QueryBody* find(std::string_view name) const noexcept;
  [[nodiscard]] Error unknown(std::string_view name) const;

  std::vector<detail::QueryBody*> handlers_;
  std::optional<Query> asked_;
  std::optional<Result<Payload>> last_words_;
};

}  // namespace reprise::replay
