// The decider whose workflow is a C++ coroutine: delivers events to it, matches its commands.
//
// Invariants:
// - Code runs only inside feed(). Delivering an event changes operations and runs nothing, so a
//   wait can pull the next events itself (ready) and a long replay neither suspends nor recurses.
// - Commands not matched with history stand in `queue_`, in order. When the code blocks and the
// next
//   recorded event is an arrival, the queue is empty, or code and history disagree.
// - Held: what is recorded while the run is paused, or after an activation_cut (the code could not
//   run), is delivered later: at workflow_resumed, or before the next recorded command or the end.
#pragma once

#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/detail/driver.h>

#include "replay/command_queue.h"
#include "replay/cursor.h"
#include "replay/decider.h"
#include "replay/op_table.h"
#include "replay/query_handlers.h"
#include "replay/signal_box.h"
#include "replay/watches.h"

namespace reprise::replay {

class CoroutineDecider final : public Decider, private detail::Driver {
 public:
  CoroutineDecider(const Registry& workflows, const detail::WorkflowEntry& entry, RunId run,
                   LogSink log, Unpack unpack, Matched matched, Taking taking);
  ~CoroutineDecider() override;
  CoroutineDecider(const CoroutineDecider&) = delete;
  CoroutineDecider& operator=(const CoroutineDecider&) = delete;

  Result<void> feed(std::span<const HistoryEvent> events, const Names& names) override;
  using Decider::take_commands;
  void take_commands(std::vector<detail::Command>& commands) override;
  void ask(Query query) override { queries_.ask(std::move(query)); }
  Result<Payload> answer() override { return queries_.answer(); }
  [[nodiscard]] std::shared_ptr<detail::StepBody> body(OpId op) const override;
  [[nodiscard]] const std::optional<Mismatch>& mismatch() const noexcept override {
    return mismatch_;
  }
  [[nodiscard]] const std::optional<Mismatch>& state_difference() const noexcept override {
    return state_difference_;
  }
  [[nodiscard]] Seq fed() const noexcept override { return fed_; }

 private:
  using Ops = std::span<const OpId>;

  // Driver: what workflow code calls.
  [[nodiscard]] detail::ExecutionId execution() const noexcept override { return execution_; }
  OpId issue(detail::Command&& command, std::shared_ptr<detail::StepBody> body) override;
  bool ready(Ops ops, detail::WaitFor mode) override;
  void park(Ops ops, detail::WaitFor mode, std::coroutine_handle<> handle) override;
  [[nodiscard]] bool complete(OpId op) const noexcept override;
  detail::Outcome take(OpId op) override;
  void drop(OpId op, detail::Site site) noexcept override;
  void finish(detail::Outcome outcome) noexcept override;
  [[nodiscard]] Nanos now() const noexcept override { return now_; }
  std::uint64_t draw() noexcept override;
  [[nodiscard]] bool replaying() const noexcept override;
  std::int32_t version(std::string_view change, std::int32_t min, std::int32_t max,
                       detail::Site site) override;
  void shield(int change) noexcept override { shield_ += change; }
  [[nodiscard]] bool cancel_requested() const noexcept override { return cancel_; }
  void open_query(detail::QueryBody& handler) override { queries_.open(handler); }
  void close_query(detail::QueryBody& handler) noexcept override { queries_.close(handler); }
  void open_watch(detail::WatchBody& watch) override { watches_.open(watch); }
  void close_watch(detail::WatchBody& watch) noexcept override { watches_.close(watch); }
  void undecodable(OpId op, const Error& error) noexcept override;
  [[nodiscard]] std::string_view workflow_name(const void* function) const noexcept override;
  void log(LogLevel level, std::string_view line, detail::Site site) noexcept override;
  [[nodiscard]] RunId run() const noexcept override { return run_; }
  [[nodiscard]] const InstanceKey& key() const noexcept override { return key_; }

  // Moving through history. Each returns false, or does nothing, once `stopped()`.
  [[nodiscard]] bool stopped() const noexcept {
    return mismatch_.has_value() || error_.has_value() || terminated_;
  }
  bool advance();
  bool take_arrival(const Event& event);
  bool look();
  void match_queue();
  void tell_taking(const detail::Command* command);
  void match(const detail::Command& command);
  void record(detail::Command&& command);
  bool release_held();
  void disagree(const detail::Command* command, const char* field);
  void look_at_state(const detail::Command& command, const Event& event);
  std::int32_t version_after_cut(std::string_view change, std::int32_t min, std::int32_t max,
                                 detail::Command&& command);

  // Delivering.
  void deliver(const Event& event);
  void begin(const Event& event);
  void complete(OpId op, detail::Outcome outcome);
  Payload payload_of(const Event& event);
  void set_running(OpId op, bool running);
  void on_answer(const Event& event);
  void on_signal(const Event& event);
  void run_code();
  /// `complete_to`: as many of `ops` are known to be complete, from the first on. What is complete
  /// stays so: of thousands each is looked at once.
  [[nodiscard]] bool satisfied(Ops ops, detail::WaitFor mode,
                               std::size_t& complete_to) const noexcept;
  void show_cancel(Ops ops);

  struct Held {
    Seq seq;
    std::string bytes;
  };

  const Registry& workflows_;
  const detail::WorkflowEntry& entry_;
  const RunId run_;
  const LogSink log_;
  const Unpack unpack_;
  const Matched matched_;
  const Taking taking_;
  const detail::ExecutionId execution_;
  InstanceKey key_;
  std::uint64_t seed_ = 0;

  Cursor cursor_;
  Seq fed_ = 0;
  Nanos now_ = 0;
  std::uint64_t draws_ = 0;
  OpTable ops_;
  SignalBox<std::string, Payload> signals_;
  std::map<std::string, std::int32_t, std::less<>> versions_;
  QueryHandlers queries_;
  Watches watches_;
  CommandQueue queue_;
  std::list<Held> held_;
  bool paused_ = false;
  bool cut_ = false;
  bool cancel_ = false;
  bool finished_ = false;
  bool terminated_ = false;
  int shield_ = 0;
  std::optional<Mismatch> mismatch_;
  std::optional<Mismatch> state_difference_;
  std::optional<Error> error_;

  bool start_ = false;  // The frame is made and has not run.
  Ops waiting_;
  std::size_t complete_to_ = 0;  // Of waiting_.
  detail::WaitFor mode_ = detail::WaitFor::all;
  std::coroutine_handle<> handle_;
  std::unique_ptr<detail::Frame> frame_;
};

}  // namespace reprise::replay
