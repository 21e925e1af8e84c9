// The machine's file calls, to be overridden one by one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "journal/file.h"

namespace reprise::journal::testing {

class ForwardingFiles : public Files {
 public:
  rocksdb::Env& env() override { return real_files().env(); }
  bool exists(const std::string& path) override { return real_files().exists(path); }
  Result<bool> has_usable_folder(const std::string& path) override {
    return real_files().has_usable_folder(path);
  }
  Result<std::vector<std::string>> list_folder(const std::string& path) override {
    return real_files().list_folder(path);
  }
  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) override {
    return real_files().read_range(path, offset, size);
  }
  Result<std::uint64_t> size_of(const std::string& path) override {
    return real_files().size_of(path);
  }
  Result<void> make_folder(const std::string& path) override {
    return real_files().make_folder(path);
  }
  Result<void> make_new_folder(const std::string& path) override {
    return real_files().make_new_folder(path);
  }
  Result<void> remove_folder(const std::string& path) override {
    return real_files().remove_folder(path);
  }
  Result<void> sync_folder(const std::string& path) override {
    return real_files().sync_folder(path);
  }
  Result<std::unique_ptr<File>> open(const std::string& path, Open how) override {
    return real_files().open(path, how);
  }
  Result<void> sync_file(const std::string& path) override { return real_files().sync_file(path); }
  Result<void> link_file(const std::string& from, const std::string& to) override {
    return real_files().link_file(from, to);
  }
  Result<void> exchange(const std::string& one, const std::string& other) override {
    return real_files().exchange(one, other);
  }
  Result<void> rename_file(const std::string& from, const std::string& to) override {
    return real_files().rename_file(from, to);
  }
  Result<std::uint64_t> free_space(const std::string& path) override {
    return real_files().free_space(path);
  }
  Result<std::unique_ptr<File>> lock_store(const std::string& path) override {
    return real_files().lock_store(path);
  }
  Result<std::string> lock_holder(const std::string& path) override {
    return real_files().lock_holder(path);
  }
};

}  // namespace reprise::journal::testing
