// EXPECT: by value
#include <reprise/reprise.h>

#include <string>

reprise::Workflow<std::string> greet(reprise::Context ctx, const std::string& name) {
  auto greeting = co_await ctx.step("greet", [&] { return "hello " + name; });
  co_return greeting;
}
