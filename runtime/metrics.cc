#include "runtime/metrics.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace reprise::runtime {
namespace {

using replay::EventKind;
using Shards = std::vector<const ShardMetrics*>;

constexpr std::size_t index(EventKind kind) noexcept { return static_cast<std::size_t>(kind); }

/// Writes metrics one after another, each with its help and type.
class Page {
 public:
  explicit Page(const Shards& shards) : shards_(shards) {}

  void head(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(out(), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  void line(std::string_view name, std::string_view labels, std::uint64_t value) {
    fmt::format_to(out(), "{}{} {}\n", name, labels, value);
  }
  void value(std::string_view name, std::string_view type, std::string_view help,
             std::uint64_t number) {
    head(name, type, help);
    line(name, {}, number);
  }
  void sum(std::string_view name, std::string_view type, std::string_view help,
           Counter ShardMetrics::* counter) {
    value(name, type, help, total(counter));
  }
  void events(std::string_view name, std::string_view help, EventKind kind) {
    value(name, "counter", help, total(kind));
  }
  /// `unit`: what one counted number is worth in the unit of the metric's name.
  void histogram(std::string_view name, std::string_view help,
                 const std::vector<const Histogram*>& parts, double unit) {
    head(name, "histogram", help);
    std::uint64_t count = 0;
    double bound = parts.empty() ? 0.0 : static_cast<double>(parts.front()->first());
    double all = 0;
    for (std::size_t i = 0; i <= Histogram::bounds; ++i) {
      for (const Histogram* part : parts) count += part->count(i);
      if (i < Histogram::bounds) {
        fmt::format_to(out(), "{}_bucket{{le=\"{:.10g}\"}} {}\n", name, bound * unit, count);
      } else {
        fmt::format_to(out(), "{}_bucket{{le=\"+Inf\"}} {}\n", name, count);
      }
      bound *= 4;
    }
    for (const Histogram* part : parts) all += static_cast<double>(part->sum());
    fmt::format_to(out(), "{0}_sum {1:.10g}\n{0}_count {2}\n", name, all * unit, count);
  }
  void histogram(std::string_view name, std::string_view help, Histogram ShardMetrics::* member,
                 double unit) {
    std::vector<const Histogram*> parts;
    for (const ShardMetrics* shard : shards_) parts.push_back(&(shard->*member));
    histogram(name, help, parts, unit);
  }

  [[nodiscard]] std::uint64_t total(Counter ShardMetrics::* counter) const {
    std::uint64_t all = 0;
    for (const ShardMetrics* shard : shards_) all += (shard->*counter).value();
    return all;
  }
  [[nodiscard]] std::uint64_t total(EventKind kind) const {
    std::uint64_t all = 0;
    for (const ShardMetrics* shard : shards_) all += shard->events[index(kind)].value();
    return all;
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }

  const Shards& shards_;
  std::string text_;
};

void instances(Page& page) {
  page.events("reprise_instances_started_total", "Workflow instances started.",
              EventKind::workflow_started);
  constexpr std::string_view closed = "reprise_instances_closed_total";
  page.head(closed, "counter", "Workflow instances closed, by status.");
  page.line(closed, "{status=\"completed\"}", page.total(EventKind::workflow_completed));
  page.line(closed, "{status=\"failed\"}", page.total(EventKind::workflow_failed));
  page.line(closed, "{status=\"cancelled\"}", page.total(EventKind::workflow_cancelled));
  page.line(closed, "{status=\"terminated\"}", page.total(EventKind::workflow_terminated));
  constexpr std::string_view paused = "reprise_instances_paused_total";
  page.head(paused, "counter", "Pauses of instances, by reason.");
  page.line(paused, "{reason=\"user\"}", page.total(&ShardMetrics::paused_user));
  page.line(paused, "{reason=\"poison\"}", page.total(&ShardMetrics::paused_poison));
  page.line(paused, "{reason=\"mismatch\"}", page.total(&ShardMetrics::paused_mismatch));
  page.line(paused, "{reason=\"unregistered\"}", page.total(&ShardMetrics::paused_unregistered));
  page.line(paused, "{reason=\"undecodable\"}", page.total(&ShardMetrics::paused_undecodable));
  page.line(paused, "{reason=\"other\"}", page.total(&ShardMetrics::paused_other));
  page.sum("reprise_resident_instances", "gauge", "Instances held in memory.",
           &ShardMetrics::residents);
  page.sum("reprise_resident_bytes", "gauge",
           "Memory of the instances held, as of the last look at the budget.",
           &ShardMetrics::resident_bytes);
  page.sum("reprise_timers", "gauge", "Timers and deadlines held in memory.",
           &ShardMetrics::timers);
  page.sum("reprise_instance_loads_total", "counter", "Instances read from the store.",
           &ShardMetrics::loads);
  page.sum("reprise_instance_evictions_total", "counter", "Instances dropped from memory.",
           &ShardMetrics::evictions);
}

void steps(Page& page) {
  const std::uint64_t retries = page.total(&ShardMetrics::step_retries);
  const std::uint64_t failed = page.total(&ShardMetrics::steps_failed);
  page.value("reprise_steps_started_total", "counter", "Steps scheduled for the first time.",
             page.total(EventKind::step_scheduled) - retries);
  page.value("reprise_steps_completed_total", "counter", "Steps that gave a result.",
             page.total(EventKind::step_completed) - failed);
  page.value("reprise_steps_failed_total", "counter", "Steps that failed for good.", failed);
  page.value("reprise_steps_retried_total", "counter", "Later attempts of steps.", retries);
  page.events("reprise_step_attempts_failed_total", "Attempts that failed and are retried.",
              EventKind::step_attempt_failed);
}

void journal(Page& page, const Shards& shards, const CommitMetrics& commit, std::size_t undurable) {
  constexpr std::string_view events = "reprise_events_total";
  page.head(events, "counter", "Events recorded, by kind.");
  for (std::size_t kind = 0; kind < std::tuple_size_v<decltype(ShardMetrics::events)>; ++kind) {
    std::uint64_t count = 0;
    for (const ShardMetrics* shard : shards) count += shard->events[kind].value();
    if (count == 0) continue;
    const auto name = replay::name_of(static_cast<EventKind>(kind));
    page.line(events, fmt::format("{{kind=\"{}\"}}", name), count);
  }
  page.sum("reprise_event_bytes_total", "counter", "Encoded bytes of the events recorded.",
           &ShardMetrics::event_bytes);
  page.value("reprise_records_written_total", "counter", "Records made durable.",
             commit.records.value());
  page.value("reprise_written_bytes_total", "counter", "Bytes of the records made durable.",
             commit.bytes.value());
  page.value("reprise_keys_written_total", "counter",
             "Keys of the journal: one for each shard in a commit group.", commit.keys.value());
  page.value("reprise_commits_total", "counter", "Commit groups made durable.",
             commit.commits.value());
  page.histogram("reprise_commit_duration_seconds", "Time from the start of a write to its sync.",
                 {&commit.latency}, 1e-9);
  page.histogram("reprise_commit_records", "Records in a commit group.",
                 {&commit.records_per_commit}, 1.0);
  page.value("reprise_undurable_bytes", "gauge", "Bytes recorded and not yet durable.", undurable);
  page.sum("reprise_snapshots_total", "counter", "Snapshots finished.", &ShardMetrics::snapshots);
}

}  // namespace

void ShardMetrics::recorded(const replay::Event& event, std::size_t bytes) noexcept {
  events[index(event.kind)].add();
  event_bytes.add(bytes);
  if (event.kind == EventKind::step_scheduled) {
    if (event.attempt > 1) step_retries.add();
  } else if (event.kind == EventKind::step_completed) {
    if (event.failed) steps_failed.add();
  } else if (event.kind == EventKind::workflow_paused) {
    const bool poison = event.number == static_cast<std::uint64_t>(replay::PauseReason::poison);
    (poison ? paused_poison : paused_user).add();
  }
}

void ShardMetrics::marked(Code code) noexcept {
  switch (code) {
    case Code::mismatch: return paused_mismatch.add();
    case Code::unregistered: return paused_unregistered.add();
    case Code::undecodable: return paused_undecodable.add();
    default: return paused_other.add();
  }
}

std::string render(const Shards& shards, const CommitMetrics& commit, std::size_t undurable,
                   const Counter& blocked, bool failed) {
  Page page(shards);
  page.value("reprise_engine_failed", "gauge", "1 if the engine stopped itself.", failed ? 1 : 0);
  page.value("reprise_blocking_code_total", "counter",
             "Times code was seen to run for more than a second without awaiting.",
             blocked.value());
  instances(page);
  steps(page);
  page.events("reprise_timers_fired_total", "Timers that fired.", EventKind::timer_fired);
  page.histogram("reprise_timer_lateness_seconds", "How late timers were fired.",
                 &ShardMetrics::timer_lateness, 1e-9);
  page.events("reprise_signals_received_total", "Signals recorded, duplicates not counted.",
              EventKind::signal_received);
  page.sum("reprise_messages_sent_total", "counter", "Messages sent between instances.",
           &ShardMetrics::messages_sent);
  page.sum("reprise_messages_received_total", "counter", "Messages taken in, duplicates excluded.",
           &ShardMetrics::messages_received);
  page.sum("reprise_turns_total", "counter", "Shard turns that recorded something.",
           &ShardMetrics::turns);
  page.histogram("reprise_turn_events", "Events recorded by a turn.", &ShardMetrics::turn_events,
                 1.0);
  journal(page, shards, commit, undurable);
  return page.take();
}

}  // namespace reprise::runtime
