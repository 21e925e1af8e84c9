// A Driver for tests of the api room alone: it remembers commands, and completes what it is told.
//
// Invariants:
// - Completions queued with `record` are delivered one at a time inside ready(), as at replay;
//   `complete` delivers at once and goes on with the code, as when it is live.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <reprise/reprise.h>

namespace reprise::testing {

class FakeDriver final : public detail::Driver {
 public:
  struct Open {
    detail::Command command;
    std::shared_ptr<detail::StepBody> body;
    std::optional<detail::Outcome> outcome;
    bool taken = false;
    bool dropped = false;
  };

  FakeDriver() {
    static std::uint32_t generation = 0;
    execution_.generation = ++generation;
  }
  ~FakeDriver() override {
    detail::DriverScope nobody(nullptr);
    frame_.reset();
  }

  // What a test does.

  /// Makes the frames of `function` and runs them until they block.
  template <class R, class... A, class... B>
  void start(Workflow<R> (*function)(Context, A...), B&&... args) {
    Registry registry;
    registry.add("workflow", function);
    auto input = detail::encode_args<A...>(static_cast<const A&>(std::forward<B>(args))...).value();
    frame_ = registry.find("workflow")->make(execution_, input).value();
    detail::DriverScope scope(this);
    frame_->start();
  }
  /// Queues a completion, as read from history.
  void record(OpId op, detail::Outcome outcome) { recorded_.emplace_back(op, std::move(outcome)); }
  template <class T>
  void record_value(OpId op, const T& value) {
    record(op, detail::encode_value(value).value());
  }
  /// Delivers a completion and goes on with the code if it waited for that.
  void complete(OpId op, detail::Outcome outcome) {
    deliver(op, std::move(outcome));
    if (handle_ && satisfied(parked_, mode_)) {
      detail::DriverScope scope(this);
      std::exchange(handle_, nullptr).resume();
    }
  }
  template <class T>
  void complete_value(OpId op, const T& value) {
    complete(op, detail::encode_value(value).value());
  }
  void fire(OpId op) { complete(op, Payload{}); }
  void fail(OpId op, Code code, std::string message, std::string type = {}) {
    complete(op, Failure{static_cast<std::uint16_t>(code), std::move(type), std::move(message)});
  }
  /// Runs the step's body once and gives what it answered.
  [[nodiscard]] detail::Outcome run_body(OpId op) {
    std::stop_source stop;
    StepContext context(run_, op, 1, fmt::format("key-{}", op), stop.get_token());
    detail::DriverScope nobody(nullptr);
    return at(op).body->run(context);
  }
  /// Runs the step's body and completes the step with its answer.
  void run_step(OpId op) { complete(op, run_body(op)); }
  /// Answers the first open operation that is waited for: runs a step, fires a timer, gives
  /// `signal`. What was answered is in `history`. REQUIRES: waiting().
  void answer_next(const Payload& signal) {
    const auto is_open = [&](OpId op) { return !complete(op); };
    const OpId op = *std::find_if(parked_.begin(), parked_.end(), is_open);
    detail::Outcome outcome = Payload{};
    if (at(op).body) outcome = run_body(op);
    if (at(op).command.kind == detail::CommandKind::await_signal) outcome = signal;
    history.emplace_back(op, outcome);
    complete(op, std::move(outcome));
  }
  /// Destroys the frames where they are.
  void destroy() {
    detail::DriverScope nobody(nullptr);
    frame_.reset();
    handle_ = nullptr;
  }

  [[nodiscard]] Open& at(OpId op) { return open_.at(op - 1); }
  /// One line per command, in the order they were issued.
  [[nodiscard]] const std::vector<std::string>& trace() const noexcept { return trace_; }
  [[nodiscard]] bool waiting() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] std::size_t parks() const noexcept { return parks_; }
  [[nodiscard]] const std::optional<detail::Outcome>& finished() const noexcept {
    return finished_;
  }
  template <class T>
  [[nodiscard]] T result() const {
    const auto& payload = std::get<Payload>(finished_.value());
    return detail::decode_value<T>(payload.encoding, payload.bytes).value();
  }
  [[nodiscard]] const Failure& failure() const { return std::get<Failure>(finished_.value()); }

  Nanos time = 1'000;
  bool is_replaying = false;
  bool cancelling = false;
  int shields = 0;
  std::uint64_t next_draw = 0;
  std::map<const void*, std::string> names;
  std::vector<std::string> lines;
  std::vector<detail::QueryBody*> queries;
  std::vector<detail::WatchBody*> watches;
  std::optional<Error> undecodable_error;
  std::vector<std::pair<OpId, detail::Outcome>> history;
  /// If set, every operation is complete at once with this, and none is remembered.
  std::optional<Payload> instant;

  // What workflow code does.

  [[nodiscard]] detail::ExecutionId execution() const noexcept override { return execution_; }
  OpId issue(detail::Command&& command, std::shared_ptr<detail::StepBody> body) override {
    if (instant) return 1;
    open_.push_back({std::move(command), std::move(body), {}});
    const auto op = static_cast<OpId>(open_.size());
    auto& opened = open_.back().command;
    opened.op = op;
    trace_.push_back(fmt::format("{} {}{}", op, describe(opened), opened.name));
    return op;
  }
  bool ready(std::span<const OpId> ops, detail::WaitFor mode) override {
    while (!satisfied(ops, mode) && !recorded_.empty()) {
      auto [op, outcome] = std::move(recorded_.front());
      recorded_.pop_front();
      deliver(op, std::move(outcome));
    }
    return satisfied(ops, mode);
  }
  void park(std::span<const OpId> ops, detail::WaitFor mode,
            std::coroutine_handle<> handle) override {
    if (handle_) throw std::logic_error("an execution waits at one place at a time");
    parked_ = ops;
    mode_ = mode;
    handle_ = handle;
    ++parks_;
  }
  [[nodiscard]] bool complete(OpId op) const noexcept override {
    return instant || open_[op - 1].outcome.has_value();
  }
  detail::Outcome take(OpId op) override {
    if (instant) return *instant;
    if (at(op).taken) throw std::logic_error("taken twice");
    at(op).taken = true;
    return *std::move(at(op).outcome);
  }
  void drop(OpId op, detail::Site /*site*/) noexcept override {
    if (finished_ || instant) return;
    at(op).dropped = true;
    if (complete(op) || at(op).command.kind == detail::CommandKind::send_signal) return;
    trace_.push_back(fmt::format("cancel {}", op));
  }
  void finish(detail::Outcome outcome) noexcept override { finished_ = std::move(outcome); }
  [[nodiscard]] Nanos now() const noexcept override { return time; }
  std::uint64_t draw() noexcept override { return next_draw++; }
  [[nodiscard]] bool replaying() const noexcept override { return is_replaying; }
  std::int32_t version(std::string_view change, std::int32_t /*min*/, std::int32_t max,
                       detail::Site /*site*/) override {
    trace_.push_back(fmt::format("version {}", change));
    return max;
  }
  void shield(int change) noexcept override { shields += change; }
  [[nodiscard]] bool cancel_requested() const noexcept override { return cancelling; }
  void undecodable(OpId /*op*/, const Error& error) noexcept override { undecodable_error = error; }
  void open_query(detail::QueryBody& handler) override { queries.push_back(&handler); }
  void close_query(detail::QueryBody& handler) noexcept override { std::erase(queries, &handler); }
  void open_watch(detail::WatchBody& watch) override { watches.push_back(&watch); }
  void close_watch(detail::WatchBody& watch) noexcept override { std::erase(watches, &watch); }
  [[nodiscard]] std::string_view workflow_name(const void* function) const noexcept override {
    const auto found = names.find(function);
    return found == names.end() ? std::string_view() : found->second;
  }
  void log(LogLevel /*level*/, std::string_view line, detail::Site /*site*/) noexcept override {
    lines.emplace_back(line);
  }
  [[nodiscard]] RunId run() const noexcept override { return run_; }
  [[nodiscard]] const InstanceKey& key() const noexcept override { return key_; }

 private:
  static std::string_view describe(const detail::Command& command) {
    switch (command.kind) {
      case detail::CommandKind::schedule_step: return "step ";
      case detail::CommandKind::start_timer: return "timer";
      case detail::CommandKind::await_signal: return "signal ";
      case detail::CommandKind::start_child: return "child ";
      case detail::CommandKind::send_signal: return "send ";
      default: return "? ";
    }
  }
  void deliver(OpId op, detail::Outcome outcome) { at(op).outcome = std::move(outcome); }
  [[nodiscard]] bool satisfied(std::span<const OpId> ops, detail::WaitFor mode) const noexcept {
    for (const OpId op : ops) {
      if (complete(op) != (mode == detail::WaitFor::all)) return mode == detail::WaitFor::any;
    }
    return mode == detail::WaitFor::all;
  }

  detail::ExecutionId execution_;
  RunId run_ = RunId::make(3, 7);
  InstanceKey key_{"shop", "order-42"};
  std::vector<Open> open_;
  std::vector<std::string> trace_;
  std::deque<std::pair<OpId, detail::Outcome>> recorded_;
  std::span<const OpId> parked_;
  detail::WaitFor mode_ = detail::WaitFor::all;
  std::coroutine_handle<> handle_;
  std::size_t parks_ = 0;
  std::optional<detail::Outcome> finished_;
  std::unique_ptr<detail::Frame> frame_;
};

}  // namespace reprise::testing
