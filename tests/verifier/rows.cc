#include "tests/verifier/rows.h"

#include <algorithm>

#include <fmt/format.h>

namespace reprise::verifier {

namespace {

/// What an open operation is called in a row.
unsigned op_kind(std::uint8_t opened_by) {
  switch (opened_by) {
    case step_scheduled: return 1;
    case timer_started: return 2;
    case signal_awaited: return 3;
    case child_scheduled: return 4;
    default: return 5;
  }
}

class RowCheck {
 public:
  RowCheck(const wire::InstanceState& row, const State& state, Blobs& blobs, Findings& findings)
      : row_(row),
        state_(state),
        blobs_(blobs),
        findings_(findings),
        place_(fmt::format("row {}", run_text(state.run))) {}

  void run() {
    if (Hash{row_.hash_low(), row_.hash_high()} != state_.hash) {
      findings_.add(Rule::history_hash, place_, "is not the hash of its history");
    }
    same("format", row_.format(), 1u);
    same("run", row_.run(), state_.run);
    same("id", view(row_.id()), std::string_view(state_.id));
    same("space", view(row_.space()), std::string_view(state_.space));
    same("workflow", row_.workflow(), state_.workflow);
    same("input_hash", row_.input_hash(), state_.input_hash);
    same("started", row_.started(), state_.started);
    same("time", row_.time(), state_.time);
    same("bytes", row_.bytes(), state_.bytes);
    same("ops", row_.ops(), state_.ops);
    same("closed", row_.closed(), state_.closed);
    same("paused", row_.paused(), state_.paused);
    same("parent", row_.parent(), state_.parent);
    same("parent_op", row_.parent_op(), state_.parent_op);
    same("on_parent_close", row_.on_parent_close(), state_.on_parent_close);
    same("depth", row_.depth(), state_.depth);
    same("cancel requested", row_.flags() & 1, state_.cancel_requested ? 1 : 0);
    same("more", row_.flags() & 2, state_.more ? 2 : 0);
    same("code started", row_.flags() & 4, state_.code_started ? 4 : 0);
    same("cut", row_.flags() & 16, state_.cut ? 16 : 0);
    same("unsettled", row_.flags() & 32, state_.unsettled ? 32 : 0);
    same("answered", row_.flags() & 64, state_.answered ? 64 : 0);
    same("detached", row_.flags() & 8, state_.detached ? 8 : 0);
    same("status", row_.status(), status_of(state_));
    open_ops();
    signals();
    outcome();
  }

 private:
  template <class A, class B>
  void same(std::string_view what, const A& said, const B& is) {
    if (said == static_cast<A>(is)) return;
    findings_.add(Rule::row, place_, fmt::format("{} is {}, the history says {}", what, said, is));
  }

  void open_ops() {
    same("open operations", size(row_.open()), state_.open.size());
    if (size(row_.open()) != state_.open.size()) return;
    auto next = state_.open.begin();
    for (flatbuffers::uoffset_t i = 0; i < size(row_.open()); ++i, ++next) {
      const wire::OpenOp& said = *row_.open()->Get(i);
      const OpenOp& is = next->second;
      same("an open operation", said.op(), next->first);
      same("kind", said.kind(), op_kind(is.kind));
      same("name", said.name(), is.name);
      same("site", said.site(), is.site);
      same("since", said.since(), is.since);
      same("due", said.due(), is.due);
      same("attempt", said.attempt(), is.attempt);
      same("failures", said.failures(), is.failures);
      if (is.crashes_known) same("crashes", said.crashes(), is.crashes);
      same("running", said.flags() & 1, is.running ? 1 : 0);
      same("handed over", said.flags() & 8, is.handed_over ? 8 : 0);
      if (is.crashes_known) same("forgiven", said.flags() & 16, is.forgiven ? 16 : 0);
      same("detached", said.flags() & 2, is.detached ? 2 : 0);
      same("shielded", said.flags() & 4, is.shielded ? 4 : 0);
      same("hash", said.hash(), is.hash);
      same("child", said.child(), is.child);
      same("space", view(said.space()), std::string_view(is.space));
      same("id", view(said.id()), std::string_view(is.id));
      same("on_parent_close", said.on_parent_close(), is.on_parent_close);
      // Of events that only a chunk holds nobody knows the epoch.
      if (is.epoch != 0) same("epoch of an attempt", said.attempt_epoch(), is.epoch);
      wire::StepOptionsT step;
      if (said.step() != nullptr) said.step()->UnPackTo(&step);
      step_options(step, is.step);
    }
  }

  void step_options(const wire::StepOptionsT& said, const wire::StepOptionsT& is) {
    same("timeout", said.timeout, is.timeout);
    same("total_timeout", said.total_timeout, is.total_timeout);
    same("attempts", said.attempts, is.attempts);
    same("backoff", said.backoff, is.backoff);
    same("backoff_factor", said.backoff_factor, is.backoff_factor);
    same("backoff_max", said.backoff_max, is.backoff_max);
    same("jitter", said.jitter, is.jitter);
    same("poison_after", said.poison_after, is.poison_after);
    same("runs_on", said.runs_on, is.runs_on);
    same("pure", said.pure, is.pure);
  }

  void signals() {
    const std::size_t many = size(row_.unread_names());
    if (many != size(row_.unread_seqs())) {
      return findings_.add(Rule::form, place_, "the two vectors of signals differ in length");
    }
    same("unread signals", many, state_.unread.size());
    for (flatbuffers::uoffset_t i = 0; many == state_.unread.size() && i < many; ++i) {
      same("name of a signal", row_.unread_names()->Get(i), state_.unread[i].first);
      same("seq of a signal", row_.unread_seqs()->Get(i), state_.unread[i].second);
    }
    const std::size_t kept = size(row_.signal_ids());
    same("ids of signals kept", kept, std::min(state_.signal_ids.size(), signal_ids_kept));
    same("ids of signals", kept + row_.signal_ids_dropped(), state_.signal_ids.size());
    if (kept + row_.signal_ids_dropped() != state_.signal_ids.size()) return;
    for (flatbuffers::uoffset_t i = 0; i < kept; ++i) {
      same("id of a signal", view(row_.signal_ids()->Get(i)),
           std::string_view(state_.signal_ids[state_.signal_ids.size() - kept + i]));
    }
  }

  void outcome() {
    same("outcome", row_.outcome(), state_.outcome);
    const auto plain = check_payload({row_.encoding(), row_.payload(), row_.packed()}, state_.run,
                                     blobs_, place_, findings_);
    if (plain && (*plain != state_.result || row_.encoding() != state_.result_encoding)) {
      findings_.add(Rule::row, place_, "the result is not the history's");
    }
    same("failure_code", row_.failure_code(), state_.failure_code);
    same("failure_type", view(row_.failure_type()), std::string_view(state_.failure_type));
    same("failure_message", view(row_.failure_message()), std::string_view(state_.failure_message));
    same("failure_retryable", row_.failure_retryable(), state_.failure_retryable);
  }

  const wire::InstanceState& row_;
  const State& state_;
  Blobs& blobs_;
  Findings& findings_;
  std::string place_;
};

}  // namespace

void check_row(const wire::InstanceState& row, const State& state, Blobs& blobs,
               Findings& findings) {
  RowCheck(row, state, blobs, findings).run();
}

}  // namespace reprise::verifier
