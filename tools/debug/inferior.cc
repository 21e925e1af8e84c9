#include "tools/debug/inferior.h"

#include <cstdint>
#include <exception>
#include <sstream>
#include <utility>

#include "tools/debug/place.h"
#include "tools/debug/session.h"

#include <fmt/format.h>

extern "C" {

volatile std::uint64_t reprise_debug_target = 1;
volatile std::uint64_t reprise_debug_next = 0;
const void* volatile reprise_debug_decider = nullptr;

[[gnu::noinline, gnu::used]] void reprise_debug_stopped(std::uint64_t next) {
  asm volatile("" : : "r"(next) : "memory");  // A call that nothing removes.
}

}  // extern "C"

namespace reprise::debug {
namespace {

/// Where the code stands is up to gdb.
class Standing final : public Execution {
 public:
  explicit Standing(const replay::Recording& recording) : places_(recording) {}

  void stand(const replay::Rerun::Place& at) {
    places_.pass(at);
    reprise_debug_next = at.next;
    if (at.next < reprise_debug_target) return;
    arrival_ = places_.at(at);
    stop(at.code, at.next);
  }
  void end(replay::Rerun& rerun) {
    arrival_ = places_.end(rerun);
    reprise_debug_next = arrival_.next;
    stop(rerun.code(), arrival_.next);
  }

  Result<Arrival> go(Seq next) override {
    if (next == arrival_.next) return arrival_;
    return Error(Code::invalid_argument,
                 "the code runs under gdb: move with reprise-next, reprise-back, reprise-goto");
  }
  Result<std::string> ask(std::string_view query, std::string_view arguments) override {
    return debug::ask(code_, query, arguments);
  }
  [[nodiscard]] Seq next() const noexcept { return arrival_.next; }

 private:
  void stop(replay::Decider& code, Seq next) {
    code_ = &code;
    reprise_debug_decider = dynamic_cast<const void*>(code_);
    reprise_debug_stopped(next);
  }

  Places places_;
  Arrival arrival_;
  replay::Decider* code_ = nullptr;
};

/// What gdb's calls reach.
struct UnderGdb {
  Story& story;
  Standing& standing;
  SourceLines& sources;
};
UnderGdb* under_gdb = nullptr;  // Of one thread: gdb's calls run while the others stand still.

std::string answer_to(std::string_view command) {
  std::ostringstream out;
  const cli::Console console{out, out};
  Session session(under_gdb->story, &under_gdb->standing, under_gdb->sources, console);
  auto begun = session.begin(under_gdb->standing.next());
  if (begun && !command.empty()) {
    out.str({});
    begun = session.execute(command);
  }
  if (!begun) out << begun.error().message() << '\n';
  return out.str();
}

std::string answer(std::string_view command) {
  try {
    return answer_to(command);
  } catch (const std::exception& error) {  // It has nothing to do with the code that stands there.
    return std::string(error.what()) + '\n';
  }
}

}  // namespace

Result<void> run_under_gdb(Story& story, const Registry& workflows, Seq first,
                           SourceLines& sources) {
  const auto& recorded = story.recorded();
  const auto events = recorded.history();
  const replay::Recording recording{recorded.info.run, recorded.info.workflow, events,
                                    recorded.names, recorded.unpack};
  Standing standing(recording);
  UnderGdb told{story, standing, sources};
  under_gdb = &told;
  reprise_debug_target = first;
  auto rerun = replay::Rerun::run(workflows, recording, events.size(),
                                  [&](const replay::Rerun::Place& at) { standing.stand(at); });
  if (rerun) standing.end(*rerun);
  under_gdb = nullptr;
  if (!rerun) return std::move(rerun).error();
  return {};
}

}  // namespace reprise::debug

extern "C" [[gnu::noinline, gnu::used]] const char* reprise_debug_tell(const char* command) {
  static std::string told;
  told = reprise::debug::under_gdb == nullptr ? "the replay has ended\n"
                                              : reprise::debug::answer(command);
  return told.c_str();
}
