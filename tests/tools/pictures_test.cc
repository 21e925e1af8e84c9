// `history` as pictures: what is drawn, and that nothing stored is anything but text in it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "tests/tools/tell.h"
#include "tests/tools/tour.h"
#include "tools/cli/pictures.h"

namespace reprise {
namespace {

using namespace testing;  // NOLINT: the fixtures of this folder.

std::string page_of(const TourStore& store, const std::string& id,
                    std::vector<std::string> options = {}) {
  options.insert(options.begin(), {"history", store.path, id, "--output", "html"});
  const auto told = tell(options);
  CHECK(told.code == 0);
  return told.out;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Tags of a page that are none of its own.
std::vector<std::string> foreign_tags(const std::string& page) {
  static const std::regex own(
      "</?(html|head|meta|title|style|body|input|main|header|h1|h2|p|dl|dt|dd|span|section|div|"
      "label|a|i|b|br|wbr|table|thead|tbody|tr|th|td|code|details|summary|pre|footer|!doctype)"
      "( [^<>]*)?>");
  std::vector<std::string> found;
  for (auto at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    const auto tag = page.substr(at, page.find('>', at) - at + 1);
    if (!std::regex_match(tag, own)) found.push_back(tag);
  }
  return found;
}

/// Controls but line breaks, and what turns the direction of text.
bool steers(const std::string& text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) return true;
  }
  return has(text, "\u202e") || has(text, "\u061c") || has(text, "\xff");
}

}  // namespace

TEST_SUITE("tools/pictures") {
  TEST_CASE("a page has a row for the run and each operation, and a line for each event") {
    const TourStore store;
    const auto page = page_of(store, "open");
    CHECK(count(page, "class=\"row\"") == 9);
    CHECK(count(page, "<tr id=\"e") == lines(tell({"history", store.path, "open"}).out).size() - 1);
    CHECK(count(page, "class=\"p body failed\"") == 2);
    CHECK(count(page, "class=\"p rest\" style") == 2);
    CHECK(count(page, "class=\"p child failed\"") == 1);
    CHECK(count(page, "class=\"p unread\" style") == 1);
    CHECK(count(page, "class=\"p awaited open\"") == 1);
    CHECK(count(page, "class=\"p paused open\"") == 1);
    CHECK(count(page, "class=\"p timer\" style") == 1);
    CHECK(has(page, "timer, 1m 30s"));
    CHECK(has(page, "tour.h:"));
    CHECK(has(page, "<details><summary>"));
  }

  TEST_CASE("nothing stored is markup, script or a control on a page") {
    const TourStore store;
    for (const std::string& id : {std::string("open"), "done " + hostile}) {
      const auto page = page_of(store, id);
      CHECK(foreign_tags(page) == std::vector<std::string>());
      CHECK_FALSE(has(page, "<script"));
      CHECK(has(page, "&lt;script&gt;alert(1)"));
      CHECK(has(page, "&#39;"));
      CHECK(has(page, "\\xff"));
      CHECK_FALSE(steers(page));
    }
  }

  TEST_CASE("a page asks for nothing from elsewhere, and says so to the browser") {
    const TourStore store;
    const auto page = page_of(store, "open");
    CHECK(has(page, "default-src 'none'"));
    for (const auto* from_elsewhere : {"http:", "://", "url(", "src=", "@import", "href=\"/"}) {
      CHECK_FALSE(has(page, from_elsewhere));
    }
  }

  TEST_CASE("a page is bounded: events beyond the first are counted, payloads are cut") {
    const TourStore store(1200);
    const auto page = page_of(store, "many");
    CHECK(count(page, "<tr id=\"e") == cli::page_events);
    CHECK(has(page, "The first 2000 events are drawn; 426 events are left out behind them."));
    const auto told = tell({"history", store.path, "many", "--output", "html"});
    CHECK(told.err == "426 events are left out; --limit says how many are drawn\n");
    const auto all = page_of(store, "many", {"--limit", "10000"});
    CHECK(count(all, "<tr id=\"e") == 2426);
    CHECK_FALSE(has(all, "left out"));
    const auto late = page_of(store, "many", {"--from", "2421"});
    CHECK(count(late, "<tr id=\"e") == 6);
    CHECK(count(late, "class=\"row\"") == 4);
  }

  TEST_CASE("text is cut and escaped the same in quotes and between tags") {
    CHECK(cli::html("<a href=\"x\">&'", 100) == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    CHECK(cli::html("0123456789abc", 10) == "012345678…");
    CHECK(cli::html("a\nb", 10) == "a\\nb");
    CHECK(cli::html("a\nb\x1b", 10, true) == "a\nb\\x1b");
    CHECK(cli::html("a\nb\nc", 4, true) == "a\nb\n…");
  }

  TEST_CASE("a diagram for Mermaid has a line for each attempt, and escapes its syntax") {
    const TourStore store;
    const auto told = tell({"history", store.path, "open", "--output", "mermaid"});
    CHECK(told.code == 0);
    CHECK(told.out.starts_with("gantt\n    title open - tour\n    dateFormat x\n"));
    const std::regex line(
        "    [a-z]+ ([-A-Za-z0-9 _.,]|#[0-9]+;|[\x80-\xff])+ "
        ":((crit|active|done), )(milestone, )?[0-9]+, [0-9]+");
    const auto all = lines(told.out);
    for (std::size_t i = 4; i < all.size(); ++i) {
      CAPTURE(all[i]);
      CHECK(std::regex_match(all[i], line));
    }
    CHECK(count(told.out, "step charge, op 1") == 3);
    CHECK(count(told.out, ", attempt 2, failed :crit, ") == 1);
    CHECK(has(told.out, "one#47;#92;xff#60;script#62;"));
    CHECK_FALSE(steers(told.out));
  }

  TEST_CASE("a diagram stays below what Mermaid takes, and says what it leaves out") {
    const TourStore store(2000);
    const auto told = tell({"history", store.path, "many", "--output", "mermaid"});
    CHECK(told.out.size() <= cli::diagram_bytes);
    CHECK(told.out.size() > cli::diagram_bytes - 100);
    CHECK(has(told.err, "operations are left out, to stay below what Mermaid takes"));
  }

  TEST_CASE("pages and a journal file, where a script asks for them") {
    const char* folder = std::getenv("REPRISE_PAGES");
    if (folder == nullptr) return;
    const TourStore store(1000);
    const auto write = [&](const std::string& file, const std::string& id, const char* output) {
      const auto told = tell({"history", store.path, id, "--output", output, "--limit", "100000"});
      REQUIRE(told.code == 0);
      std::ofstream(std::string(folder) + "/" + file) << told.out;
    };
    write("open.html", "open", "html");
    write("done.html", "done " + hostile, "html");
    write("many.html", "many", "html");
    REQUIRE(
        tell({"export", store.path, "many", "--to", std::string(folder) + "/many.journal"}).code ==
        0);
    write("open.mmd", "open", "mermaid");
    write("done.mmd", "done " + hostile, "mermaid");
  }
}

}  // namespace reprise
