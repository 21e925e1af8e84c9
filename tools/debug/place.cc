#include "tools/debug/place.h"

#include <utility>

#include "replay/event.h"

#include <fmt/format.h>

namespace reprise::debug {
namespace {

void set_site(Arrival& arrival, const detail::Site& site) {
  if (site.file != nullptr) arrival.file = site.file;
  arrival.line = site.line;
}

}  // namespace

void Places::pass(const replay::Rerun::Place& at) {
  if (at.issued == nullptr) return;
  last_ = at.issued->site;
  const OpId op = at.issued->op;
  if (op == 0 || at.issued->kind == detail::CommandKind::cancel_operation) return;
  // Ids are dense; but for what was begun and ended unrecorded, behind a cancel.
  if (op > recording_.events.size()) return;
  if (sites_.size() <= op) sites_.resize(op + 1);
  sites_[op] = at.issued->site;
}

detail::Site Places::site_of(OpId op) const { return op < sites_.size() ? sites_[op] : last_; }

Arrival Places::at(const replay::Rerun::Place& at) const {
  Arrival arrival;
  arrival.next = at.next;
  arrival.state = at.code.state_difference();
  if (at.issued != nullptr) {
    arrival.issued = replay::describe(*at.issued);
    set_site(arrival, at.issued->site);
    return arrival;
  }
  const auto event = replay::decode(recording_.events[at.next - 1].bytes);
  set_site(arrival, event && event->op != 0 ? site_of(event->op) : last_);
  return arrival;
}

Arrival Places::end(replay::Rerun& rerun) {
  ended_ = true;
  Arrival arrival;
  arrival.mismatch = rerun.code().mismatch();
  arrival.state = rerun.code().state_difference();
  arrival.next = rerun.at() + 1;
  set_site(arrival, last_);
  if (rerun.error()) arrival.error = rerun.error()->message();
  if (!arrival.stuck()) {
    for (const auto& command : rerun.ahead()) arrival.ahead.push_back(replay::describe(command));
  }
  return arrival;
}

Result<std::string> ask(replay::Decider* code, std::string_view query, std::string_view arguments) {
  if (code == nullptr) return Error(Code::unknown_query, "there is no code that runs");
  code->ask({std::string(query), {Encoding::json, std::string(arguments)}});
  auto answer = code->answer();
  if (!answer) return std::move(answer).error();
  if (answer->encoding == Encoding::json) return std::move(answer->bytes);
  return fmt::format("{} bytes that are no JSON", answer->bytes.size());
}

}  // namespace reprise::debug
