// Long text on a terminal goes through a pager, as `git log` does.
#pragma once

#include <string>
#include <string_view>

namespace reprise::cli {

/// The pager to run: `pager` (that of $PAGER) or `less`; "" for none, as PAGER= or PAGER=cat say.
std::string pager_of(const char* pager);

/// Writes `text` to stdout, by way of `pager` if it has more lines than the terminal. A reader that
/// leaves early is no failure. Returns whether all could be written.
bool page(std::string_view text, const std::string& pager);

}  // namespace reprise::cli
