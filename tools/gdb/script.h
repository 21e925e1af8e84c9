// The text of reprise.py, compiled in: a program takes its gdb commands along.
#pragma once

#include <string_view>

namespace reprise::cli {

[[nodiscard]] std::string_view gdb_script() noexcept;

}  // namespace reprise::cli
