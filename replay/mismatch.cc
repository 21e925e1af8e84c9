#include "replay/mismatch.h"

#include <fmt/format.h>

namespace reprise::replay {
namespace {

using detail::Command;
using detail::CommandKind;

std::string_view name_of(CommandKind kind) noexcept {
  switch (kind) {
    case CommandKind::schedule_step: return "schedule_step";
    case CommandKind::start_timer: return "start_timer";
    case CommandKind::await_signal: return "await_signal";
    case CommandKind::start_child: return "start_child";
    case CommandKind::send_signal: return "send_signal";
    case CommandKind::cancel_operation: return "cancel_operation";
    case CommandKind::choose_version: return "choose_version";
    case CommandKind::complete_workflow: return "complete_workflow";
    case CommandKind::fail_workflow: return "fail_workflow";
    case CommandKind::cancel_workflow: return "cancel_workflow";
  }
  return "unknown";
}

bool has_target(CommandKind kind) noexcept {
  return kind == CommandKind::start_child || kind == CommandKind::send_signal;
}

}  // namespace

std::string phrase(std::string_view kind, std::string_view name, OpId op) {
  std::string text(kind);
  if (!name.empty()) text += fmt::format(" \"{}\"", name);
  if (op != 0) text += fmt::format(" (op {})", op);
  return text;
}

const char* differing_field(const Command& command, const Event& event,
                            std::string_view name) noexcept {
  if (event_kind(command.kind) != event.kind) return "kind";
  // Cancelling names no operation but by its id; its event carries no name.
  if (command.kind != CommandKind::cancel_operation && command.name != name) return "name";
  if (command.op != event.op) return "order";
  if (command.args_hash != event.hash) return "arguments";
  if (has_target(command.kind) &&
      (command.target.id != event.id || command.target.space != event.space)) {
    return "target";
  }
  if (command.draws != event.draws) return "draws";
  if (command.version != event.version) return "version";
  return nullptr;
}

Mismatch make_mismatch(const Cursor& cursor, Seq seq, const Command* command, const char* field) {
  Mismatch mismatch;
  mismatch.seq = seq;
  mismatch.field = field;
  if (cursor.at_end()) {
    mismatch.expected = "the end of history";
  } else {
    const Event& event = cursor.event();
    mismatch.expected = phrase(name_of(event.kind), cursor.text(event.name), event.op);
    mismatch.expected_site = cursor.text(event.site);
  }
  if (command == nullptr) {
    mismatch.issued = "no command: the code blocked";
  } else {
    mismatch.issued = describe(*command);
    mismatch.issued_site = site_text(command->site);
  }
  return mismatch;
}

std::string site_text(const detail::Site& site) {
  if (site.file == nullptr || *site.file == '\0') return {};
  return fmt::format("{}:{}", site.file, site.line);
}

std::string describe(const Command& command) {
  return phrase(name_of(command.kind), command.name, command.op);
}

std::string differing_names(const Mismatch& mismatch) {
  std::string names;
  for (const auto& one : mismatch.watched) {
    if (one.differs) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", one.name);
  }
  return names;
}

std::string describe(const Mismatch& mismatch) {
  const auto at = [](const std::string& site) { return site.empty() ? site : " at " + site; };
  if (mismatch.field == "state") {
    return fmt::format("what is watched differs at event {}: {}\n  issued: {}{}", mismatch.seq,
                       differing_names(mismatch), mismatch.issued, at(mismatch.issued_site));
  }
  return fmt::format(
      "mismatch at event {}: {}\n"
      "  recorded: {}{}\n"
      "  issued:   {}{}\n"
      "The workflow's code no longer does what its history says. Bring back the code that made "
      "this history, or put the change behind ctx.version(); nothing was recorded.",
      mismatch.seq, mismatch.field, mismatch.expected, at(mismatch.expected_site), mismatch.issued,
      at(mismatch.issued_site));
}

}  // namespace reprise::replay
