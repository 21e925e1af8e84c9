#include "tools/cli/sandbox.h"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace reprise::cli {
std::uint32_t Sandbox::intern(std::string_view text) {
  const auto id = names_.find(text);
  return id != 0 || text.empty() ? id : names_.add(text);
}

void Sandbox::append(const replay::Event& event) {
  std::string bytes;
  encoder_.encode(event, bytes);
  events_.append(bytes);
  fold(event, bytes);
}

void Sandbox::fold(const replay::Event& event, std::string_view bytes) {
  using replay::EventKind;
  // What only the next engine decides, once it finds a body open.
  const bool again =
      event.kind == EventKind::step_scheduled && event.attempt > 1 && event.number != 0;
  const bool poison = event.kind == EventKind::workflow_paused && event.op != 0;
  if (again || poison) ++epoch_;
  replay::apply_instance(state_, event, bytes, names_, epoch_);
}

Result<void> Sandbox::feed(Seq from) {
  std::vector<replay::HistoryEvent> events;
  for (Seq seq = from; seq <= events_.last(); ++seq) events.push_back({seq, events_.at(seq)});
  return code_->feed(events, names_);
}

Result<void> Sandbox::keep(Seq at) {
  const auto* entry = workflows_.find(recorded_.info.workflow);
  if (entry == nullptr) {
    return Error(Code::unregistered,
                 fmt::format("no workflow \"{}\" is registered here: use a program that has it",
                             recorded_.info.workflow));
  }
  state_.run = recorded_.info.run;
  for (Seq seq = 1; seq < at; ++seq) {
    const auto bytes = recorded_.events.at(seq);
    auto event = replay::decode(bytes);
    if (!event) return std::move(event).error();
    events_.append(bytes);
    fold(*event, bytes);
  }
  code_ = replay::make_coroutine_decider(workflows_, *entry, state_.run, {}, recorded_.unpack);
  auto fed = feed(1);
  if (fed && code_->mismatch()) {
    const auto& mismatch = *code_->mismatch();
    return Error(
        Code::mismatch,
        fmt::format("the code parts from the history at event {} ({}): fork there, or before",
                    mismatch.seq, mismatch.field));
  }
  return fed;
}

Result<void> Sandbox::arrive(replay::Event& event, std::string_view name) {
  if (!name.empty()) event.name = intern(name);
  append(event);
  if (!open()) return {};
  return feed(events_.last());
}

bool Sandbox::record(const detail::Command& command, Nanos time) {
  const auto name = intern(command.name);
  const auto site = intern(replay::site_text(command.site));
  auto event = replay::event_of(state_, command, name, site, time);
  if (const auto failure = replay::refused(state_, event, limits_)) {
    fail(*failure);
    return false;
  }
  replay::cut_payload(event, limits_);
  append(event);
  return true;
}

void Sandbox::fail(const Failure& failure) {
  auto event = replay::failed_by_limit(state_, failure);
  event.time = state_.time;
  append(event);
}

void Sandbox::end_if_full() {
  if (!open()) return;
  if (const auto failure = replay::refused(state_, limits_)) fail(*failure);
}

}  // namespace reprise::cli
