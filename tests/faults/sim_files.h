// The journal's files on a Drive.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "journal/file.h"
#include "tests/faults/drive.h"

namespace reprise::faults {

/// `drive` outlives it, and it the stores opened with it.
class SimFiles final : public journal::Files {
 public:
  explicit SimFiles(Drive& drive);
  ~SimFiles() override;

  [[nodiscard]] rocksdb::Env& env() override { return *env_; }
  bool exists(const std::string& path) override { return disk().find(path) != 0; }
  Result<bool> has_usable_folder(const std::string& path) override;
  Result<std::vector<std::string>> list_folder(const std::string& path) override;
  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) override;
  Result<std::uint64_t> size_of(const std::string& path) override;
  Result<void> make_folder(const std::string& path) override;
  Result<void> make_new_folder(const std::string& path) override;
  Result<void> remove_folder(const std::string& path) override;
  Result<void> sync_folder(const std::string& path) override;
  Result<std::unique_ptr<journal::File>> open(const std::string& path, Open how) override;
  Result<void> sync_file(const std::string& path) override;
  Result<void> link_file(const std::string& from, const std::string& to) override;
  Result<void> exchange(const std::string& one, const std::string& other) override;
  Result<void> rename_file(const std::string& from, const std::string& to) override;
  Result<std::uint64_t> free_space(const std::string& path) override;
  Result<std::unique_ptr<journal::File>> lock_store(const std::string& path) override;
  Result<std::string> lock_holder(const std::string& path) override;

 private:
  [[nodiscard]] const Disk& disk() const noexcept { return drive_.disk(); }
  /// Two names swap, or one moves.
  Result<void> move(Op::Kind kind, const std::string& from, const std::string& to);

  Drive& drive_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace reprise::faults
