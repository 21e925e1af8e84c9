// A step that somebody outside ends: its body only hands a token on.
#include <chrono>
#include <future>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <reprise/reprise.h>

using namespace std::chrono_literals;

std::promise<std::string> letter;  // Stands for the mail with a link in it.

bool ask_manager(reprise::StepContext& step, std::string /*what*/) {
  letter.set_value(step.token());
  return false;  // Ignored: the answer is what Engine::complete gives.
}

reprise::Workflow<std::string> purchase(reprise::Context ctx, std::string what) {
  auto asked = ctx.step("approve", {.runs_on = reprise::RunsOn::token}, ask_manager, what);
  auto approved = co_await std::move(asked).within(72h);
  if (!approved) co_return "nobody answered";
  if (!*approved) co_return "refused";
  co_return "bought: " + what;
}

int main(int argc, char** argv) {
  reprise::Registry workflows;
  workflows.add("purchase", purchase);
  auto engine =
      reprise::Engine::open({.path = argc > 1 ? argv[1] : "tokens.reprise"}, workflows).value();
  auto run = engine.start(purchase, "purchase-1", "a chair").value();
  if (run.result(100ms).code() == reprise::Code::timed_out) {
    const std::string token = letter.get_future().get();
    engine.complete(token, true).value();
    // The link was clicked twice: only the first answer counts.
    if (engine.complete(token, false).code() != reprise::Code::closed) return 1;
  }
  fmt::print("{}\n", run.result().value());
  return run.result().value() == "bought: a chair" ? 0 : 1;
}
