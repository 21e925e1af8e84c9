#include "tests/verifier/event.h"

#include <array>

#include <fmt/format.h>

namespace reprise::verifier {

namespace {

/// Ids of the fields of `Event`.
enum Field : std::uint8_t {
  f_kind,
  f_time,
  f_op,
  f_encoding,
  f_payload,
  f_hash,
  f_due,
  f_flags,
  f_text,
  f_attempt,
  f_draws,
  f_id,
  f_space,
  f_peer,
  f_peer_op,
  f_failure_code,
  f_failure_message,
  f_failure_type,
  f_number,
  f_step,
  f_on_parent_close,
  f_shard,
  f_version,
  f_seed,
  f_depth,
  f_child_runs,
  f_child_spaces,
  f_child_ids,
  f_child_policies,
  f_trace,
  f_opaque,
  f_packed,
  f_state,
};
constexpr std::size_t field_count = f_state + 1;
constexpr std::array<std::string_view, field_count> field_names = {"kind",
                                                                   "time",
                                                                   "op",
                                                                   "encoding",
                                                                   "payload",
                                                                   "hash",
                                                                   "due",
                                                                   "flags",
                                                                   "text",
                                                                   "attempt",
                                                                   "draws",
                                                                   "id",
                                                                   "space",
                                                                   "peer",
                                                                   "peer_op",
                                                                   "failure_code",
                                                                   "failure_message",
                                                                   "failure_type",
                                                                   "number",
                                                                   "step",
                                                                   "on_parent_close",
                                                                   "shard",
                                                                   "version",
                                                                   "seed",
                                                                   "depth",
                                                                   "child_runs",
                                                                   "child_spaces",
                                                                   "child_ids",
                                                                   "child_policies",
                                                                   "trace",
                                                                   "opaque",
                                                                   "packed",
                                                                   "state"};
/// Bytes of a scalar; 0 for what is behind an offset.
constexpr std::array<std::uint8_t, field_count> widths = {1, 8, 4, 1, 0, 8, 8, 1, 0, 4, 8,
                                                          0, 0, 8, 4, 2, 0, 0, 8, 0, 1, 2,
                                                          4, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0};

template <class... Fields>
constexpr std::uint64_t set(Fields... fields) {
  return ((std::uint64_t{1} << fields) | ... | std::uint64_t{0});
}
constexpr std::uint64_t payload = set(f_encoding, f_payload, f_packed);
constexpr std::uint64_t failure = set(f_failure_code, f_failure_message, f_failure_type);
constexpr std::uint64_t instance = set(f_space, f_id);
constexpr std::uint64_t peer = set(f_peer, f_peer_op);
constexpr std::uint64_t children = set(f_child_runs, f_child_spaces, f_child_ids, f_child_policies);
constexpr std::uint64_t always = set(f_kind, f_time, f_flags, f_opaque);

struct Form {
  std::uint8_t kind = 0;
  std::uint64_t may = 0;
  std::uint64_t must = 0;
  std::uint8_t flags = 0;
  bool name = false;
};

constexpr std::size_t watches_max = 16;

constexpr std::uint8_t outcome = flag_failed | flag_retryable;
/// Of what the code decided.
constexpr std::uint64_t drawn = set(f_draws, f_state);
constexpr Form forms[] = {
    {epoch_opened, 0, set(f_number)},
    {string_interned, set(f_text), set(f_number)},
    {mark_advanced, set(f_shard), set(f_number)},
    {outbox_acked, set(f_shard), set(f_number)},
    {run_deleted, set(f_due, f_hash) | instance, set(f_peer), 0, true},
    {message_refused, failure | set(f_peer_op), set(f_peer, f_number), outcome},
    {workflow_started,
     instance | payload | peer | set(f_hash, f_seed, f_depth, f_on_parent_close, f_trace, f_number),
     0, flag_detached, true},
    {workflow_completed, payload | peer | children | drawn, 0, flag_detached},
    {workflow_failed, failure | peer | children | drawn | set(f_number), 0,
     outcome | flag_detached},
    {workflow_cancelled, failure | peer | children | drawn | set(f_text), 0,
     outcome | flag_detached},
    {workflow_terminated, failure | peer | children | drawn | set(f_text), 0,
     outcome | flag_detached},
    {workflow_paused, set(f_text, f_op), set(f_number)},
    {workflow_resumed, set(f_text, f_number), 0},
    {cancel_requested, set(f_text), 0},
    {activation_cut, 0, 0},
    {step_scheduled, drawn | set(f_hash, f_step, f_attempt, f_number, f_encoding), set(f_op),
     flag_shielded, true},
    {step_completed, payload | failure | set(f_attempt, f_number), set(f_op), outcome},
    {step_attempt_failed, failure | set(f_attempt, f_due, f_number), set(f_op), outcome},
    {step_handed_over, set(f_attempt, f_due), set(f_op), 0},
    {timer_started, drawn | set(f_due), set(f_op), flag_shielded},
    {timer_fired, 0, set(f_op)},
    {signal_awaited, drawn, set(f_op), flag_shielded, true},
    {signal_received, payload | peer | set(f_text), 0, 0, true},
    {child_scheduled,
     instance | payload | failure | drawn | set(f_hash, f_on_parent_close, f_depth), set(f_op),
     outcome | flag_detached | flag_shielded, true},
    {child_started, set(f_peer), set(f_op)},
    {child_start_failed, set(f_peer) | failure, set(f_op), outcome},
    {child_completed, set(f_peer) | payload | failure, set(f_op), outcome},
    {signal_sent, instance | payload | failure | drawn | set(f_text, f_hash), set(f_op),
     outcome | flag_shielded, true},
    {signal_delivered, failure, set(f_op), outcome},
    {operation_cancelled, instance | drawn | set(f_peer, f_attempt), set(f_op)},
    {version_chosen, drawn | set(f_version), 0, 0, true},
};

const Form* form_of(std::uint8_t kind) {
  for (const Form& form : forms) {
    if (form.kind == kind) return &form;
  }
  return nullptr;
}

bool at_default(const flatbuffers::Table& table, std::uint8_t field) {
  const auto offset = static_cast<flatbuffers::voffset_t>(4 + 2 * field);
  switch (widths[field]) {
    case 1: return table.GetField<std::uint8_t>(offset, 0) == 0;
    case 2: return table.GetField<std::uint16_t>(offset, 0) == 0;
    case 4: return table.GetField<std::uint32_t>(offset, 0) == 0;
    case 8: return table.GetField<std::uint64_t>(offset, 0) == 0;
    default: break;
  }
  // Strings and vectors begin with their size; the two tables are there for their own sake.
  if (field == f_step || field == f_packed) return false;
  const auto* vector = table.GetPointer<const flatbuffers::Vector<std::uint8_t>*>(offset);
  return vector->size() == 0;
}

void check_children(const Event& event, Place place, Findings& findings) {
  const std::size_t many = size(event->child_runs());
  if (size(event->child_spaces()) != many || size(event->child_ids()) != many ||
      size(event->child_policies()) != many) {
    findings.add(Rule::event_field, place.text(), "the four vectors of children differ in length");
  }
}

}  // namespace

bool Event::is_command() const {
  switch (table->kind()) {
    case step_scheduled: return table->attempt() == 0;
    case workflow_failed: return table->number() == 0;
    case workflow_completed:
    case workflow_cancelled:
    case timer_started:
    case signal_awaited:
    case child_scheduled:
    case signal_sent:
    case operation_cancelled:
    case version_chosen: return true;
    default: return false;
  }
}

bool decode(std::uint64_t run, std::uint64_t seq, std::string_view bytes, Event& event) {
  Reader reader(bytes);
  event.run = run;
  event.seq = seq;
  event.name = reader.little<std::uint32_t>();
  event.site = reader.little<std::uint32_t>();
  event.table_bytes = reader.rest();
  return reader.ok() && event.table.set(event.table_bytes);
}

void check_fields(const Event& event, Place place, Findings& findings) {
  const std::uint8_t kind = event->kind();
  const auto report = [&](Rule rule, std::string text) {
    findings.add(rule, place.text(), fmt::format("kind {}: {}", kind, text));
  };
  const Form* form = form_of(kind);
  if (form == nullptr) return report(Rule::event_kind, "unknown");
  if ((counter_of_run(event.run) == 0) != (kind < 100)) {
    return report(Rule::event_kind, "in a run that has no such events");
  }
  const flatbuffers::Table& table = event.table.untyped();
  for (std::uint8_t field = 0; field < field_count; ++field) {
    const bool there = table.CheckField(static_cast<flatbuffers::voffset_t>(4 + 2 * field));
    const std::uint64_t bit = set(field);
    if (there && ((form->may | form->must | always) & bit) == 0) {
      report(Rule::event_field, fmt::format("has no field {}", field_names[field]));
    } else if (there && at_default(table, field)) {
      report(Rule::event_field, fmt::format("field {} is at its default", field_names[field]));
    } else if (!there && (form->must & bit) != 0) {
      report(Rule::event_field, fmt::format("field {} is missing", field_names[field]));
    }
  }
  const std::size_t fields =
      (flatbuffers::ReadScalar<flatbuffers::voffset_t>(table.GetVTable()) - 4u) / 2u;
  for (std::size_t field = field_count; field < fields; ++field) {
    if (table.CheckField(static_cast<flatbuffers::voffset_t>(4 + 2 * field))) {
      report(Rule::event_field, fmt::format("unknown field {}", field));
    }
  }
  if ((event->flags() & ~(form->flags | flag_more)) != 0) {
    report(Rule::event_field, fmt::format("flags {}", event->flags()));
  }
  if (kind == step_scheduled && event->encoding() != 0) {
    const bool known = event->encoding() == on_shard || event->encoding() == pure_on_shard;
    const auto* options = event->step();
    const bool twice = options != nullptr && (options->runs_on() != 0 || options->pure());
    if (!known || twice || event->attempt() != 0) {
      report(Rule::event_field,
             "a place to run that is unknown, said twice, or of a later attempt");
    }
  }
  if (form->name != (event.name != 0)) report(Rule::event_field, "a name too many or too few");
  if (kind < 100 && event.site != 0) report(Rule::event_field, "an event of the shard has a site");
  if (kind < 100 && event.more()) report(Rule::event_field, "an event of the shard goes on");
  if (event->state() != nullptr && (!event.is_command() || event->state()->size() > watches_max)) {
    report(Rule::event_field, "watched by no code, or more than is ever recorded");
  }
  check_children(event, place, findings);
}

}  // namespace reprise::verifier
