// Calls the reprise command as a function, and takes down what it told.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <reprise/registry.h>

#include "tools/cli/tool.h"

namespace reprise::testing {

struct Told {
  int code = 0;
  std::string out;
  std::string err;
};

inline Told tell(const std::vector<std::string>& args, const Registry& workflows = Registry(),
                 bool color = false) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = cli::run(args, {out, err, color, false}, workflows);
  return {code, out.str(), err.str()};
}

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace reprise::testing
