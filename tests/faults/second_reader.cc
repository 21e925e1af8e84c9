#include "tests/faults/second_reader.h"

#include "support/store_check.h"
#include "support/store_tree.h"
#include "tests/faults/client.h"
#include "tests/journal/store_fixture.h"

namespace reprise::faults {
namespace {

/// The store as files of this machine.
class Files {
 public:
  Files(const Disk& disk, const std::string& store) {
    auto tree = disk.tree(store);
    std::erase_if(tree, [](const auto& file) { return file.first.ends_with('/'); });
    test::make_tree(path(), tree);
  }

  [[nodiscard]] std::string path() const { return folder_ / "store"; }

 private:
  journal::testing::TempFolder folder_;
};

std::string told(const std::string& findings) {
  return findings.empty() ? "" : "second reader: " + findings;
}

}  // namespace

std::string findings_of_client(const Disk& disk, const std::string& path) {
  return told(test::findings_in_bytes(Files(disk, path).path()));
}

std::string findings_of_engine(const Disk& disk) {
  return told(test::findings_of(Files(disk, store_path).path()));
}

}  // namespace reprise::faults
