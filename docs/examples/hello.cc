// The smallest durable function: run it twice, the second time it only reads the answer.
#include <cstdio>
#include <string>

#include <reprise/reprise.h>

std::string greet(std::string who) {
  std::printf("greeting %s\n", who.c_str());
  return "hello, " + who;
}

reprise::Workflow<std::string> hello(reprise::Context ctx, std::string who) {
  auto greeting = co_await ctx.step("greet", greet, who);
  co_return greeting;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("hello", hello);
  auto engine = reprise::Engine::open({.path = argc > 1 ? argv[1] : "hello.reprise"}, workflows);
  auto run = engine.value().start(hello, "hello-1", "world").value();
  std::printf("%s\n", run.result().value().c_str());
}
