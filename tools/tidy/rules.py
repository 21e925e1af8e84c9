"""The rules of docs/style.md that a machine can check, one function each.

A rule takes the tree ({path: Source}) and yields (path, line, message). A line with the comment
`// tidy: allow RULE, REASON` is exempt from that rule; so is the line after it.
"""

import re

import includes
from source import CPP, closing, functions, statements

FILE_LINES, FILE_LINES_HARD, HEADER_LINES, FUNCTION_LINES, COLUMNS = 400, 800, 200, 70, 100
ENGINE = ("journal/", "replay/", "runtime/")
NOT_OURS = ("docs/style.md", "docs/glossary.md", "tools/tidy/", "tests/tools/tidy")


def cpp(tree):
    return (source for source in tree.values() if source.is_cpp)


def ratchet(tree):
    """Files that were too long when the rule came, and the length they may not exceed."""
    limits = {}
    if "tools/tidy/ratchet.txt" in tree:
        for line in tree["tools/tidy/ratchet.txt"].lines:
            if line.strip() and not line.startswith("#"):
                path, limit = line.split()
                limits[path] = int(limit)
    return limits


def file_length(tree):
    limits = ratchet(tree)
    for source in tree.values():
        if not source.path.endswith(CPP + (".py", ".fbs")) and not source.path.startswith("tools/"):
            continue
        count = len(source.lines)
        own = source.is_header and source.room not in ("tests", "fuzz")
        limit = HEADER_LINES if own else FILE_LINES
        limit = max(limit, limits.get(source.path, 0))
        if count > min(limit, FILE_LINES_HARD):
            yield source.path, count, f"{count} lines, limit {limit}: a noun is missing"
    for path, limit in limits.items():
        if path not in tree:
            yield "tools/tidy/ratchet.txt", 1, f"{path} is gone; remove its line"
        elif len(tree[path].lines) < limit:
            yield "tools/tidy/ratchet.txt", 1, f"{path} is shorter now; lower its limit"


def function_length(tree):
    for source in cpp(tree):
        for start, opened, closed in functions(source.code):
            lines = source.line_of(closed) - source.line_of(opened) + 1
            if lines > FUNCTION_LINES:
                yield (source.path, source.line_of(start),
                       f"a function of {lines} lines, limit {FUNCTION_LINES}")


def line_length(tree):
    for source in tree.values():
        if source.path.endswith((".md", ".txt", ".json", ".svg", ".bin", "LICENSE")):
            continue
        for number, line in enumerate(source.lines, 1):
            if len(line) > COLUMNS and "http" not in line:
                yield source.path, number, f"{len(line)} columns, limit {COLUMNS}"


BANNED_WORDS = {"task": "step", "tasks": "steps", "activity": "step", "activities": "steps",
                "checkpoint": "snapshot", "checkpoints": "snapshots", "action": "step or command"}
BANNED_PHRASES = re.compile(
    r"\bjob queues?\b|\b(?:event|commit|append-only) logs?\b|\b(?:journal|history) entr(?:y|ies)\b"
    r"|\bactivit(?:y|ies)\b|\bcheckpoint(?:s|ed|ing)?\b", re.IGNORECASE)


def banned_words(tree):
    for source in cpp(tree):
        for match in re.finditer(r"(?<![\w:])[A-Za-z_]\w*", source.code):
            line = source.line_of(match.start())
            if "rocksdb" in source.lines[line - 1]:
                continue
            for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", match.group(0)):
                if word.lower() in BANNED_WORDS:
                    yield (source.path, line, f"{match.group(0)}: the word here is "
                           f"{BANNED_WORDS[word.lower()]} (docs/glossary.md)")
    for source in tree.values():
        prose = source.comments if source.is_cpp else source.text
        if not source.path.endswith(CPP + (".md", ".fbs")) or source.path.startswith(NOT_OURS):
            continue
        for match in BANNED_PHRASES.finditer(prose):
            line = source.line_of(match.start())
            if not re.search("rocksdb|temporal", source.lines[line - 1], re.IGNORECASE):
                yield source.path, line, f"“{match.group(0)}” is not our word (docs/glossary.md)"


def room_includes(tree):
    for source in cpp(tree):
        for line, path, _ in source.includes:
            why = includes.problem(source.path, path)
            if why:
                yield source.path, line, f"includes {path}: {why}"


def header_form(tree):
    for source in cpp(tree):
        if source.is_header and "#pragma once" not in source.lines:
            yield source.path, 1, "a header starts with #pragma once"
        own = source.path[:-3] + ".h"
        if source.path.endswith(".cc") and own in tree:
            first = source.includes[0][1] if source.includes else ""
            if first not in (own, own.rsplit("/", 1)[-1]):
                yield source.path, 1, f"includes its own header {own} first"


CHECKS = r"(?:DOCTEST_)?(?:CHECK|REQUIRE|WARN|REPRISE_ASSERT)\w*"


def await_places(tree):
    for source in cpp(tree):
        code = source.code
        if "co_await" not in code:
            continue
        for match in re.finditer(rf"\b(if|while|switch|{CHECKS})\s*(?:constexpr\s*)?\(", code):
            opened = match.end() - 1
            condition = code[opened : closing(code, opened)]
            # A lambda in the condition has statements of its own.
            while re.search(r"\{[^{}]*\}", condition):
                condition = re.sub(r"\{[^{}]*\}", lambda m: " " * len(m.group(0)), condition)
            at = condition.find("co_await")
            if at >= 0:
                yield (source.path, source.line_of(opened + at),
                       f"co_await inside {match.group(1)}(…): bind it to a name first")
        for offset, text in statements(code):
            at = text.find("co_await")
            if at < 0:
                continue
            line = source.line_of(offset + at)
            if "?" in text:
                yield source.path, line, "co_await in a conditional expression: write if/else"
            if re.search(r"auto\s*&{0,2}\s*\[[^\]]*\]\s*=\s*co_await", text):
                yield source.path, line, "structured binding on co_await: bind it to a name first"


def unfinished(tree):
    for source in tree.values():
        if source.path.startswith(NOT_OURS):
            continue
        for number, line in enumerate(source.lines, 1):
            if "FIXME" in line:
                yield source.path, number, "FIXME cannot land"
            if source.is_cpp and re.search(r"//.*\bTODO\b(?!\((?:soon|someday|perf)\): )", line):
                yield source.path, number, "write TODO(soon|someday|perf): …"


def no_sleep_in_tests(tree):
    for source in cpp(tree):
        if source.room not in ("tests", "fuzz"):
            continue
        # `ctx.sleep_until` is a timer of a workflow, on a simulated clock.
        sleeps = r"\b(?:(?<!ctx\.)(?:sleep_for|sleep_until)|usleep|nanosleep)\b"
        for match in re.finditer(sleeps, source.code):
            yield source.path, source.line_of(match.start()), "no sleeps in tests: use a latch"


def no_throw(tree):
    for source in cpp(tree):
        if not source.path.startswith(ENGINE):
            continue
        for match in re.finditer(r"\bthrow\b", source.code):
            yield (source.path, source.line_of(match.start()),
                   "engine code does not throw: return an Error, or assert")


def compiler_versions(tree):
    for source in cpp(tree):
        if source.path == "api/reprise/detail/compiler.h" or source.room in ("tests", "fuzz"):
            continue
        for match in re.finditer(r"\b__(?:clang|GNUC)\w*__\b", source.code):
            yield (source.path, source.line_of(match.start()),
                   "compilers are told apart in api/reprise/detail/compiler.h only")


def registered_tests(tree):
    """A test that no program contains passes for ever."""
    lists = {p: s.text for p, s in tree.items() if p.endswith("CMakeLists.txt")}
    rooms = re.search(r"foreach\(room ([^)]*)\)", lists.get("tests/CMakeLists.txt", ""))
    whole = tuple(f"tests/{room}/" for room in rooms.group(1).split()) if rooms else ()
    for source in cpp(tree):
        path, name = source.path, source.path.rsplit("/", 1)[-1]
        if path.startswith("tests/compile_fail/"):
            first = source.lines[0] if source.lines else ""
            if not re.match(r"// EXPECT: \S|// EXPECT-OK$", first):
                yield path, 1, "its first line says // EXPECT: the message"
        elif path.startswith("tests/"):
            has_cases = re.search(r"\bTEST_CASE(?:_\w+)?\s*\(", source.code)
            if not has_cases and not name.endswith("_test.cc"):
                continue
            if path.startswith(whole) and name.endswith("_test.cc"):
                continue
            folder = path.rsplit("/", 1)[0]
            if name not in lists.get(f"{folder}/CMakeLists.txt", ""):
                yield path, 1, f"in no test program: name it *_test.cc in a folder of {whole}"
        elif path.startswith("fuzz/") and name.endswith("_fuzz.cc"):
            listed = lists.get("fuzz/CMakeLists.txt", "")
            listed += tree["fuzz/main.cc"].text if "fuzz/main.cc" in tree else ""
            if name not in listed and name[: -len("_fuzz.cc")] not in listed:
                yield path, 1, "listed in neither fuzz/main.cc nor fuzz/CMakeLists.txt"


def error_pages(tree):
    header = tree.get("api/reprise/error.h")
    if header is None:
        return
    body = re.search(r"enum class Code[^{]*\{(.*?)\}", header.code, re.DOTALL)
    codes = dict(re.findall(r"\b([a-z]\w*)\s*=\s*(\d+)", body.group(1))) if body else {}
    codes.pop("ok", None)
    for code, number in codes.items():
        page = tree.get(f"docs/errors/{code}.md")
        if page is None:
            yield header.path, 1, f"Code::{code} has no page docs/errors/{code}.md"
        elif not page.lines or page.lines[0] != f"# {code} ({number})":
            yield page.path, 1, f"its title is “# {code} ({number})”"
    for path in tree:
        match = re.fullmatch(r"docs/errors/(\w+)\.md", path)
        if match and match.group(1) != "README" and match.group(1) not in codes:
            yield path, 1, "a page for a code that does not exist"


def mark_names(tree):
    """A coverage mark is counted by its room's tests alone, and by its name alone."""
    seen = {}
    for source in cpp(tree):
        if source.path == "api/reprise/detail/mark.h":
            continue
        for match in re.finditer(r"\bREPRISE_MARK\(", source.code):
            line = source.line_of(match.start())
            name = re.match(r'"(\w+)/\w+"\);', source.text[match.end():])
            if not name or name.group(1) != source.room:
                yield source.path, line, f"a mark here is named \"{source.room}/what_is_rare\""
            elif name.group(0) in seen:
                yield source.path, line, f"{seen[name.group(0)]} has a mark of this name"
            else:
                seen[name.group(0)] = f"{source.path}:{line}"


RULES = {rule.__name__: rule for rule in (
    file_length, function_length, line_length, banned_words, room_includes, header_form,
    await_places, unfinished, no_sleep_in_tests, no_throw, compiler_versions, registered_tests,
    error_pages, mark_names)}


def allowed(source, line, rule):
    """An exemption states its reason, on the line or on the one before."""
    for text in source.lines[max(0, line - 2) : line]:
        if re.search(rf"(?://|#) tidy: allow {rule}, \S", text):
            return True
    return False


def broken(tree, names):
    for name in names:
        for path, line, message in RULES[name](tree):
            if not allowed(tree[path], line, name):
                yield f"{path}:{line}: [{name}] {message}"
