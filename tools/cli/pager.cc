#include "tools/cli/pager.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace reprise::cli {
namespace {

/// Lines that the terminal shows; without an answer, none is too many.
std::size_t lines_shown() {
  winsize size = {};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return SIZE_MAX;
  return size.ws_row;
}

bool write_all(std::FILE* out, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), out) == text.size();
}

}  // namespace

std::string pager_of(const char* pager) {
  if (pager == nullptr) return "less";
  const std::string named = pager;
  return named == "cat" ? "" : named;
}

bool page(std::string_view text, const std::string& pager) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (pager.empty() || lines < lines_shown()) {
    return write_all(stdout, text) && std::fflush(stdout) == 0;
  }
  // Ends by itself where all fits, keeps colors, leaves the screen as it is.
  ::setenv("LESS", "FRX", /*overwrite=*/0);
  std::signal(SIGPIPE, SIG_IGN);
  std::FILE* reader = ::popen(pager.c_str(), "w");
  if (reader == nullptr) return write_all(stdout, text) && std::fflush(stdout) == 0;
  (void)write_all(reader, text);
  const int status = ::pclose(reader);
  // 127 is what a shell says of a program that is not there.
  if (status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == 127)) {
    return write_all(stdout, text) && std::fflush(stdout) == 0;
  }
  return true;
}

}  // namespace reprise::cli
