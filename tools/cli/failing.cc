#include "tools/cli/failing.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "tools/cli/exit_code.h"
#include "tools/cli/text.h"

#include <fmt/format.h>

namespace reprise::cli {
namespace {

/// Whether the folder of a store has lost the files without which nothing says what the others are.
bool lacks_manifest(const std::string& source) {
  const auto database = std::filesystem::path(source) / "db";
  std::string current;
  std::ifstream(database / "CURRENT") >> current;
  std::error_code ignored;
  return current.empty() || !std::filesystem::exists(database / current, ignored);
}

/// What to do about an error whose own sentence does not say, by `command` on `source`.
std::string advice(Code code, const std::string& program, std::string_view command,
                   const std::string& source) {
  switch (code) {
    case Code::store_locked:
      return "end that process, or wait; or have it make a backup (Engine::backup)";
    case Code::missing_data:
    case Code::corrupt: {
      std::error_code ignored;
      if (std::filesystem::is_regular_file(source, ignored)) {
        return "export it again, or take another copy of the file";
      }
      if (lacks_manifest(source)) {
        return "put the file back, or restore a backup: without CURRENT and the MANIFEST it names "
               "nothing says what the other files hold, and no repair can tell";
      }
      if (command == "repair") {
        return "restore a backup: what is left here makes no store that opens";
      }
      return fmt::format(
          "restore a backup; or `{} repair STORE --to COPY`, which leaves STORE as it is", program);
    }
    case Code::store_unusable:
    case Code::not_a_journal_file:
      return fmt::format("give the folder that an engine was opened with, or a file of `{} export`",
                         program);
    case Code::newer_format: return "use the `reprise` of the build that wrote it";
    case Code::not_found:
      return fmt::format("`{} ls` lists what is there; --space names a namespace", program);
    default: return {};
  }
}

}  // namespace

int tell_failure(const Error& error, std::string_view command, const std::string& source,
                 const Console& console) {
  console.err << console.program << ": " << shown(error.message(), 2000) << '\n'
              << fmt::format("  code   {} ({}), docs/errors/{}.md\n", name(error.code()),
                             static_cast<int>(error.code()), name(error.code()));
  const auto tried = advice(error.code(), console.program, command, source);
  if (!tried.empty()) console.err << "  try    " << tried << '\n';
  return exits::of(error.code());
}

}  // namespace reprise::cli
