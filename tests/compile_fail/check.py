"""check.py CASE.cc COMPILER FLAG...: the case fails to compile with the message it expects.

check.py --self-test COMPILER proves that this check can fail.
"""

import os
import re
import subprocess
import sys
import tempfile


def problem(case, command):
    """What is wrong with the compiler's answer to `case`, or None."""
    with open(case, encoding="utf-8") as file:
        first = file.readline().rstrip("\n")
    good = first == "// EXPECT-OK"
    expected = re.fullmatch(r"// EXPECT: (\S.*)", first)
    if not good and not expected:
        return "its first line says neither “// EXPECT: message” nor “// EXPECT-OK”"
    environment = dict(os.environ, LC_ALL="C")
    answer = subprocess.run([*command, "-fsyntax-only", case], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, env=environment, check=False)
    said = answer.stdout + answer.stderr
    if good:
        return None if answer.returncode == 0 else f"the control does not compile:\n{said}"
    if answer.returncode == 0:
        return f"it compiles, but must not: {expected.group(1)}"
    if answer.returncode < 0 or "internal compiler error" in said:
        return f"the compiler crashed:\n{said}"
    errors = [line for line in said.splitlines() if re.search(r"\berror: ", line)]
    if any(re.search(expected.group(1), line) for line in errors):
        return None
    return f"no error says “{expected.group(1)}”, but:\n{said}"


SAMPLES = (  # Text of a case, and whether the check passes.
    ("// EXPECT-OK\nint x = 1;\n", True),
    ("// EXPECT-OK\nint x = y;\n", False),
    ("// EXPECT: by value\nstatic_assert(false, \"take it by value\");\n", True),
    ("// EXPECT: by value\nstatic_assert(true, \"take it by value\");\n", False),
    ("// EXPECT: by value\nstatic_assert(false, \"something else\");  // by value\n", False),
    ("static_assert(false, \"take it by value\");\n", False),
)


def self_test(command):
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        case = os.path.join(folder, "case.cc")
        for text, passes in SAMPLES:
            with open(case, "w", encoding="utf-8") as file:
                file.write(text)
            found = problem(case, command)
            if (found is None) != passes:
                wrong += 1
                print(f"wrongly {'refused' if passes else 'passed'}: {text!r}: {found}")
    return wrong


def main():
    if sys.argv[1] == "--self-test":
        sys.exit(self_test(sys.argv[2:] + ["-std=c++20"]))
    found = problem(sys.argv[1], sys.argv[2:])
    if found:
        sys.exit(f"{sys.argv[1]}: {found}")


if __name__ == "__main__":
    main()
