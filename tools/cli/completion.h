// Scripts with which a shell completes the command's line. Made from the parser's own tree, so that
// they know what the parser knows.
#pragma once

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace reprise::cli {

/// For `source <(reprise completion bash)`, of the program `name`.
std::string bash_completion(const CLI::App& app, const std::string& name);
/// For `source <(reprise completion zsh)`, or as the file `_reprise` in a folder of $fpath.
std::string zsh_completion(const CLI::App& app, const std::string& name);

}  // namespace reprise::cli
