// What `--help` of each command shows as its use.
#pragma once

#include <string>
#include <string_view>

namespace reprise::cli {

/// The line behind the program's name, of the command at this path ("corpus add"); "" if there is
/// no such command.
std::string_view example_of(std::string_view path);

}  // namespace reprise::cli
