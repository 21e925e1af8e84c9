// What gdb_test.py debugs: helpers, a run that waits in one, a result and an operation to look at.
#include <chrono>
#include <string>
#include <string_view>

#include <reprise/reprise.h>
#include <reprise/tool.h>

int twice(int value) { return 2 * value; }

reprise::Workflow<int> inner(reprise::Context ctx, int depth) {
  auto doubled = co_await ctx.step("twice", twice, depth);
  auto answer = co_await ctx.signal<int>("answer");
  co_return doubled + answer;
}
reprise::Workflow<int> outer(reprise::Context ctx, int depth) {
  auto sum = co_await inner(ctx, depth);
  co_return sum + 1;
}
reprise::Workflow<int> subject(reprise::Context ctx, int start) {
  auto first = co_await ctx.try_step("twice", twice, start);
  auto pending = ctx.step("twice", twice, 7);
  auto sum = co_await outer(ctx, first.value());
  auto last = co_await std::move(pending);
  co_return sum + last;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("subject", subject);
  if (argc != 3 || std::string_view(argv[1]) != "record") {
    return reprise::tool_main(argc, argv, workflows);
  }
  auto engine = reprise::Engine::open({.path = argv[2]}, workflows).value();
  auto done = engine.start(subject, "done", 1).value();
  auto open = engine.start(subject, "open", 2).value();
  engine.signal("done", "answer", 5).value();
  done.result().value();
  // Until the last of its steps has ended.
  while (engine.history("open").value().size() < 8) {
    // It waits for a signal that never comes.
    if (open.result(std::chrono::milliseconds(1)).ok()) return 1;
  }
  engine.shutdown(std::chrono::seconds(10)).value();
  return 0;
}
