#include "replay/query_handlers.h"

#include <reprise/failure.h>

#include <algorithm>
#include <set>
#include <utility>

namespace reprise::replay {
namespace {

Result<Payload> answer_of(const detail::QueryBody& handler, const Payload& args) noexcept {
  detail::DriverScope nobody(nullptr);
  try {
    return handler.answer(args);
  } catch (...) {
    return detail::to_error(detail::current_failure(Code::query_failed));
  }
}

}  // namespace

void QueryHandlers::close(detail::QueryBody& handler) noexcept {
  // Scopes nest, so it is nearly always the last one.
  const auto found = std::find(handlers_.rbegin(), handlers_.rend(), &handler);
  if (found != handlers_.rend()) handlers_.erase(std::next(found).base());
  if (asked_ && asked_->name == handler.name()) last_words_ = answer_of(handler, asked_->args);
}

detail::QueryBody* QueryHandlers::find(std::string_view name) const noexcept {
  const auto found = std::find_if(handlers_.rbegin(), handlers_.rend(),
                                  [&](const auto* handler) { return handler->name() == name; });
  return found == handlers_.rend() ? nullptr : *found;
}

Error QueryHandlers::unknown(std::string_view name) const {
  std::set<std::string_view> names;
  for (const auto* handler : handlers_) names.insert(handler->name());
  std::string message = "the workflow has no query \"" + std::string(name) + "\" now";
  if (names.empty()) return Error(Code::unknown_query, message + ", nor any other");
  message += "; it has:";
  for (const auto known : names) message += " \"" + std::string(known) + '"';
  return Error(Code::unknown_query, std::move(message));
}

Result<Payload> QueryHandlers::answer() {
  const auto asked = std::exchange(asked_, std::nullopt);
  auto last_words = std::exchange(last_words_, std::nullopt);
  if (!asked) return Error(Code::invalid_argument, "no query was asked");
  if (const auto* handler = find(asked->name)) return answer_of(*handler, asked->args);
  if (last_words) return std::move(*last_words);
  return unknown(asked->name);
}

}  // namespace reprise::replay
