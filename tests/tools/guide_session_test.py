"""guide_session_test.py PAGE SOURCES NAME=PROGRAM…: a page's console blocks, run as written.

Every ```console block of PAGE is a list of commands, `$ …`, each with what it prints on stdout and
stderr. They run in order, in a folder of their own; the first word of a command is one of NAMEs. In
what is expected `…` stands for any text of a line, and alone in a line for any lines. Folders
before the names of files in SOURCES are left out.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANY = "…"


def commands_of(page):
    """(command, expected lines) in the order of the page."""
    for block in BLOCK.findall(page):
        command, expected = None, []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command is not None:
                    yield command, expected
                command, expected = line[2:], []
            elif command is None:
                raise SystemExit(f"a block begins with {line!r}, not with a command")
            else:
                expected.append(line)
        yield command, expected


def pattern_of(line):
    return re.compile(".*".join(re.escape(part) for part in line.split(ANY)))


def matches(expected, told):
    """Whether the lines that were told are those that are expected."""
    if not expected:
        return not told
    if expected[0] == ANY:
        return any(matches(expected[1:], told[at:]) for at in range(len(told) + 1))
    if not told or not pattern_of(expected[0]).fullmatch(told[0]):
        return False
    return matches(expected[1:], told[1:])


def run(command, names, folder, home):
    words = shlex.split(command)
    program = names.get(words[0])
    if program is None:
        raise SystemExit(f"{command!r}: the page calls a program the test does not know")
    # By its name on the page, since it calls itself so.
    words[0] = os.path.join(home, words[0])
    environment = dict(os.environ, NO_COLOR="1", DEBUGINFOD_URLS="", HOME=home)
    done = subprocess.run(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, timeout=300, env=environment)
    return done.returncode, done.stdout.decode(errors="replace")


def shortened(text, sources):
    names = "|".join(re.escape(name) for name in sources)
    return re.sub(rf"[^\s\"']*/({names})\b", r"\1", text)


def self_test():
    assert matches(["a…c", ANY, "z"], ["abc", "x", "y", "z"])
    assert matches([ANY], []) and not matches(["a"], []) and not matches([], ["a"])
    assert not matches(["a…c"], ["abd"])


def main():
    page, sources = sys.argv[1], sys.argv[2].split(",")
    names = dict(pair.split("=", 1) for pair in sys.argv[3:])
    with open(page, encoding="utf-8") as file:
        steps = list(commands_of(file.read()))
    has_gdb = shutil.which("gdb") is not None
    ran = left_out = 0
    with tempfile.TemporaryDirectory() as home:
        folder = os.path.join(home, "work")
        os.mkdir(folder)
        for name, program in names.items():
            os.symlink(os.path.abspath(program), os.path.join(home, name))
        for command, expected in steps:
            if "--gdb" in command and not has_gdb:
                left_out += 1
                continue
            code, told = run(command, names, folder, home)
            lines = shortened(told, sources).splitlines()
            if code not in (0, 1) or not matches(expected, lines):
                print(f"$ {command}\n(exit code {code}) told:\n" + "\n".join(lines))
                print("the page says:\n" + "\n".join(expected))
                return 1
            ran += 1
    if ran == 0:
        print(f"{page}: no command was run")
        return 1
    print(f"{page}: {ran} commands told what the page says"
          + (f"; {left_out} need gdb, which is not installed" if left_out else ""))
    return 0


if __name__ == "__main__":
    self_test()
    sys.exit(main())
