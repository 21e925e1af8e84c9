// One run's history, told by what arrives; the code under test answers with commands.
//
//   Story story;
//   story.start(fulfil, order);
//   CHECK(story.issued() == "step charge #1");
//   story.step_done(1, receipt);
//   CHECK(story.issued() == "signal shipped #2");
//
// Works as the runtime does, without one: an arrival is recorded and fed, commands are taken and
// recorded. After each arrival a fresh decider is fed the whole history and must issue the same.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <reprise/reprise.h>

#include "replay/decider.h"
#include "replay/instance_state.h"
#include "replay/rules.h"

namespace reprise::testing {

inline std::string to_text(const detail::Command& command) {
  using Kind = detail::CommandKind;
  switch (command.kind) {
    case Kind::schedule_step: return fmt::format("step {} #{}", command.name, command.op);
    case Kind::start_timer:
      return fmt::format("timer {}{} #{}", command.due_after ? "+" : "", command.due, command.op);
    case Kind::await_signal: return fmt::format("signal {} #{}", command.name, command.op);
    case Kind::start_child:
      return fmt::format("child {} {} #{}", command.name, command.target.id, command.op);
    case Kind::send_signal:
      return fmt::format("send {} to {} #{}", command.name, command.target.id, command.op);
    case Kind::cancel_operation: return fmt::format("cancel #{}", command.op);
    case Kind::choose_version: return fmt::format("version {}={}", command.name, command.version);
    case Kind::complete_workflow: return fmt::format("complete {}", command.payload.bytes);
    case Kind::fail_workflow: return fmt::format("fail {}", command.failure.message);
    case Kind::cancel_workflow: return "cancelled";
  }
  return "?";
}

inline std::string to_text(const std::vector<detail::Command>& commands) {
  std::string text;
  for (const auto& command : commands) text += (text.empty() ? "" : ", ") + to_text(command);
  return text;
}

class Story {
 public:
  Story() { state_.run = RunId::make(0, 1); }

  /// Workflows that may be children; `start` adds its own.
  template <class R, class... A>
  Story& knows(std::string name, Workflow<R> (*function)(Context, A...)) {
    known_.add(std::move(name), function);
    return *this;
  }

  template <class R, class... A, class... B>
  Story& start(Workflow<R> (*function)(Context, A...), B&&... args) {
    registry_ = std::make_unique<Registry>(known_);
    registry_->add("workflow", function);
    workflow_ = "workflow";
    const auto input =
        detail::encode_args<A...>(static_cast<const A&>(std::forward<B>(args))...).value();
    Event event = arrival(EventKind::workflow_started);
    event.name = intern("workflow");
    event.id = "the-id";
    event.seed = 42;
    event.encoding = input.encoding;
    event.payload = input.bytes;
    make_live();
    return arrive(event);
  }

  // What arrives. Times advance by one per arrival, from 1000.

  template <class T>
  Story& step_done(OpId op, const T& value) {
    return outcome(EventKind::step_completed, op, detail::encode_value(value).value());
  }
  Story& step_done(OpId op) { return outcome(EventKind::step_completed, op, Payload{}); }
  Story& step_failed(OpId op, std::string message, Code code = Code::step_failed) {
    return outcome(EventKind::step_completed, op, failure(code, std::move(message)));
  }
  Story& attempt_failed(OpId op, Nanos retry_at) {
    Event event = arrival(EventKind::step_attempt_failed, op);
    event.attempt = state_.open.at(op).attempt;
    event.due = retry_at;
    return arrive(event);
  }
  Story& retried(OpId op) {
    Event event = arrival(EventKind::step_scheduled, op);
    event.attempt = state_.open.at(op).attempt + 1;
    return arrive(event);
  }
  Story& fired(OpId op) { return arrive(arrival(EventKind::timer_fired, op)); }
  template <class T>
  Story& signalled(std::string_view name, const T& value, std::string_view id = {}) {
    const auto payload = detail::encode_value(value).value();
    Event event = arrival(EventKind::signal_received);
    event.name = intern(name);
    event.text = id;
    event.encoding = payload.encoding;
    event.payload = payload.bytes;
    return arrive(event);
  }
  Story& child_started(OpId op) { return arrive(arrival(EventKind::child_started, op)); }
  template <class T>
  Story& child_done(OpId op, const T& value) {
    return outcome(EventKind::child_completed, op, detail::encode_value(value).value());
  }
  Story& child_failed(OpId op, std::string message) {
    return outcome(EventKind::child_completed, op, failure(Code::workflow_failed, message));
  }
  Story& child_refused(OpId op, Code code) {
    return outcome(EventKind::child_start_failed, op, failure(code, "refused"));
  }
  Story& delivered(OpId op) { return outcome(EventKind::signal_delivered, op, Payload{}); }
  Story& undelivered(OpId op, Code code) {
    return outcome(EventKind::signal_delivered, op, failure(code, "refused"));
  }
  Story& cancel() { return arrive(arrival(EventKind::cancel_requested)); }
  Story& terminate() { return arrive(arrival(EventKind::workflow_terminated)); }
  Story& pause() {
    Event event = arrival(EventKind::workflow_paused);
    event.number = static_cast<std::uint64_t>(PauseReason::user);
    return arrive(event);
  }
  Story& resume() { return arrive(arrival(EventKind::workflow_resumed)); }

  /// From now on arrivals are recorded and the code does not run, as under a volatile pause.
  Story& code_is_gone() {
    live_.reset();
    return *this;
  }
  /// The code runs again, from history.
  Story& code_is_back() {
    make_live();
    feed_all(*live_);
    take();
    return *this;
  }
  /// Ends the record here: only `count` of the commands just issued are in it, and the process is
  /// gone. The last of them carries `more`.
  Story& cut_off_after(std::size_t count) {
    cut_after_ = count;
    return *this;
  }

  // What came of it.

  /// Commands issued since the last arrival.
  [[nodiscard]] const std::string& issued() const { return issued_; }
  [[nodiscard]] const replay::InstanceState& state() const { return state_; }
  [[nodiscard]] const std::vector<std::string>& history() const { return history_; }
  [[nodiscard]] const replay::Names& names() const { return names_; }
  [[nodiscard]] replay::Decider& decider() { return *live_; }
  [[nodiscard]] const Error* error() const { return error_ ? &*error_ : nullptr; }
  /// Kinds of the events so far, in order.
  [[nodiscard]] std::string events() const {
    std::string text;
    for (const auto& bytes : history_) {
      text += (text.empty() ? "" : " ") + std::string(name_of(replay::kind_of(bytes)));
    }
    return text;
  }

  /// A fresh decider of the workflow's own code, fed nothing.
  [[nodiscard]] std::unique_ptr<replay::Decider> fresh() const {
    return replay::make_coroutine_decider(*registry_, *registry_->find(std::string_view(workflow_)),
                                          state_.run);
  }
  /// Events `from`…`to` (0-based, `to` excluded) as they are fed.
  [[nodiscard]] std::vector<replay::HistoryEvent> slice(std::size_t from, std::size_t to) const {
    std::vector<replay::HistoryEvent> events;
    for (std::size_t i = from; i < to; ++i) events.push_back({i + 1, history_[i]});
    return events;
  }
  /// Replays this history over other code; its input must be the same.
  template <class R, class... A>
  std::optional<replay::Mismatch> replay_with(Workflow<R> (*other)(Context, A...)) {
    auto decider = decider_of(other);
    const auto fed = decider->feed(slice(0, history_.size()), names_);
    REQUIRE(fed.ok());
    if (decider->mismatch()) CHECK(decider->take_commands().empty());
    return decider->mismatch();
  }
  /// The same of what it watches.
  template <class R, class... A>
  std::optional<replay::Mismatch> state_with(Workflow<R> (*other)(Context, A...)) {
    auto decider = decider_of(other);
    REQUIRE(decider->feed(slice(0, history_.size()), names_).ok());
    CHECK(!decider->mismatch());
    CHECK(decider->fed() == history_.size());
    return decider->state_difference();
  }
  /// Changes the code, as a new build would, and runs it from history.
  template <class R, class... A>
  Story& new_code(Workflow<R> (*other)(Context, A...)) {
    live_ = decider_of(other);
    feed_all(*live_);
    take();
    return *this;
  }

 private:
  using Event = replay::Event;
  using EventKind = replay::EventKind;
  using InstanceState = replay::InstanceState;
  using PauseReason = replay::PauseReason;

  static Failure failure(Code code, std::string message) {
    return Failure{static_cast<std::uint16_t>(code), "", std::move(message), false};
  }

  Event arrival(EventKind kind, OpId op = 0) {
    Event event;
    event.kind = kind;
    event.op = op;
    event.time = ++time_;
    if (kind == EventKind::step_completed) event.attempt = 1;
    return event;
  }
  Story& outcome(EventKind kind, OpId op, detail::Outcome outcome) {
    Event event = arrival(kind, op);
    event.set_outcome(outcome);
    return arrive(event);
  }
  template <class R, class... A>
  std::unique_ptr<replay::Decider> decider_of(Workflow<R> (*other)(Context, A...)) {
    auto& registry = others_.emplace_back(known_);
    registry.add("workflow", other);
    return replay::make_coroutine_decider(registry, *registry.find("workflow"), state_.run);
  }

  std::uint32_t intern(std::string_view text) {
    if (text.empty()) return 0;
    const auto id = names_.find(text);
    return id != 0 ? id : names_.add(text);
  }
  void record(const Event& event) {
    auto& bytes = history_.emplace_back();
    encoder_.encode(event, bytes);
    apply_instance(state_, event, bytes, names_, 1);
  }
  void make_live() { live_ = fresh(); }
  void feed_all(replay::Decider& decider) {
    const auto fed = decider.feed(slice(0, history_.size()), names_);
    error_.reset();
    if (!fed) error_ = fed.error();
  }

  Story& arrive(const Event& event) {
    issued_.clear();
    if (live_ == nullptr && replay::needs_cut(state_)) {
      record(arrival(EventKind::activation_cut));
    }
    record(event);
    if (live_ == nullptr) return *this;
    const auto fed = live_->feed(slice(history_.size() - 1, history_.size()), names_);
    error_.reset();
    if (!fed) error_ = fed.error();
    take();
    return *this;
  }

  void take() {
    const auto commands = live_->take_commands();
    issued_ = to_text(commands);
    std::size_t recorded = 0;
    for (const auto& command : commands) {
      if (cut_after_ && recorded == *cut_after_) break;
      // One after the other: compilers differ in which argument they evaluate first.
      const auto name = intern(command.name);
      const auto site = intern(replay::site_text(command.site));
      auto event = event_of(state_, command, name, site, time_);
      event.more = cut_after_ && ++recorded == *cut_after_;
      record(event);
    }
    if (std::exchange(cut_after_, std::nullopt)) {
      live_.reset();
    } else if (!error_ && !live_->mismatch()) {
      check_replay();
    }
  }

  /// The journal alone leads a fresh decider to where the live one is.
  void check_replay() {
    if (!others_.empty()) return;  // Other code: the test says what it does.
    auto decider = fresh();
    REQUIRE(decider->feed(slice(0, history_.size()), names_).ok());
    if (decider->mismatch()) FAIL(replay::describe(*decider->mismatch()));
    if (decider->state_difference()) FAIL(replay::describe(*decider->state_difference()));
    CHECK(to_text(decider->take_commands()) == "");
    CHECK(decider->fed() == history_.size());
    CHECK(live_->fed() == history_.size());
    for (const auto& [op, open] : state_.open) {
      if (open.kind == replay::OpKind::step) CHECK(decider->body(op) != nullptr);
    }
  }

  Registry known_;
  std::unique_ptr<Registry> registry_;  // Deciders refer to it: it stays when a story moves.
  std::deque<Registry> others_;
  std::string workflow_;
  replay::Names names_;
  replay::EventEncoder encoder_;
  InstanceState state_;
  std::vector<std::string> history_;
  std::unique_ptr<replay::Decider> live_;
  std::optional<Error> error_;
  std::optional<std::size_t> cut_after_;
  std::string issued_;
  Nanos time_ = 1000;
};

}  // namespace reprise::testing
