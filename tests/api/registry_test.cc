#include <reprise/reprise.h>

#include <doctest/doctest.h>

namespace {

reprise::Workflow<int> one(reprise::Context /*ctx*/, int value) { co_return value; }
reprise::Workflow<void> two(reprise::Context /*ctx*/) { co_return; }

}  // namespace

TEST_SUITE("api/registry") {
  TEST_CASE("a workflow is found by name and by function") {
    reprise::Registry registry;
    registry.add("one", one);
    registry.add("two", two);
    CHECK(registry.check().ok());
    REQUIRE(registry.find("two") != nullptr);
    CHECK(registry.find("two")->name == "two");
    CHECK(registry.find(reinterpret_cast<const void*>(one))->name == "one");
    CHECK(registry.find("three") == nullptr);
    CHECK(registry.entries().size() == 2);
  }

  TEST_CASE("adding twice never fails; check names the name or function that is there twice") {
    reprise::Registry names;
    names.add("one", one);
    names.add("one", two);
    CHECK(names.check().code() == reprise::Code::duplicate_workflow);
    reprise::Registry functions;
    functions.add("one", one);
    functions.add("uno", one);
    CHECK(functions.check().code() == reprise::Code::duplicate_workflow);
    CHECK(functions.check().error().message().find("uno") != std::string::npos);
  }

  TEST_CASE("an input that is not the function's makes no frame") {
    reprise::Registry registry;
    registry.add("one", one);
    const auto made = registry.find("one")->make({}, {reprise::Encoding::json, R"(["text"])"});
    CHECK(made.code() == reprise::Code::undecodable);
    CHECK(registry.find("one")->make({}, {reprise::Encoding::json, "[7]"}).ok());
  }
}
