// Runs the real command, as a shell does, and takes down what it told.
#pragma once

#include <array>
#include <cstdio>
#include <string>

#include <doctest/doctest.h>

#include <sys/wait.h>

namespace reprise::testing {

struct Ran {
  int code = -1;    ///< -1: it did not end by itself.
  std::string all;  ///< stdout and stderr.
};

/// REQUIRES: nothing in `arguments` means something to a shell.
inline Ran run_command(const std::string& arguments) {
  std::FILE* const pipe =
      ::popen((std::string(REPRISE_COMMAND) + " " + arguments + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Ran ran;
  std::array<char, 4096> buffer{};
  while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    ran.all.append(buffer.data(), size);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
  return ran;
}

/// A library of tests/tools/library.
inline std::string library(const std::string& name) {
  return std::string(SHOP_LIBRARIES) + "/shop_" + name + ".so";
}

}  // namespace reprise::testing
