#include "journal/status.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace reprise::journal {

Error from_status(const rocksdb::Status& status, std::string_view what) {
  auto message = fmt::format("{}: {}.", what, status.ToString());
  if (status.IsNoSpace()) return {Code::no_space, std::move(message)};
  // Before Corruption: some of these name a data file that is not there.
  if (status.IsPathNotFound()) return {Code::missing_data, std::move(message)};
  if (status.IsCorruption()) return {Code::corrupt, std::move(message)};
  if (status.IsNotFound()) return {Code::not_found, std::move(message)};
  if (status.IsInvalidArgument()) return {Code::corrupt, std::move(message)};
  return {Code::io_error, std::move(message)};
}

Error from_errno(int number, std::string_view what, std::string_view path) {
  auto message = fmt::format("{} {}: {}.", what, path, std::generic_category().message(number));
  const auto code = number == ENOSPC || number == EDQUOT ? Code::no_space : Code::io_error;
  return {code, std::move(message)};
}

}  // namespace reprise::journal
