#include "tests/verifier/finding.h"

#include <array>

#include <fmt/format.h>

namespace reprise::verifier {

std::string_view name(Rule rule) noexcept {
  static constexpr std::array<std::string_view, rule_count> names = {
      "unreadable",    "key",
      "seal",          "form",
      "header",        "trim",
      "sum",           "journal_key",
      "record_head",   "record_checksum",
      "record_chain",  "record_position",
      "record_epoch",  "record_index",
      "anchor",        "anchor_claim",
      "event_kind",    "event_field",
      "event_seq",     "event_name",
      "interned",      "mark",
      "acknowledged",  "immutable",
      "run",           "start",
      "closed",        "time",
      "operation",     "attempt",
      "timer",         "signal",
      "child",         "more",
      "paused",        "cancelled",
      "input_hash",    "payload",
      "blob",          "chunk",
      "row",           "row_position",
      "history_hash",  "position_row",
      "shard_state",   "index",
      "timer_key",     "closed_key",
      "tombstone_key", "deleted",
      "link",          "file"};
  return names[static_cast<std::size_t>(rule)];
}

std::string text(const Findings& findings) {
  std::string lines;
  for (const Finding& finding : findings.kept()) {
    lines += fmt::format("{} at {}: {}\n", name(finding.rule), finding.place, finding.text);
  }
  if (findings.count() > findings.kept().size()) {
    lines += fmt::format("and {} more\n", findings.count() - findings.kept().size());
  }
  return lines;
}

}  // namespace reprise::verifier
