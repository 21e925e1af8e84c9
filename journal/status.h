// What RocksDB and the operating system answer, as our codes. Translated here and nowhere else.
#pragma once

#include <string_view>

#include <reprise/error.h>

#include <rocksdb/status.h>

namespace reprise::journal {

/// REQUIRES: !status.ok(). `what` says what was being done, e.g. "Opening /data/orders".
[[nodiscard]] Error from_status(const rocksdb::Status& status, std::string_view what);

/// The error of a failed system call on `path`, from errno.
[[nodiscard]] Error from_errno(int number, std::string_view what, std::string_view path);

}  // namespace reprise::journal
