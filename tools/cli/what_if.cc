#include "tools/cli/what_if.h"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/telling.h"
#include "tools/cli/answers.h"
#include "tools/cli/fork_run.h"
#include "tools/cli/sandbox.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

std::vector<replay::HistoryEvent> history_of(const runtime::HistoryBuffer& events) {
  std::vector<replay::HistoryEvent> all;
  for (Seq seq = 1; seq <= events.last(); ++seq) all.push_back({seq, events.at(seq)});
  return all;
}

/// The first thing that is otherwise.
Result<std::optional<replay::Difference>> compared(const runtime::Recorded& recorded,
                                                   const Forked& forked) {
  const auto before = recorded.history();
  auto first = replay::entries_of(before, *recorded.names, recorded.unpack, forked.kept + 1);
  if (!first) return std::move(first).error();
  const auto after = history_of(forked.events);
  auto second = replay::entries_of(after, forked.names, recorded.unpack, forked.kept + 1);
  if (!second) return std::move(second).error();
  auto differences = replay::compare(*first, *second, 1);
  if (differences.empty()) return std::optional<replay::Difference>();
  return std::optional(std::move(differences.front()));
}

Result<void> check_place(const runtime::Recorded& recorded, Seq at) {
  const Seq last = recorded.events.last();
  const bool ended = recorded.state.status != replay::Status::open;
  const Seq latest = ended ? last : last + 1;
  if (at >= 2 && at <= latest) return {};
  return Error(Code::invalid_argument,
               fmt::format("\"{}\" can't be forked at event {}: give one from 2 to {}{}",
                           shown(recorded.info.key.id, id_width), at, latest,
                           ended ? "; it has ended there" : ""));
}

}  // namespace

Result<Forked> fork(const runtime::Recorded& recorded, const Registry& workflows, Seq at,
                    const Variant& variant, const Bounds& bounds) {
  if (auto checked = check_place(recorded, at); !checked) return std::move(checked).error();
  auto answers = Answers::read(recorded, at);
  if (!answers) return std::move(answers).error();
  Sandbox box(recorded, workflows);
  if (auto kept = box.keep(at); !kept) return std::move(kept).error();
  Forked forked;
  forked.variant = variant.name;
  forked.kept = at - 1;
  const Nanos begun = box.state().time;
  ForkRun run(box, *answers, variant);
  const Seq behind = recorded.events.last() - forked.kept;
  if (auto done = run.run(bounds, behind + bounds.events); !done) forked.error = done.error();
  forked.needs = run.needs();
  forked.notes = run.notes();
  forked.state = box.state();
  forked.events = box.events();
  forked.names = box.names();
  forked.took = since(begun, forked.state.time);
  forked.info = runtime::tell(forked.state, forked.names);
  forked.info.waits = runtime::tell_waits(forked.state, forked.names);
  auto parts = compared(recorded, forked);
  if (!parts) return std::move(parts).error();
  forked.parts = std::move(*parts);
  return forked;
}

Result<journal::JournalFile> file_of(const Forked& forked, runtime::Exported original,
                                     const journal::Store& store) {
  std::map<Seq, std::string> blobs;
  for (auto& [seq, value] : original.instance.blobs) {
    if (seq <= forked.kept) blobs.emplace(seq, std::move(value));
  }
  auto exported =
      runtime::export_instance(forked.state, forked.events, forked.names, std::move(blobs));
  if (!exported) return std::move(exported).error();
  auto file = runtime::begin_file(store);
  runtime::add(file, std::move(*exported));
  return file;
}

}  // namespace reprise::cli
