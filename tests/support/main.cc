// main() of the rooms' test programs: the tests, then whether they came everywhere that is marked.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "support/live_writer.h"
#include "support/marks.h"
#include "support/other_process.h"

int main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--open") return reprise::test::open_here(argv[2]);
  if (argc == 3 && std::string(argv[1]) == "--write") return reprise::test::write_here(argv[2]);
  doctest::Context context(argc, argv);
  const int failed = context.run();
  // Some of the tests come to some of the marks only.
  if (context.shouldExit() || failed != 0 || argc > 1) return failed;
  const auto program = std::filesystem::path(argv[0]).filename().string();
  const auto room = program.substr(0, program.rfind("_test"));
  return reprise::test::show(room) ? 0 : 1;
}
