// What the anchor may claim of the MANIFEST, while RocksDB begins a new one on its own thread.
#include <doctest/doctest.h>

#include <functional>
#include <utility>

#include "journal/manifest.h"
#include "journal/opening.h"
#include "tests/journal/damage.h"
#include "tests/journal/forwarding_files.h"

namespace reprise::journal {
namespace {

using namespace testing;

/// Notes what is made durable, and does something once before a MANIFEST is looked at or read.
class WatchedFiles final : public ForwardingFiles {
 public:
  std::vector<std::string> synced;
  std::function<void()> before_size;
  std::function<void()> before_read;

  Result<std::uint64_t> size_of(const std::string& path) override {
    if (path.find("MANIFEST") != std::string::npos) once(before_size);
    return ForwardingFiles::size_of(path);
  }
  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) override {
    if (path.find("MANIFEST") != std::string::npos) once(before_read);
    return ForwardingFiles::read_range(path, offset, size);
  }
  Result<void> sync_folder(const std::string& path) override {
    synced.push_back(path);
    return ForwardingFiles::sync_folder(path);
  }
  Result<void> sync_file(const std::string& path) override {
    synced.push_back(path);
    return ForwardingFiles::sync_file(path);
  }

 private:
  static void once(std::function<void()>& planned) {
    if (auto taken = std::exchange(planned, nullptr)) taken();
  }
};

struct Folder {
  TempFolder folder;
  std::string path = folder / "db";
  Folder() {
    fs::create_directories(path);
    begin(5, "five");
  }
  /// RocksDB begins a MANIFEST.
  void begin(unsigned number, const std::string& bytes) const {
    write_bytes(path + "/" + manifest_name(number), bytes);
    write_bytes(path + "/CURRENT", manifest_name(number) + "\n");
  }
};

}  // namespace

TEST_SUITE("journal/claim") {
  TEST_CASE("a MANIFEST is claimed once its bytes are durable, and CURRENT's name for it") {
    const Folder folder;
    WatchedFiles files;
    const auto claim = claim_manifest(files, folder.path, {}).value();
    CHECK(claim.number == 5);
    CHECK(claim.size == 4);
    CHECK(claim.hash == hash64("five"));
    const auto manifest = folder.path + "/" + manifest_name(5);
    CHECK(files.synced == std::vector<std::string>{folder.path, manifest});
    files.synced.clear();
    CHECK(claim_manifest(files, folder.path, claim).value().hash == claim.hash);
    CHECK(files.synced.empty());  // Nothing new to claim.
    write_bytes(manifest, "five and more");
    CHECK(claim_manifest(files, folder.path, claim).value().size == 13);
    CHECK(files.synced == std::vector<std::string>{manifest});
  }

  TEST_CASE("a MANIFEST that goes while it is looked at gives way to the next one") {
    for (const bool before_size : {true, false}) {
      const Folder folder;
      WatchedFiles files;
      (before_size ? files.before_size : files.before_read) = [&] {
        folder.begin(9, "the ninth");
        fs::remove(folder.path + "/" + manifest_name(5));
      };
      const auto claim = claim_manifest(files, folder.path, {}).value();
      CHECK(claim.number == 9);
      CHECK(claim.hash == hash64("the ninth"));
      CHECK(files.synced.back() == folder.path + "/" + manifest_name(9));
    }
  }

  TEST_CASE("one that is gone while CURRENT names it is an error") {
    const Folder folder;
    fs::remove(folder.path + "/" + manifest_name(5));
    CHECK(claim_manifest(real_files(), folder.path, {}).code() == Code::io_error);
  }
}

}  // namespace reprise::journal
