// Commands about a store as a whole: is it sound, what can be had of it, what leaves it.
#include "tools/cli/commands.h"

#include <set>
#include <string>
#include <utility>

#include "journal/copy.h"
#include "journal/verify.h"
#include "runtime/portable.h"
#include "tools/cli/source.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

/// Says on a terminal how far long work is; each line replaces the one before.
std::function<void(std::string_view)> progress_on(const Console& console) {
  if (!console.progress) return nullptr;
  return [&console](std::string_view what) {
    console.err << fmt::format("\r\x1b[Kreading {}", what) << std::flush;
  };
}

void tell_shards(const journal::VerifyReport& report, const Console& console) {
  using Align = Table::Align;
  Table table({{"SHARD", Align::right},
               {"POSITIONS", Align::left},
               {"RECORDS", Align::right},
               {"EVENTS", Align::right}});
  for (std::size_t shard = 0; shard < report.shards.size(); ++shard) {
    const auto& told = report.shards[shard];
    table.add({std::to_string(shard),
               told.last < told.first ? "none" : fmt::format("{}-{}", told.first, told.last),
               std::to_string(told.records), std::to_string(told.events)});
  }
  table.print(console.out, console.color);
}

Result<int> verify_all(const Source& source, const Console& console) {
  const auto progress = progress_on(console);
  auto report = journal::verify(*source.store, progress);
  if (!report) return std::move(report).error();
  auto problems = source.reader->verify(progress);
  if (!problems) return std::move(problems).error();
  problems->insert(problems->begin(), report->problems.begin(), report->problems.end());
  if (progress) console.err << "\r\x1b[K";
  if (source.file.empty()) {
    tell_shards(*report, console);
  } else {
    console.out << source.file << '\n';
  }
  console.out << fmt::format("{} rows, {} whole histories\n", report->rows, source.reader->sound());
  for (const auto& problem : *problems) {
    console.out << colored("damage: " + shown(problem, 500), color::red, console.color) << '\n';
  }
  if (problems->empty()) {
    console.out << colored("sound", color::green, console.color) << '\n';
    return 0;
  }
  return 1;
}

}  // namespace

Result<int> verify(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  return verify_all(*source, console);
}

Result<int> repair(const Arguments& given, const Console& console) {
  auto repaired = journal::repair_store(given.source, given.to);
  if (!repaired) return std::move(repaired).error();
  for (const auto& note : repaired->report.notes) console.err << "note: " << note << '\n';
  for (const auto& loss : repaired->losses) {
    console.out << fmt::format("lost: records {} to {} of shard {}\n", loss.kept + 1, loss.claimed,
                               loss.shard);
  }
  if (repaired->anchor_lost) {
    console.out << "lost: the anchor; nothing says how far the shards went\n";
  } else if (repaired->losses.empty()) {
    console.out << "nothing that was claimed is lost\n";
  }
  console.out << fmt::format("{} opens; {} is as it was\n\n", given.to, given.source);
  auto source = open_source(given.to);
  if (!source) return std::move(source).error();
  return verify_all(*source, console);
}

Result<int> export_file(const Arguments& given, const Console& console) {
  auto source = open_source(given.source);
  if (!source) return std::move(source).error();
  tell_notes(*source, console);
  auto file = runtime::begin_file(*source->store);
  for (const auto& id : std::set<std::string>(given.ids.begin(), given.ids.end())) {
    auto exported = source->reader->exported({given.space.value_or(""), id});
    if (!exported) return std::move(exported).error();
    runtime::add(file, std::move(*exported));
  }
  if (auto written = journal::write_journal_file(given.to, file); !written) {
    return std::move(written).error();
  }
  std::size_t events = 0;
  for (const auto& instance : file.instances) events += instance.events.size();
  console.out << fmt::format("{} holds {} events of {} instances\n", given.to, events,
                             file.instances.size());
  return 0;
}

Result<int> backup(const Arguments& given, const Console& console) {
  if (auto copied = journal::copy_store(given.source, given.to); !copied) {
    return std::move(copied).error();
  }
  console.out << fmt::format("{} is a copy of {}, and opens\n", given.to, given.source);
  return 0;
}

}  // namespace reprise::cli
