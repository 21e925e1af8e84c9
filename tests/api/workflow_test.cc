#include <doctest/doctest.h>
#include <reprise/hash.h>

#include "support/fake_driver.h"

using namespace std::chrono_literals;
using reprise::Code;
using reprise::Context;
using reprise::Workflow;
using reprise::testing::FakeDriver;
using Trace = std::vector<std::string>;

namespace {

struct Order {
  std::string id;
  std::int64_t cents = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Order, id, cents)

std::string charge(const Order& order) { return "receipt for " + order.id; }
std::string keyed(reprise::StepContext& step, int number) {
  return step.idempotency_key() + "/" + std::to_string(number);
}
int throwing(std::string what) {
  if (what == "named") throw reprise::NamedFailure("out_of_stock", "none\nleft", false);
  if (what == "final") throw reprise::NonRetryable("never again");
  if (what == "int") throw 7;
  throw std::runtime_error(what);
}
reprise::Result<int> half(int number) {
  if (number % 2 != 0) return reprise::Error(Code::invalid_argument, "odd");
  return number / 2;
}
double not_a_number() { return std::numeric_limits<double>::quiet_NaN(); }

int runs = 0;
Workflow<int> counts(Context /*ctx*/) {
  ++runs;
  co_return runs;
}

Workflow<std::string> fulfil(Context ctx, Order order) {
  auto receipt = co_await ctx.step("charge", {.timeout = 5s, .attempts = 3}, charge, order);
  co_await ctx.sleep(1us);
  auto text = co_await ctx.step("note", [&] { return receipt + "!"; });
  co_return text;
}

Workflow<int> one_step(Context ctx, std::string what) {
  auto number = co_await ctx.step("throwing", throwing, what);
  co_return number;
}

Workflow<std::string> catches(Context ctx, std::string what) {
  std::string caught;
  try {
    co_await ctx.step("throwing", throwing, what);
  } catch (const reprise::TimedOut& error) {
    caught = "timed out: " + error.message();
  } catch (const reprise::StepFailed& error) {
    caught = error.type() + ": " + error.message();
  } catch (const reprise::Cancelled&) {
    caught = "cancelled";
  }
  co_return caught;
}

Workflow<std::string> tries(Context ctx, std::string what) {
  auto result = co_await ctx.try_step("throwing", throwing, what);
  if (result) co_return "ok";
  co_return std::string(name(result.error().code())) + " " + result.error().type();
}

Workflow<std::string> uses_context(Context ctx) {
  auto text = co_await ctx.step("keyed", keyed, 5);
  co_return text;
}

Workflow<int> halves(Context ctx, int number) {
  auto result = co_await ctx.step("half", half, number);
  co_return result;
}

Workflow<void> encodes_nan(Context ctx) { co_await ctx.step("nan", not_a_number); }

}  // namespace

TEST_SUITE("api/workflow") {
  TEST_CASE("a workflow is lazy: making its frame runs nothing") {
    reprise::Registry registry;
    registry.add("counts", counts);
    runs = 0;
    auto frame = registry.find("counts")->make({}, {reprise::Encoding::json, "[]"}).value();
    CHECK(runs == 0);
    FakeDriver driver;
    reprise::detail::DriverScope scope(&driver);
    frame->start();
    CHECK(runs == 1);
    CHECK(driver.result<int>() == 1);
  }

  TEST_CASE("a workflow issues its commands in order and returns its result") {
    FakeDriver driver;
    driver.start(fulfil, Order{"order-42", 1999});
    CHECK(driver.trace() == Trace{"1 step charge"});
    CHECK(driver.at(1).command.step.attempts == 3);
    CHECK(driver.at(1).command.step.timeout == 5s);
    CHECK(driver.at(1).command.args_hash == reprise::hash64(R"([{"cents":1999,"id":"order-42"}])"));
    CHECK(std::string_view(driver.at(1).command.site.file).ends_with("workflow_test.cc"));
    CHECK(driver.at(1).command.site.line > 0);
    driver.run_step(1);
    CHECK(driver.at(2).command.due == 1'000);
    CHECK(driver.at(2).command.due_after);
    driver.fire(2);
    CHECK(driver.at(3).command.args_hash == 0);
    driver.run_step(3);
    CHECK(driver.result<std::string>() == "receipt for order-42!");
    CHECK(driver.trace() == Trace{"1 step charge", "2 timer", "3 step note"});
  }

  TEST_CASE("completions that are in history are taken without suspending") {
    FakeDriver driver;
    driver.record_value(1, std::string("r"));
    driver.record(2, reprise::Payload{});
    driver.record_value(3, std::string("done"));
    driver.start(fulfil, Order{"order-42", 1999});
    CHECK(driver.parks() == 0);
    CHECK(driver.result<std::string>() == "done");
  }

  TEST_CASE("only a lambda that captures refers to the frame") {
    FakeDriver driver;
    driver.record_value(1, std::string("r"));
    driver.record(2, reprise::Payload{});
    driver.start(fulfil, Order{"order-42", 1999});
    CHECK_FALSE(driver.at(1).body->borrows_frame());
    CHECK(driver.at(3).body->borrows_frame());
  }

  TEST_CASE("what a body throws is the step's failure, on one line") {
    const auto failure = [](const char* what) {
      FakeDriver driver;
      driver.start(one_step, what);
      return std::get<reprise::Failure>(driver.run_body(1));
    };
    const auto code = static_cast<std::uint16_t>(Code::step_failed);
    CHECK(failure("named") == reprise::Failure{code, "out_of_stock", "none left", false});
    CHECK(failure("final") == reprise::Failure{code, "", "never again", false});
    CHECK(failure("plain") == reprise::Failure{code, "", "plain", true});
    CHECK(failure("int").message == "an exception that is no std::exception");
    CHECK(failure(std::string(10'000, 'x').c_str()).message.size() == 4096);
  }

  TEST_CASE("a failed step throws what its journaled failure says") {
    const auto after = [](Code code) {
      FakeDriver driver;
      driver.start(catches, "x");
      driver.fail(1, code, "no", "kind");
      return driver.result<std::string>();
    };
    CHECK(after(Code::step_failed) == "kind: no");
    CHECK(after(Code::body_hung) == "kind: no");
    CHECK(after(Code::timed_out) == "timed out: no");
    CHECK(after(Code::operation_cancelled) == "cancelled");
  }

  TEST_CASE("try_step gives a Result instead of throwing") {
    FakeDriver failing;
    failing.start(tries, "x");
    failing.fail(1, Code::step_failed, "no", "kind");
    CHECK(failing.result<std::string>() == "step_failed kind");
    FakeDriver good;
    good.start(tries, "x");
    good.complete_value(1, 1);
    CHECK(good.result<std::string>() == "ok");
  }

  TEST_CASE("an exception that leaves a workflow is its failure") {
    FakeDriver driver;
    driver.start(one_step, "x");
    driver.fail(1, Code::step_failed, "no", "kind");
    CHECK(driver.failure().code == static_cast<std::uint16_t>(Code::workflow_failed));
    CHECK(driver.failure().type == "kind");
    CHECK(driver.failure().message == "no");
  }

  TEST_CASE("a cancellation that leaves a workflow is one only if it was asked for") {
    FakeDriver asked;
    asked.start(one_step, "x");
    asked.cancelling = true;
    asked.fail(1, Code::operation_cancelled, "cancelled");
    CHECK(asked.failure().code == static_cast<std::uint16_t>(Code::workflow_cancelled));
    FakeDriver dropped;
    dropped.start(one_step, "x");
    dropped.fail(1, Code::operation_cancelled, "cancelled");
    CHECK(dropped.failure().code == static_cast<std::uint16_t>(Code::workflow_failed));
  }

  TEST_CASE("a body may take its StepContext first, which is no argument") {
    FakeDriver driver;
    driver.start(uses_context);
    CHECK(driver.at(1).command.args_hash == reprise::hash64("[5]"));
    driver.run_step(1);
    CHECK(driver.result<std::string>() == "key-1/5");
  }

  TEST_CASE("a body may return Result instead of throwing") {
    FakeDriver even;
    even.start(halves, 8);
    even.run_step(1);
    CHECK(even.result<int>() == 4);
    FakeDriver odd;
    odd.start(halves, 7);
    CHECK(std::get<reprise::Failure>(odd.run_body(1)).message == "odd");
  }

  TEST_CASE("a step result that cannot be encoded fails the step without retry") {
    FakeDriver driver;
    driver.start(encodes_nan);
    const auto failure = std::get<reprise::Failure>(driver.run_body(1));
    CHECK_FALSE(failure.retryable);
    CHECK(failure.message == "JSON has no infinite numbers and no NaN");
  }

  TEST_CASE("a recorded result that does not decode is reported to the driver") {
    FakeDriver driver;
    driver.start(one_step, "x");
    driver.complete_value(1, std::string("text"));
    REQUIRE(driver.undecodable_error.has_value());
    CHECK(driver.undecodable_error->code() == Code::undecodable);
  }

  TEST_CASE("a Context throws context_invalid outside the code of its workflow") {
    FakeDriver mine;
    FakeDriver other;
    const Context ctx(mine.execution());
    const auto code = [&] {
      try {
        (void)ctx.now();
      } catch (const reprise::Error& error) {
        return error.code();
      }
      return Code::ok;
    };
    CHECK(code() == Code::context_invalid);
    {
      reprise::detail::DriverScope scope(&other);
      CHECK(code() == Code::context_invalid);
      reprise::detail::DriverScope inner(&mine);
      CHECK(code() == Code::ok);
    }
    CHECK(reprise::detail::current_driver() == nullptr);
  }
}
