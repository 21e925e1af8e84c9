"""snippets_test.py ROOT: the C++ shown to readers is C++ that is built and run.

Every ```cpp block of README.md and docs/guide/*.md stands, line by line, in one source file below
docs/examples. A line `// …` in a block stands for lines left out; blank lines and the indentation
of the whole count for nothing. A page of the guide links the program its blocks are taken from.
"""

import glob
import os
import re
import sys
import textwrap

LEFT_OUT = "// …"
BLOCK = re.compile(r"^```cpp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]*examples/[^)#\s]+)")


def lines_of(text):
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def found(part, lines, start):
    """Index behind `part` in `lines`, from `start` on; None if it isn't there."""
    wanted = lines_of(textwrap.dedent("\n".join(part)))
    for at in range(start, len(lines) - len(wanted) + 1):
        here = lines[at:at + len(wanted)]
        if lines_of(textwrap.dedent("\n".join(here))) == wanted:
            return at + len(wanted)
    return None


def parts_of(block):
    parts = [[]]
    for line in lines_of(block):
        if line.strip() == LEFT_OUT:
            parts.append([])
        else:
            parts[-1].append(line)
    return [part for part in parts if part]


def shown_in(block, source):
    lines, at = lines_of(source), 0
    for part in parts_of(block):
        at = found(part, lines, at)
        if at is None:
            return False
    return True


def problems_of(page, text, sources):
    """`sources`: path → text of the programs that a block may be taken from."""
    blocks = BLOCK.findall(text)
    linked = {path: sources[path] for path in sources
              if any(link.endswith(path) for link in LINK.findall(text))}
    if not blocks:
        yield f"{page}: shows no C++"
    for link in LINK.findall(text):
        if link.endswith(".cc") and not any(link.endswith(path) for path in sources):
            yield f"{page}: there is no {link}"
    for block in blocks:
        if not parts_of(block):
            yield f"{page}: an empty block"
        elif not any(shown_in(block, source) for source in linked.values()):
            first = lines_of(block)[0].strip()
            yield f"{page}: no program that the page links has the block beginning “{first}”"


PROGRAM = "int f() {\n  g();\n\n  h();\n  return 1;\n}\n"
SAMPLES = (  # A block, the link of its page, and whether the check passes.
    ("g();\nh();", "examples/a.cc", True),
    ("int f() {\n  g();\n  // …\n  return 1;\n}", "examples/a.cc", True),
    ("int f() {\n    g();", "examples/a.cc", False),
    ("g();\nreturn 1;", "examples/a.cc", False),
    ("return 1;\n// …\ng();", "examples/a.cc", False),
    ("g();", "examples/b.cc", False),
    ("g();", "examples/", False),
    ("// …", "examples/a.cc", False),
    ("", "examples/a.cc", False),
)


def self_test():
    for block, link, passes in SAMPLES:
        page = f"[all of it](../{link})\n```cpp\n{block}\n```\n"
        said = list(problems_of("page", page, {"examples/a.cc": PROGRAM}))
        if (not said) != passes:
            yield f"{block!r} with {link} wrongly {'refused' if passes else 'passed'}: {said}"
    if not list(problems_of("page", "[x](examples/a.cc)", {"examples/a.cc": PROGRAM})):
        yield "a page without C++ wrongly passed"


def main():
    root = sys.argv[1]
    sources = {}
    for path in glob.glob(os.path.join(root, "docs", "examples", "**", "*.cc"), recursive=True):
        with open(path, encoding="utf-8") as file:
            sources[os.path.relpath(path, os.path.join(root, "docs"))] = file.read()
    pages = sorted(glob.glob(os.path.join(root, "docs", "guide", "*.md")))
    pages = [page for page in pages if os.path.basename(page) != "README.md"]
    problems = list(self_test())
    if not pages or not sources:
        problems.append(f"{root} has no guide, or no examples")
    for page in [os.path.join(root, "README.md"), *pages]:
        with open(page, encoding="utf-8") as file:
            problems.extend(problems_of(os.path.relpath(page, root), file.read(), sources))
    if problems:
        sys.exit("\n".join(problems))
    print(f"{len(pages) + 1} pages, all their C++ is in docs/examples")


if __name__ == "__main__":
    main()
