// A real process to be killed: clients start, signal and await workflows, and keep receipts.
//
//   kill_worker STORE work SHARDS SNAPSHOT_EVERY MEMORY_BUDGET
//                       appends what was answered to STORE.receipts; to STORE.ledger the bodies
//                       that began, and which operations were known to have ended
//   kill_worker STORE finish SHARDS SNAPSHOT_EVERY MEMORY_BUDGET
//                       prints what became of every instance: "ID SIGNALLED RESULT"
//
// Of work a line "opening" in STORE.opens tells that an engine is about to be opened on a store
// that is there, and a line "opened" that one is open.
//
// Nothing refuses a request or ends a workflow but a kill, so any other answer ends the process.
//
// Receipts are written after the engine answered, one write per line: what stands there was
// acknowledged. Lines: "started ID", "signalled ID SIGNAL", "result ID VALUE".
// Lines of the ledger: "body RUN OP"; "passed RUN OP", after an answer that shows a run of `count`
// beyond its operation OP. What is answered is durable, so no body up to OP may begin behind that.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include <reprise/reprise.h>

namespace {

int ledger = -1;
int receipts = -1;

void write_line(int file, const std::string& line) {
  const std::string whole = line + "\n";
  if (write(file, whole.data(), whole.size()) < 0) std::perror("write");
}

std::int64_t add(reprise::StepContext& step, std::int64_t a, std::int64_t b) {
  write_line(ledger, fmt::format("body {} {}", step.run().value, step.op()));
  return a + b;
}

/// Pure: no sync comes before it, so its start would prove nothing in the ledger.
std::int64_t plus(std::int64_t a, std::int64_t b) { return a + b; }

reprise::Workflow<std::int64_t> last_of_all(reprise::Context ctx, std::int64_t value) {
  co_await ctx.sleep(std::chrono::milliseconds(2));
  auto more = co_await ctx.step("kid", {.poison_after = 0}, add, value, std::int64_t{1});
  co_return more;
}

reprise::Workflow<std::int64_t> count(reprise::Context ctx, std::int64_t from) {
  auto one = co_await ctx.step("one", {.poison_after = 0}, add, from, std::int64_t{1});
  auto more = co_await ctx.signal<std::int64_t>("more");
  auto two = co_await ctx.step("two", {.poison_after = 0}, add, one, more);
  auto three = co_await ctx.step("three", {.poison_after = 0, .runs_on = reprise::RunsOn::shard},
                                 add, two, std::int64_t{1});
  auto four =
      co_await ctx.step("four", {.poison_after = 0, .pure = true}, plus, three, std::int64_t{1});
  const std::string kid = ctx.id() + ".kid";
  auto five = co_await ctx.child(last_of_all, kid, four);
  auto six = co_await ctx.step("six", {.poison_after = 0}, add, five, std::int64_t{1});
  co_return six;
}

[[noreturn]] void die(const std::string& id, const reprise::Error& error) {
  fmt::print(stderr, "kill_worker: {}: {}: {}\n", id, name(error.code()), error.message());
  std::_Exit(1);
}

void passed(reprise::RunId run, reprise::OpId op) {
  write_line(ledger, fmt::format("passed {} {}", run.value, op));
}

/// Asks at most so often whether it waits for its signal already.
void await_signal_wait(reprise::Engine& engine, const reprise::Run<std::int64_t>& run,
                       const std::string& id, int times) {
  for (int i = 0; i < times; ++i) {
    const auto info = engine.describe(id);
    if (!info) die(id, info.error());
    for (const auto& wait : info->waits) {
      if (wait.kind == "signal") return passed(run.run(), wait.op - 1);
    }
    ::poll(nullptr, 0, 1);
  }
}

void client(reprise::Engine& engine, int number) {
  const std::string stamp = std::to_string(getpid()) + "-" + std::to_string(number);
  for (int i = 0;; ++i) {
    const std::string id = fmt::format("{}-{}", stamp, i);
    auto run = engine.start(count, id, i);
    if (!run) die(id, run.error());
    write_line(receipts, "started " + id);
    await_signal_wait(engine, *run, id, i % 3 * 20);
    auto signal = engine.signal(id, "more", std::int64_t{10});
    if (!signal) die(id, signal.error());
    write_line(receipts, fmt::format("signalled {} {}", id, *signal));
    auto result = run->result();
    if (!result) die(id, result.error());
    write_line(receipts, fmt::format("result {} {}", id, *result));
    passed(run->run(), std::numeric_limits<reprise::OpId>::max());
  }
}

/// What became of it. One whose signal is there, and a child, has to end.
std::string end_of(const reprise::Engine& engine, const reprise::InstanceInfo& info,
                   bool signalled) {
  static auto patience = std::chrono::seconds(30);
  if (!signalled && !info.key.id.ends_with(".kid")) {
    return info.closed == 0 ? "none" : "ended unasked: " + info.detail;
  }
  auto run = engine.find<std::int64_t>(info.key);
  if (!run) die(info.key.id, run.error());
  auto value = run->result(patience);
  if (value) return std::to_string(*value);
  patience = std::chrono::seconds(1);
  return "error: " + value.error().message();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 64;
  const std::string store = argv[1];
  const bool finish = std::string(argv[2]) == "finish";
  constexpr int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  ledger = open((store + ".ledger").c_str(), flags, 0644);
  receipts = open((store + ".receipts").c_str(), flags, 0644);
  reprise::Registry workflows;
  workflows.add("count", count);
  workflows.add("last_of_all", last_of_all);
  const auto number = [&](int word) { return std::strtoull(argv[word], nullptr, 10); };
  const int opens = finish ? -1 : open((store + ".opens").c_str(), flags, 0644);
  const bool recovers = !finish && access((store + "/db").c_str(), F_OK) == 0;
  if (recovers) write_line(opens, "opening");
  auto engine = reprise::Engine::open({.path = store,
                                       .shards = static_cast<std::uint16_t>(number(3)),
                                       .memory_budget = number(5),
                                       .snapshot_every = number(4),
                                       .verify_replay_every = 1},
                                      workflows);
  if (!engine) {
    fmt::print(stderr, "kill_worker: {}\n", engine.error().message());
    return 1;
  }
  if (!finish) {
    write_line(opens, "opened");
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) clients.emplace_back([&, i] { client(*engine, i); });
    for (auto& thread : clients) thread.join();
    return 0;
  }
  // The last life: tells what became of every instance, for the test to compare with the receipts.
  reprise::ListFilter all;
  all.limit = 10'000'000;
  const auto listed = engine->list(all);
  if (!listed) return 1;
  for (const auto& info : *listed) {
    auto history = engine->history(info.key);
    if (!history) return 1;
    bool signalled = false;
    for (const auto& event : *history) signalled |= event.kind == "signal_received";
    fmt::print("{} {} {}\n", info.key.id, signalled ? 1 : 0, end_of(*engine, info, signalled));
  }
  return 0;
}
