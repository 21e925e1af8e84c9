// One run alone, in memory: its history so far, the fold over it and its code.
//
// Works as the runtime does, without one: what arrives is recorded and fed, what the code issues is
// taken and recorded.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <reprise/registry.h>
#include <reprise/result.h>

#include "replay/decider.h"
#include "replay/instance_state.h"
#include "replay/rules.h"
#include "runtime/history_buffer.h"
#include "runtime/reader.h"

namespace reprise::cli {

class Sandbox {
 public:
  /// `recorded` and `workflows` outlive it.
  Sandbox(const runtime::Recorded& recorded, const Registry& workflows)
      : recorded_(recorded), workflows_(workflows), names_(*recorded.names) {}

  /// Keeps the events before `at` and tells them to the code. Errors: unregistered, mismatch, and
  /// those of decoding and feeding.
  Result<void> keep(Seq at);

  /// Records an event that no code has issued, with `name` if there is one, and tells it to the
  /// code. Errors: undecodable.
  Result<void> arrive(replay::Event& event, std::string_view name = {});
  /// What the code has issued since; each is to be recorded, in order.
  [[nodiscard]] std::vector<detail::Command> take() { return code_->take_commands(); }
  /// False if the run ends on a limit instead.
  bool record(const detail::Command& command, Nanos time);
  /// Ends the run if its history has no room left.
  void end_if_full();

  [[nodiscard]] std::shared_ptr<detail::StepBody> body(OpId op) const { return code_->body(op); }
  [[nodiscard]] const replay::InstanceState& state() const noexcept { return state_; }
  [[nodiscard]] bool open() const noexcept { return state_.status == replay::Status::open; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] const runtime::HistoryBuffer& events() const noexcept { return events_; }
  [[nodiscard]] const replay::Names& names() const noexcept { return names_; }

 private:
  std::uint32_t intern(std::string_view text);
  void append(const replay::Event& event);
  /// As whoever recorded it folded it.
  void fold(const replay::Event& event, std::string_view bytes);
  /// Tells the code what is recorded from event `from` on.
  Result<void> feed(Seq from);
  void fail(const Failure& failure);

  const runtime::Recorded& recorded_;
  const Registry& workflows_;
  const Limits limits_;
  replay::Names names_;
  replay::InstanceState state_;
  Epoch epoch_ = 1;  ///< Of the engine that records: what died in a body was another one.
  runtime::HistoryBuffer events_;
  replay::EventEncoder encoder_;
  std::unique_ptr<replay::Decider> code_;
};

}  // namespace reprise::cli
