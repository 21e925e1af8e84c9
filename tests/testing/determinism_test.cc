// Workflow code that asks something else than its history is told of, with its line.
#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <source_location>
#include <string>
#include <thread>

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <reprise/reprise.h>
#include <reprise/testing.h>

namespace reprise {
namespace {

using namespace std::chrono_literals;
using testing::CrashReport;
using testing::sees_calls;
using testing::TestEngine;

std::function<unsigned()> asked;  ///< What the code of `asks` and the bodies do.
unsigned line = 0;                ///< On which `asks_itself` does it.

unsigned here(std::source_location at = std::source_location::current()) { return at.line(); }

Workflow<int> asks(Context ctx) {
  co_await ctx.sleep(1h);
  (void)asked();
  co_await ctx.sleep(1h);
  co_return 1;
}

Workflow<int> asks_itself(Context ctx) {
  co_await ctx.sleep(1h);
  co_return std::getenv((line = here(), "HOME")) != nullptr ? 1 : 2;
}

int body() { return static_cast<int>(asked() & 1); }
Workflow<int> asks_in_steps(Context ctx) {
  auto one = co_await ctx.step("pooled", body);
  auto other = co_await ctx.step("inline", {.runs_on = RunsOn::shard}, body);
  ctx.log("both are there");
  co_return one + other;
}

Workflow<int> logs(Context ctx) {
  ctx.log("it is {}", "here");
  co_await ctx.sleep(1h);
  co_return 1;
}

Workflow<int> asks_nothing(Context ctx) {
  auto id = ctx.uuid();
  co_await ctx.sleep(std::chrono::milliseconds(ctx.random() % 1000));
  co_return static_cast<int>(id.size()) +
      static_cast<int>(ctx.now().time_since_epoch().count() % 2);
}

Registry registry() {
  Registry workflows;
  workflows.add("asks", asks);
  workflows.add("asks_itself", asks_itself);
  workflows.add("asks_in_steps", asks_in_steps);
  workflows.add("asks_nothing", asks_nothing);
  workflows.add("logs", logs);
  return workflows;
}

struct Case {
  std::string call;
  std::string advice;
  std::function<unsigned()> code;
};

const std::string in_a_step = "do it in a step";

std::vector<Case> cases() {
  return {
      {"clock_gettime", "ctx.now()",
       [] { return unsigned(std::chrono::system_clock::now().time_since_epoch().count() == 0); }},
      {"clock_gettime", "ctx.now()",
       [] { return unsigned(std::chrono::steady_clock::now().time_since_epoch().count() == 0); }},
      {"time", "ctx.now()", [] { return unsigned(::time(nullptr) == 0); }},
      {"rand", "ctx.random()",
       [] { return unsigned(std::rand() % 2); }},  // NOLINT: the bad example.
      {"std::random_device", "ctx.random()", [] { return unsigned(std::random_device()()); }},
      {"getenv", in_a_step, [] { return unsigned(std::getenv("HOME") != nullptr); }},
      {"fopen", in_a_step, [] { return unsigned(std::ifstream("/proc/self/stat").good()); }},
      {"remove", in_a_step, [] { return unsigned(std::filesystem::remove("/proc/self/nothing")); }},
      {"readlink", in_a_step,
       [] { return unsigned(std::filesystem::read_symlink("/proc/self").empty()); }},
      {"getcwd", in_a_step, [] { return unsigned(std::filesystem::current_path().empty()); }},
      {"socket", in_a_step,
       [] { return unsigned(::close(::socket(AF_UNIX, SOCK_STREAM, 0)) == 0); }},
      {"pthread_create", in_a_step,
       [] {
         pthread_t thread{};
         const auto body = [](void* nothing) { return nothing; };
         return unsigned(::pthread_create(&thread, nullptr, body, nullptr) == 0 &&
                         ::pthread_join(thread, nullptr) == 0);
       }},
      {"nanosleep", "ctx.sleep()",
       [] {
         std::this_thread::sleep_for(1ns);  // tidy: allow no_sleep_in_tests, it is the bad example
         return 0U;
       }},
  };
}

}  // namespace

TEST_SUITE("testing/determinism") {
  TEST_CASE("each call of workflow code that is not in its history is told of, with its line" *
            doctest::skip(!sees_calls())) {
    for (const auto& [call, advice, code] : cases()) {
      CAPTURE(call);
      asked = code;
      TestEngine engine(registry());
      CHECK(engine.deterministic());
      auto run = engine->start(asks, "a").value();
      CHECK(run.result().value() == 1);
      const auto verdict = engine.deterministic();
      CHECK_FALSE(verdict);
      CAPTURE(verdict.why());
      CHECK(verdict.why().find("calls " + call) != std::string::npos);
      CHECK(verdict.why().find("at determinism_test.cc:") != std::string::npos);
      CHECK(verdict.why().find(advice) != std::string::npos);
    }
  }

  TEST_CASE("a call in the workflow itself is told of with the line on which it stands" *
            doctest::skip(!sees_calls())) {
    TestEngine engine(registry());
    CHECK(engine->start(asks_itself, "a").value().result().ok());
    CHECK(engine.deterministic().why() == "workflow code calls getenv at determinism_test.cc:" +
                                              std::to_string(line) + ": do it in a step");
  }

  TEST_CASE("steps, the host and the engine may ask whatever they like") {
    for (const auto& one : cases()) {
      asked = one.code;
      TestEngine engine(registry());
      CHECK(engine->start(asks_in_steps, "a").ok());
      CHECK(engine->find<int>("a").value().result().ok());
      (void)one.code();
      CHECK(engine->start(asks_nothing, "b").value().result().ok());
      CHECK(engine.deterministic());
    }
  }

  TEST_CASE("where a line of the workflow's log goes may ask too") {
    testing::TestOptions options;
    int lines = 0;
    options.engine.log.level = LogLevel::info;
    options.engine.log.sink = [&](const LogLine&) {
      lines += std::getenv("HOME") != nullptr ? 1 : 1;
    };
    TestEngine engine(registry(), options);
    CHECK(engine->start(logs, "a").value().result().ok());
    CHECK(lines > 0);
    CHECK(engine.deterministic());
  }

  TEST_CASE("what nobody has asked for is told in the end" * doctest::skip(!sees_calls())) {
    std::FILE* const told = std::tmpfile();
    REQUIRE(told != nullptr);
    const int before = ::dup(STDERR_FILENO);
    ::dup2(::fileno(told), STDERR_FILENO);
    {
      TestEngine engine(registry());
      CHECK(engine.deterministic());
      (void)engine->start(asks_itself, "a").value().result();
    }
    ::dup2(before, STDERR_FILENO);
    ::close(before);
    std::rewind(told);
    std::array<char, 256> text{};
    CHECK(std::fgets(text.data(), text.size(), told) != nullptr);
    CHECK(std::string(text.data()) ==
          "reprise: workflow code calls getenv at determinism_test.cc:" + std::to_string(line) +
              ": do it in a step\n");
    std::fclose(told);
  }

  TEST_CASE("each engine hears of its own workflows alone, in all its lives" *
            doctest::skip(!sees_calls())) {
    asked = [] { return unsigned(std::getenv("HOME") != nullptr); };
    TestEngine one(registry());
    TestEngine other(registry());
    CHECK(one->start(asks, "a").ok());
    CHECK(other->start(asks_nothing, "a").ok());
    one.pass(90min);
    other.pass(90min);
    one.crash();
    CHECK_FALSE(one.deterministic());
    CHECK(other.deterministic());
  }

  TEST_CASE("a crash matrix takes it for a violation" * doctest::skip(!sees_calls())) {
    asked = [] { return unsigned(std::getenv("HOME") != nullptr); };
    testing::MatrixOptions options;
    options.progress = false;
    options.threads = 1;
    const CrashReport report = crash_matrix(registry(), options, asks);
    REQUIRE_FALSE(report.violations.empty());
    CHECK(report.violations[0].found.at(0).find("workflow code calls getenv at ") == 0);
    CHECK(crash_matrix(registry(), options, asks_nothing));
  }
}

}  // namespace reprise
