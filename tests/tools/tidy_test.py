"""tools/tidy: each rule fires on a planted bad sample, and stays silent on the good twin."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "tidy"))

from rules import RULES, broken  # noqa: E402
from source import Source, functions, statements  # noqa: E402

ERROR_H = "#pragma once\nenum class Code : int {\n  ok = 0,\n  conflict = 3,  ///< Same id.\n};\n"
TEST_LISTS = "foreach(room api journal)\n  file(GLOB_RECURSE sources ${room}/*_test.cc)\n"
CASE = 'TEST_CASE("it holds") {}\n'


def function_of(lines):
    return "int f(int x) {\n" + "  x += 1;\n" * (lines - 2) + "}\n"


# Rule → pairs of trees: the first breaks the rule, the second keeps it.
SAMPLES = {
    "file_length": [
        ({"journal/a.cc": "//\n" * 401}, {"journal/a.cc": "//\n" * 400}),
        ({"api/reprise/b.h": "//\n" * 201}, {"api/reprise/b.h": "//\n" * 200}),
        ({"tools/x": "#\n" * 401}, {"docs/x.md": "a\n" * 401}),
        ({"journal/b.cc": "//\n" * 801, "tools/tidy/ratchet.txt": "journal/b.cc 900\n"},
         {"journal/b.cc": "//\n" * 700, "tools/tidy/ratchet.txt": "journal/b.cc 700\n"}),
        ({"tools/tidy/ratchet.txt": "journal/gone.cc 500\n"}, {}),
    ],
    "function_length": [
        ({"journal/a.cc": function_of(71)}, {"journal/a.cc": function_of(70)}),
        ({"journal/a.cc": "class B {\n  B() : x_{1}, y_(2) {\n" + "\n" * 70 + "}\n};\n"},
         {"journal/a.cc": "namespace a {\nclass B {\n" + "  void f() {}\n" * 90 + "};\n}\n"}),
        ({"tests/api/a_test.cc": 'TEST_SUITE("a") {\nTEST_CASE("b") {\n' + "\n" * 70 + "}\n}\n"},
         {"tests/api/a_test.cc": 'TEST_SUITE("a") {\n' + CASE * 90 + "}\n"}),
        ({"api/a.cc": "auto f(int x = g({})) -> int {\n" + "\n" * 70 + "}\n"},
         {"api/a.cc": "constexpr int table[] = {\n" + "  1,\n" * 90 + "};\n"}),
    ],
    "line_length": [
        ({"api/a.cc": "// " + "x" * 98 + "\n"}, {"api/a.cc": "// " + "…" * 97 + "\n"}),
        ({"tools/build": "#" * 101 + "\n"}, {"docs/a.md": "x" * 200 + "\n"}),
    ],
    "banned_words": [
        ({"api/a.h": "struct StepTask {};\n"}, {"api/a.h": "struct StepBody {};\n"}),
        ({"api/a.h": "int task_count;\n"}, {"api/a.h": "struct sigaction act;\n"}),
        ({"replay/a.h": "// Written to the job queue.\n"},
         {"replay/a.h": "// A queue for a job.\n"}),
        ({"replay/a.h": "// At a checkpoint.\n"},
         {"journal/a.cc": "rocksdb::Checkpoint* copy;  // A RocksDB checkpoint.\n"}),
        ({"docs/a.md": "Append a journal entry.\n"}, {"docs/glossary.md": "not: journal entry\n"}),
        ({"api/a.h": "// Runs an activity.\n"}, {"api/a.h": "// Called a Temporal activity.\n"}),
    ],
    "room_includes": [
        ({"api/a.cc": '#include "journal/store.h"\n'}, {"api/a.cc": "#include <fmt/format.h>\n"}),
        ({"replay/a.cc": '#include "journal/store.h"\n'},
         {"replay/a.cc": '#include "replay/b.h"\n'}),
        ({"replay/a.cc": "#include <chrono>\n"}, {"runtime/a.cc": "#include <chrono>\n"}),
        ({"replay/a.cc": "#include <thread>\n"}, {"runtime/a.cc": "#include <thread>\n"}),
        ({"replay/a.cc": "#include <atomic>\n"}, {"journal/a.cc": "#include <atomic>\n"}),
        ({"replay/a.cc": "#include <fstream>\n"}, {"replay/a.cc": "#include <string>\n"}),
        ({"replay/a.cc": "#include <spdlog/spdlog.h>\n"},
         {"runtime/a.cc": "#include <spdlog/spdlog.h>\n"}),
        ({"runtime/a.cc": "#include <rocksdb/db.h>\n"},
         {"journal/a.cc": "#include <rocksdb/db.h>\n"}),
        ({"tools/cli/a.cc": "#include <rocksdb/db.h>\n"},
         {"tools/benchmarks/a.cc": "#include <rocksdb/db.h>\n"}),
        ({"journal/a.cc": '#include "schemas/event_generated.h"\n'},
         {"journal/a.cc": '#include "schemas/record_generated.h"\n'}),
        ({"runtime/a.cc": '#include "schemas/event_generated.h"\n'},
         {"replay/a.cc": '#include "schemas/event_generated.h"\n'}),
        ({"journal/a.cc": "#include <thread>\n"}, {"tests/journal/a.cc": "#include <thread>\n"}),
        ({"runtime/a.cc": '#include "tests/support/story.h"\n'},
         {"tests/runtime/a.cc": '#include "tests/support/story.h"\n'}),
        ({"runtime/a.cc": '#include "../journal/store.h"\n'},
         {"runtime/a.cc": '#include "journal/store.h"\n'}),
    ],
    "header_form": [
        ({"api/a.h": "int x;\n"}, {"api/a.h": "// Why.\n#pragma once\n"}),
        ({"journal/a.h": "#pragma once\n",
          "journal/a.cc": '#include <map>\n#include "journal/a.h"\n'},
         {"journal/a.h": "#pragma once\n", "journal/a.cc": '#include "journal/a.h"\n'}),
    ],
    "await_places": [
        ({"tests/api/a.cc": "void f() { if (co_await x) {} }\n"},
         {"tests/api/a.cc": "void f() { if (x) { co_await y; } }\n"}),
        ({"tests/api/a.cc": "void f() { while (g(co_await x)) {} }\n"},
         {"tests/api/a.cc": "void f() { while (g(x)) { auto y = co_await x; } }\n"}),
        ({"tests/api/a.cc": "void f() { switch (co_await x) {} }\n"},
         {"tests/api/a.cc": "// if (co_await x)\n"}),
        ({"tests/api/a.cc": "void f() { CHECK(co_await x == 1); }\n"},
         {"tests/api/a.cc": "void f() { auto y = co_await x; CHECK(y == 1); }\n"}),
        ({"tests/api/a.cc": "void f() { REQUIRE_EQ(co_await x, 1); }\n"},
         {"tests/api/a.cc": 'void f() { CHECK(s == "co_await"); }\n'}),
        ({"tests/api/a.cc": "auto y = b ? co_await x : z;\n"},
         {"tests/api/a.cc": "auto y = co_await c.step(n, [&] { return b ? 1 : 2; });\n"}),
        ({"tests/api/a.cc": "auto y = co_await f({1}) ? a : b;\n"},
         {"tests/api/a.cc": "CHECK(run([](C c) -> W { auto x = co_await c.t(1s); }));\n"}),
        ({"tests/api/a.cc": "auto [y, z] = co_await x;\n"},
         {"tests/api/a.cc": "auto [y, z] = x;\n"}),
    ],
    "unfinished": [
        ({"api/a.h": "// FIXME later\n"}, {"api/a.h": "// Fixed.\n"}),
        ({"tools/build": "# FIXME\n"}, {"docs/style.md": "FIXME cannot land\n"}),
        ({"api/a.h": "// TODO: soon\n"}, {"api/a.h": "// TODO(soon): say when\n"}),
    ],
    "no_sleep_in_tests": [
        ({"tests/api/a.cc": "std::this_thread::sleep_for(1s);\n"},
         {"runtime/a.cc": "std::this_thread::sleep_for(1s);\n"}),
    ],
    "no_throw": [
        ({"runtime/a.cc": "void f() { throw 1; }\n"},
         {"runtime/a.cc": "// Does not throw.\nauto d = current_or_throw(x);\n"}),
        ({"journal/a.cc": "throw 1;\n"},
         {"journal/a.cc": "// tidy: allow no_throw, the library wants it.\nthrow 1;\n"}),
        ({"replay/a.cc": "throw 1;  // tidy: allow no_throw\n"}, {"api/a.cc": "throw 1;\n"}),
    ],
    "compiler_versions": [
        ({"runtime/a.cc": "#if defined(__clang__)\n"},
         {"api/reprise/detail/compiler.h": "#if __GNUC__ > 12\n"}),
    ],
    "registered_tests": [
        ({"tests/CMakeLists.txt": TEST_LISTS, "tests/api/a.cc": CASE},
         {"tests/CMakeLists.txt": TEST_LISTS, "tests/api/a_test.cc": CASE}),
        ({"tests/CMakeLists.txt": TEST_LISTS, "tests/lost/a_test.cc": CASE},
         {"tests/lost/CMakeLists.txt": "a_test.cc", "tests/lost/a_test.cc": CASE}),
        ({"tests/compile_fail/a.cc": "int x;\n"},
         {"tests/compile_fail/a.cc": "// EXPECT: by value\n"}),
        ({"fuzz/frame_fuzz.cc": ""}, {"fuzz/frame_fuzz.cc": "", "fuzz/main.cc": "run(frame);\n"}),
    ],
    "error_pages": [
        ({"api/reprise/error.h": ERROR_H},
         {"api/reprise/error.h": ERROR_H, "docs/errors/conflict.md": "# conflict (3)\n"}),
        ({"api/reprise/error.h": ERROR_H, "docs/errors/conflict.md": "# conflict (4)\n"}, {}),
        ({"api/reprise/error.h": ERROR_H, "docs/errors/conflict.md": "# conflict (3)\n",
          "docs/errors/gone.md": "# gone (9)\n"}, {}),
    ],
    "mark_names": [
        ({"journal/a.cc": 'REPRISE_MARK("replay/a");\n'},
         {"journal/a.cc": 'REPRISE_MARK("journal/a");\n'}),
        ({"journal/a.cc": 'REPRISE_MARK("journal/a");\n' * 2},
         {"journal/a.cc": 'REPRISE_MARK("journal/a");\nREPRISE_MARK("journal/b");\n'}),
        ({"journal/a.cc": "REPRISE_MARK(name);\n"},
         {"journal/a.cc": "// REPRISE_MARK(name)\n"}),
    ],
}


def run(rule, files):
    return list(broken({path: Source(path, text) for path, text in files.items()}, [rule]))


class Tidy(unittest.TestCase):
    def test_every_rule_has_samples(self):
        self.assertEqual(sorted(RULES), sorted(SAMPLES))

    def test_each_rule_fires_on_a_bad_sample_and_not_on_its_good_twin(self):
        for rule, pairs in SAMPLES.items():
            for number, (bad, good) in enumerate(pairs):
                with self.subTest(rule=rule, sample=number):
                    self.assertTrue(run(rule, bad), f"silent on {bad}")
                    self.assertEqual([], run(rule, good))

    def test_a_problem_names_its_file_line_and_rule(self):
        found = run("no_throw", {"journal/a.cc": "\n\nint f() { throw 1; }\n"})
        self.assertEqual(1, len(found))
        self.assertTrue(found[0].startswith("journal/a.cc:3: [no_throw] "), found)


class Reading(unittest.TestCase):
    def test_comments_and_literals_are_blanked_in_place(self):
        text = 'a = "co_await"; // co_await\nb = R"(throw )" + \'"\' + 1\'000; /* throw\n */ c'
        source = Source("a.cc", text)
        self.assertEqual(len(text), len(source.code))
        self.assertNotIn("co_await", source.code)
        self.assertNotIn("throw", source.code)
        self.assertIn("1'000", source.code)
        self.assertEqual(3, source.line_of(source.code.index(" c")))

    def test_functions_are_found_in_namespaces_and_classes_only(self):
        code = "namespace a { struct B { int x = {}; B() : x{1} {} void f(int) const {} };\n" \
               "int g[] = {1};\nauto h = [](int i) { return i; };\ntemplate <class T> T k(T t) {} }"
        self.assertEqual(4, len(list(functions(code))))

    def test_a_lambda_has_statements_of_its_own(self):
        found = [text.strip() for _, text in statements("f([&] { a; b; }, c); d;")]
        self.assertIn("a", found)
        self.assertIn("d", found)
        self.assertTrue(any(text.startswith("f([&]") and "a" not in text for text in found), found)


if __name__ == "__main__":
    unittest.main()
