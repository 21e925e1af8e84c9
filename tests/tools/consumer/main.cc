// Includes only what is installed, and links what the package says.
#include <reprise/reprise.h>

#include <cstdio>
#include <string>

reprise::Workflow<std::string> greet(reprise::Context ctx, std::string name) {
  auto greeting = co_await ctx.step("greet", [&] { return "hello " + name; });
  co_return greeting;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("greet", greet);
  if (!workflows.check()) return 1;
  if (argc > 1) {  // Leaves a history there.
    auto engine = reprise::Engine::open({.path = argv[1]}, workflows).value();
    return engine.start(greet, "greeting", "Ada").value().result().value() == "hello Ada" ? 0 : 1;
  }
  workflows.add("greet", greet);
  if (workflows.check().code() != reprise::Code::duplicate_workflow) return 1;
  std::puts("consumer: linked and run");
  return 0;
}
