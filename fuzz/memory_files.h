// Files in memory, for the few calls that read them: a folder of names, nothing durable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "journal/file.h"

namespace reprise::fuzz {

class MemoryFiles final : public journal::Files {
 public:
  void put(const std::string& path, std::string_view bytes) { files_[path] = bytes; }

  bool exists(const std::string& path) override { return files_.contains(path); }
  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) override {
    const auto& bytes = files_.at(path);
    return offset > bytes.size() ? std::string() : bytes.substr(offset, size);
  }
  Result<std::uint64_t> size_of(const std::string& path) override { return files_.at(path).size(); }
  Result<std::vector<std::string>> list_folder(const std::string& path) override {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : files_) {
      if (name.starts_with(path + "/")) names.push_back(name.substr(path.size() + 1));
    }
    return names;
  }
  Result<std::unique_ptr<journal::File>> open(const std::string& path, Open /*how*/) override {
    return std::unique_ptr<journal::File>(std::make_unique<Held>(files_[path]));
  }

  // None of these is called by what is fuzzed.
  rocksdb::Env& env() override { throw unused(); }
  Result<bool> has_usable_folder(const std::string&) override { return unused(); }
  Result<void> make_folder(const std::string&) override { return unused(); }
  Result<void> make_new_folder(const std::string&) override { return unused(); }
  Result<void> remove_folder(const std::string&) override { return unused(); }
  Result<void> sync_folder(const std::string&) override { return unused(); }
  Result<void> sync_file(const std::string&) override { return {}; }  // Nothing to lose.
  Result<void> link_file(const std::string&, const std::string&) override { return unused(); }
  Result<void> exchange(const std::string&, const std::string&) override { return unused(); }
  Result<void> rename_file(const std::string&, const std::string&) override { return unused(); }
  Result<std::uint64_t> free_space(const std::string&) override { return unused(); }
  Result<std::unique_ptr<journal::File>> lock_store(const std::string&) override {
    return unused();
  }
  Result<std::string> lock_holder(const std::string&) override { return unused(); }

 private:
  static Error unused() { return {Code::io_error, "not of these files"}; }

  class Held final : public journal::File {
   public:
    explicit Held(std::string& bytes) : bytes_(bytes) {}
    Result<void> write_durably(std::string_view bytes, std::uint64_t offset) override {
      if (bytes_.size() < offset + bytes.size()) bytes_.resize(offset + bytes.size());
      bytes_.replace(offset, bytes.size(), bytes);
      return {};
    }

   private:
    std::string& bytes_;
  };

  std::map<std::string, std::string> files_;
};

}  // namespace reprise::fuzz
