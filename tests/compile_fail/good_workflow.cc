// EXPECT-OK
#include <reprise/reprise.h>

#include <string>

reprise::Workflow<std::string> greet(reprise::Context ctx, std::string name) {
  auto greeting = co_await ctx.step("greet", [&] { return "hello " + name; });
  co_return greeting;
}

void add_to(reprise::Registry& workflows) { workflows.add("greet", greet); }
