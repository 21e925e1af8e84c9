// What the project writes is sound to a reader that shares nothing with the writer.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/store_check.h"
#include "tests/verifier/rocks_source.h"
#include "tests/verifier/stores.h"
#include "tests/verifier/verify.h"

namespace {

using namespace reprise::verifier;
using namespace reprise::test;
namespace fs = std::filesystem;

}  // namespace

TEST_SUITE("verifier/sound") {
  TEST_CASE("the golden store holds together, byte for byte") {
    std::string wrong;
    const auto source =
        open_rocks((fs::path(REPRISE_SOURCE_DIR) / "tests/golden/v1/store").string(),
                   fs::temp_directory_path().string(), wrong);
    REQUIRE(wrong == "");
    CHECK(text(verify_store(*source, Depth::bytes)) == "");
    Image image;
    copy_into(*source, image);
    CHECK_FALSE(image.at(Family::journal).empty());
  }

  TEST_CASE("looking at a store changes no byte of it") {
    const fs::path store = fs::path(REPRISE_SOURCE_DIR) / "tests/golden/v1/store";
    const auto bytes = [&] {
      std::string all;
      for (const auto& file : fs::recursive_directory_iterator(store)) {
        all += file.path().string();
        if (!file.is_regular_file()) continue;
        std::ifstream content(file.path(), std::ios::binary);
        all.append(std::istreambuf_iterator<char>(content), {});
      }
      return all;
    };
    const std::string before = bytes();
    std::string wrong;
    (void)verify_store(*open_rocks(store.string(), fs::temp_directory_path().string(), wrong));
    CHECK(bytes() == before);
  }

  TEST_CASE("a store of an engine is sound, with its journal whole or trimmed") {
    CHECK(text(verify_store(whole_store())) == "");
    CHECK(text(verify_store(trimmed_store())) == "");
    CHECK(text(verify_store(kept_store())) == "");
  }

  TEST_CASE("what the damage tests take apart and put together again is sound") {
    Forge trimmed(trimmed_store());
    CHECK(text(verify_store(trimmed.finish())) == "");
    Forge kept(kept_store());
    CHECK(text(verify_store(kept.finish())) == "");
    Forge whole(whole_store());
    whole.keep_journal();
    CHECK(text(verify_store(whole.finish())) == "");
  }

  TEST_CASE("a journal file is sound") { CHECK(text(verify_file(journal_file())) == ""); }
}
