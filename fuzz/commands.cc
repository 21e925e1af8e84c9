// What is typed into a debugging session, and what a variant is told: over the history of a
// stranger, without its code.
//
// The input is a number that makes the history, then a line for each command.

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "fuzz/events.h"
#include "fuzz/fuzz.h"
#include "journal/journal_file.h"
#include "replay/instance_state.h"
#include "replay/message.h"
#include "runtime/portable.h"
#include "runtime/reader.h"
#include "tools/cli/events.h"
#include "tools/cli/what_if.h"
#include "tools/debug/session.h"

namespace reprise::fuzz {
namespace {

constexpr std::size_t lines_max = 40;

/// One history, of events that nobody's code has made.
journal::JournalFile file_of(std::uint64_t number) {
  journal::JournalFile file;
  file.shards = 1;
  file.names = {"a", "b\x1b[2J", "charge"};
  replay::Names names;
  for (const auto& name : file.names) names.add(name);
  auto& instance = file.instances.emplace_back();
  instance.key = {"", "id"};
  instance.run = RunId::make(0, 1);
  replay::Event started;
  started.kind = replay::EventKind::workflow_started;
  started.id = "id";
  started.name = 1;
  instance.events.push_back(bytes_of(started));
  std::string script;
  Dice dice(number);
  for (int left = 0; left < 400; ++left) script.push_back(static_cast<char>(dice.draw()));
  Texts texts;
  for (Input input(script); !input.empty();) {
    const auto made = event_from(input, texts);
    if (static_cast<int>(made.kind) > 104) instance.events.push_back(bytes_of(made));
  }
  replay::InstanceState state;
  state.run = instance.run;
  for (const auto& bytes : instance.events) {
    const auto event = replay::decode(bytes);
    if (event) replay::apply_instance(state, *event, bytes, names, 1);
  }
  instance.hash = state.hash;
  instance.status = static_cast<std::uint8_t>(state.status);
  return file;
}

void check_words(std::string_view line) {
  const auto condition = debug::Condition::parse(line);
  if (accepted(condition)) holds(condition->text() == line, "a condition is told as it was given");
  const auto given = cli::parse_given(line);
  if (accepted(given)) holds(!given->name.empty(), "what is given has a name");
  if (const auto bound = cli::bound_of(std::string(line))) {
    holds(bound->seq != 0 || bound->begin < bound->end, "a span of time has a length");
  }
}

void check(Input input) {
  const auto file = file_of(input.number(1));
  auto store = runtime::load(file);
  if (!accepted(store)) return;
  runtime::Reader reader(**store);
  const auto recorded = reader.recorded(file.instances[0].key);
  if (!accepted(recorded)) return;
  auto story = debug::Story::of(*recorded);
  if (!accepted(story)) return;
  std::ostringstream out;
  debug::SourceLines sources({});
  const cli::Console console{out, out};
  debug::Session session(*story, nullptr, sources, console);
  accepted(session.begin(1));
  std::istringstream lines{std::string(input.rest())};
  std::size_t count = 0;
  for (std::string line; !session.ended() && count < lines_max && std::getline(lines, line);
       ++count) {
    check_words(line);
    accepted(session.execute(line));
    holds(session.next() >= 1 && session.next() <= session.last() + 1, "it stands at an event");
  }
  std::string told = out.str();
  std::erase(told, '\n');
  holds(!has_control(told), "what a session tells steers no terminal");
}

}  // namespace

std::vector<std::string> seeds() {
  return {
      "\1next\n\nback\ngoto 4\nfirst\nlast\nstep 3\n",
      "\2break step:a\ncontinue\nreverse\nbreak when attempt > 1 and kind == step_completed\nc\n",
      "\3events\nevents 1 9\nprint\nprint waits\nprint timers\nprint inbox\nprint event 3\n",
      "\4goto 9\nwhy\nprint op 1\nprint a\nlist\nask total\nhelp\nbreak\ndelete 1\nquit\n",
      "\5break when payload/total >= 100 or name ~ \"a\\\"b\"\nrc\nbreak 7\nbreak timer\n",
      "\6step:charge=throw:Declined:no\nsignal:a#2={\"b\":1}\nchild:x/y=\n2026-11-14T22:13:20.5\n"};
}

}  // namespace reprise::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reprise::fuzz::check(reprise::fuzz::Input(data, size));
  return 0;
}
