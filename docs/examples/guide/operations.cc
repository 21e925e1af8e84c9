// Watching an engine, and keeping what it holds: observer, log, metrics, backup, journal file.
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

#include <reprise/reprise.h>

std::string charge(std::string who) { return "receipt for " + who; }

reprise::Workflow<std::string> order(reprise::Context ctx, std::string who) {
  ctx.log("an order of {}", who);
  auto receipt = co_await ctx.step("charge", charge, who);
  co_return receipt;
}

class Watcher : public reprise::Observer {
 public:
  void on_change(const reprise::Change& change) override {
    if (change.kind == reprise::ChangeKind::paused) alert(change);
    ++told;
  }
  std::atomic<int> told = 0;

 private:
  static void alert(const reprise::Change& change) {
    fmt::print(stderr, "{} is paused ({}): {}\n", change.key.id, change.reason, change.text);
  }
};

reprise::EngineOptions watched(std::string path, std::shared_ptr<Watcher> watcher) {
  reprise::EngineOptions options;
  options.path = std::move(path);
  options.observer = std::move(watcher);
  options.log.level = reprise::LogLevel::info;
  options.log.sink = [](const reprise::LogLine& line) {
    fmt::print("{} {}: {}", reprise::name(line.level), line.event, line.text);
    for (const auto& field : line.fields) fmt::print(" {}={}", field.key, field.value);
    fmt::print("\n");
  };
  return options;
}

int main(int argc, char** argv) {
  const std::string store = argc > 1 ? argv[1] : "operations.reprise";
  const std::string copy = store + ".copy";
  const std::string file = store + ".journal";
  std::filesystem::remove_all(copy);
  std::filesystem::remove(file);
  reprise::Registry workflows;
  workflows.add("order", order);
  auto watcher = std::make_shared<Watcher>();
  {
    auto engine = reprise::Engine::open(watched(store, watcher), workflows).value();
    auto run = engine.start(order, "order-42", "Ann").value();
    run.result().value();
    engine.backup(copy).value();
    engine.export_journal({"order-42"}, file).value();
    std::fputs(engine.metrics().c_str(), stdout);  // What a /metrics page answers.
    engine.shutdown(std::chrono::seconds(10)).value();
  }
  // Restoring is opening the copy, here or under the old name.
  auto engine = reprise::Engine::open({.path = copy}, workflows).value();
  const auto receipt = engine.find<std::string>("order-42").value().result().value();
  fmt::print("{} changes told; from the copy: {}\n", watcher->told.load(), receipt);
  return receipt == "receipt for Ann" && std::filesystem::file_size(file) > 0 ? 0 : 1;
}
