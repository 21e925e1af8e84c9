#include <atomic>
#include <map>
#include <deque>
#include <fmt/format.h>
#include <reprise/assert.h>
#include "replay/decider.h"
#include "replay/signal_box.h"
namespace reprise::replay {
namespace {
using namespace detail;
std::atomic<std::uint32_t> next_exec{1};
struct Op { CommandKind kind; std::string name; bool done = false; Outcome outcome; std::shared_ptr<StepBody> body; };
class D final : public Decider, public Driver {
 public:
  D(const WorkflowEntry& e, RunId r) : entry_(e), run_(r) { id_.slot = next_exec++; }
  ~D() override { DriverScope none(nullptr); frame_.reset(); }
  Result<void> feed(std::vector<HistoryEvent> events, const Names& names) override {
    events_ = std::move(events); at_ = 0; names_ = &names;
    while (at_ < events_.size() && !mismatch_) if (auto r = deliver_next(); !r) return r;
    return {};
  }
  std::vector<Command> take_commands() override {
    std::vector<Command> out; for (auto& c : queue_) out.push_back(std::move(c)); queue_.clear();
    fed_ += out.size(); return out;
  }
  std::shared_ptr<StepBody> body(OpId op) const override { auto it = ops_.find(op); return it == ops_.end() ? nullptr : it->second.body; }
  const std::optional<Mismatch>& mismatch() const noexcept override { return mismatch_; }
  Seq fed() const noexcept override { return fed_; }
  // Driver
  ExecutionId execution() const noexcept override { return id_; }
  OpId issue(Command&& c, std::shared_ptr<StepBody> body) override {
    if (finished_) return 0;
    const bool opens = c.kind != CommandKind::cancel_operation && c.kind != CommandKind::choose_version;
    if (opens) {
      c.op = ++last_;
      Op& op = ops_[c.op]; op.kind = c.kind; op.name = c.name; op.body = body;
      if (cancel_ && shield_ == 0) { op.done = true; op.outcome = Failure{static_cast<std::uint16_t>(Code::operation_cancelled), "", "cancelled", false}; return c.op; }
      if (c.kind == CommandKind::await_signal) {
        if (auto s = box_.await(c.name, c.op)) complete_op(c.op, std::move(*s));
      }
    }
    const OpId id = c.op;
    c.draws = draws_; draws_ = 0;
    queue_.push_back(std::move(c));
    return id;
  }
  bool ready(std::span<const OpId> ops, WaitFor mode) override {
    for (;;) {
      if (satisfied(ops, mode)) return true;
      if (at_ >= events_.size() || mismatch_ || !failure_.ok()) return false;
      auto r = deliver_event(); if (!r) { failure_ = r; return false; }
    }
  }
  void park(std::span<const OpId> ops, WaitFor mode, std::coroutine_handle<> h) override {
    wait_ops_ = ops; mode_ = mode; handle_ = h;
    maybe_cancel_wait();
  }
  bool complete(OpId op) const noexcept override { auto it = ops_.find(op); return it != ops_.end() && it->second.done; }
  Outcome take(OpId op) override { auto it = ops_.find(op); Outcome o = std::move(it->second.outcome); ops_.erase(it); return o; }
  void drop(OpId op, Site site) noexcept override {
    if (finished_) return; auto it = ops_.find(op); if (it == ops_.end()) return;
    if (!it->second.done) cancel_op(op, site);
    ops_.erase(op);
  }
  void finish(Outcome o) noexcept override {
    Command c;
    if (auto* p = std::get_if<Payload>(&o)) { c.kind = CommandKind::complete_workflow; c.payload = *p; }
    else { c.failure = std::get<Failure>(o); c.kind = c.failure.code == static_cast<std::uint16_t>(Code::operation_cancelled) && cancel_ ? CommandKind::cancel_workflow : CommandKind::fail_workflow; }
    c.draws = draws_; queue_.push_back(std::move(c)); finished_ = true;
  }
  Nanos now() const noexcept override { return now_; }
  std::uint64_t draw() noexcept override { ++draws_; std::uint64_t z = (seed_ += 0x9E3779B97F4A7C15ULL); z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL; z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL; return z ^ (z >> 31); }
  bool replaying() const noexcept override { return at_ < events_.size(); }
  std::int32_t version(std::string_view, std::int32_t, std::int32_t max, Site) override { return max; }
  void shield(int c) noexcept override { shield_ += c; }
  bool cancel_requested() const noexcept override { return cancel_; }
  RunId run() const noexcept override { return run_; }
  const InstanceKey& key() const noexcept override { return key_; }
  std::string_view workflow_name(const void* f) const noexcept override;
 private:
  bool satisfied(std::span<const OpId> ops, WaitFor mode) {
    for (OpId op : ops) { const bool d = complete(op); if (mode == WaitFor::any && d) return true; if (mode == WaitFor::all && !d) return false; }
    return mode == WaitFor::all;
  }
  void complete_op(OpId op, Outcome o) { auto it = ops_.find(op); if (it == ops_.end() || it->second.done) return; it->second.done = true; it->second.outcome = std::move(o); }
  void cancel_op(OpId op, Site site) {
    auto& o = ops_[op]; if (o.kind == CommandKind::await_signal) box_.cancel(op);
    Command c; c.kind = CommandKind::cancel_operation; c.op = op; c.site = site; queue_.push_back(std::move(c));
  }
  void maybe_cancel_wait() {
    if (!cancel_ || shield_ != 0) return;
    for (OpId op : wait_ops_) { if (complete(op)) continue; auto& o = ops_[op]; if (o.kind == CommandKind::schedule_step) continue;
      cancel_op(op, {}); complete_op(op, Failure{static_cast<std::uint16_t>(Code::operation_cancelled), "", "cancelled", false}); }
  }
  Result<void> deliver_next() {
    if (auto r = deliver_event(); !r) return r;
    DriverScope scope(this);
    if (start_) { start_ = false; frame_->start(); }
    else if (handle_ && satisfied(wait_ops_, mode_)) { auto h = handle_; handle_ = nullptr; h.resume(); }
    return failure_;
  }
  Result<void> deliver_event() {
    const HistoryEvent he = events_[at_++]; fed_ = he.seq;
    auto ev = decode(he.bytes); if (!ev) return std::move(ev).error();
    const Event& e = *ev;
    if (is_command_event(e)) {
      if (queue_.empty()) { mismatch_ = Mismatch{he.seq, std::string(name_of(e.kind)), "nothing", "missing", "", ""}; return {}; }
      const Command& c = queue_.front();
      if (c.op != e.op && e.kind != EventKind::workflow_completed && e.kind != EventKind::workflow_failed) { mismatch_ = Mismatch{he.seq, std::string(name_of(e.kind)), c.name, "order", "", ""}; return {}; }
      queue_.pop_front(); now_ = std::max(now_, e.time); return {};
    }
    now_ = std::max(now_, e.time);
    switch (e.kind) {
      case EventKind::workflow_started: {
        seed_ = e.seed; key_ = {std::string(e.space), std::string(e.id)};
        auto f = entry_.make(id_, e.owned_payload()); if (!f) return std::move(f).error(); frame_ = std::move(*f); start_ = true; break; }
      case EventKind::step_completed: case EventKind::child_completed: case EventKind::signal_delivered: case EventKind::child_start_failed:
        complete_op(e.op, e.owned_outcome()); break;
      case EventKind::timer_fired: complete_op(e.op, Payload{}); break;
      case EventKind::signal_received: { Outcome o = e.owned_payload(); if (auto op = box_.receive(std::string(names_->text(e.name)), o)) complete_op(*op, std::move(o)); break; }
      case EventKind::cancel_requested: cancel_ = true; maybe_cancel_wait(); break;
      default: break;
    }
    return {};
  }
  const WorkflowEntry& entry_; RunId run_; ExecutionId id_; InstanceKey key_;
  std::vector<HistoryEvent> events_; std::size_t at_ = 0; const Names* names_ = nullptr; Seq fed_ = 0;
  std::map<OpId, Op> ops_; OpId last_ = 0; std::deque<Command> queue_; SignalBox<std::string, Outcome> box_;
  std::optional<Mismatch> mismatch_; Result<void> failure_;
  std::unique_ptr<Frame> frame_; bool start_ = false, finished_ = false, cancel_ = false; int shield_ = 0;
  std::span<const OpId> wait_ops_; WaitFor mode_ = WaitFor::all; std::coroutine_handle<> handle_;
  Nanos now_ = 0; std::uint64_t seed_ = 0, draws_ = 0;
};
std::string_view D::workflow_name(const void*) const noexcept { return "audit_package"; }
}
std::string describe(const Mismatch& m) { return fmt::format("mismatch at seq {}: expected {}, issued {} ({})", m.seq, m.expected, m.issued, m.field); }
std::unique_ptr<Decider> make_coroutine_decider(const detail::WorkflowEntry& e, RunId r) { return std::make_unique<D>(e, r); }
}
