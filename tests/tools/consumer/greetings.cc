// The workflow of main.cc as a library for the installed command.
#include <reprise/library.h>
#include <reprise/reprise.h>

#include <string>

static reprise::Workflow<std::string> greet(reprise::Context ctx, std::string name) {
  auto greeting = co_await ctx.step("greet", [&] { return "hello " + name; });
  co_return greeting;
}

static void greetings(reprise::Registry& workflows) { workflows.add("greet", greet); }

REPRISE_EXPORT_WORKFLOWS(greetings)
