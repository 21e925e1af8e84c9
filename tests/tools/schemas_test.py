"""schemas_test.py FLATC SCHEMAS: what was released can be read for ever.

Each schemas/X.fbs still conforms to every schemas/locked/vN/X.fbs, and no field of it is gone.
While nothing is locked, each schema only has to name its ids; the check of the check always runs.
"""

import glob
import os
import re
import subprocess
import sys
import tempfile


def flatc(program, *arguments):
    answer = subprocess.run([program, "--require-explicit-ids", *arguments], capture_output=True,
                            text=True, stdin=subprocess.DEVNULL, check=False)
    return None if answer.returncode == 0 else (answer.stdout + answer.stderr).strip()


def names(path):
    """type.field of every table, struct, enum and union. flatc does not miss what was removed."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"//[^\n]*", "", file.read())
    found = set()
    types = re.findall(r"\b(table|struct|enum|union)\s+(\w+)[^{]*\{([^}]*)\}", text)
    for kind, name, body in types:
        found.add(name)
        if kind in ("table", "struct"):
            members = re.findall(r"(\w+)\s*:\s*[\w\[\].:]+[^;]*;", body)
        else:
            members = re.findall(r"(\w+)\s*(?:[:=][^,]*)?(?:,|$)", body.strip())
        found.update(f"{name}.{member}" for member in members)
    return found


def problem(program, locked, current):
    if not os.path.exists(current):
        return "the schema is gone; files written with it are not"
    said = flatc(program, "--conform", locked, current)
    if said:
        return said
    gone = sorted(names(locked) - names(current))
    return f"removed (mark it deprecated instead): {', '.join(gone)}" if gone else None


OLD = """enum Kind:uint8 { a = 1, b = 3 }
table T { x:uint8 (id: 0); y:string (id: 1); k:Kind = a (id: 2); }"""
SAMPLES = (  # Change to OLD, and whether it is one that old data survives.
    (("", ""), True),
    (("k:Kind = a (id: 2);", "k:Kind = a (id: 2); z:uint64 (id: 3);"), True),
    (("y:string (id: 1)", "y:string (id: 1, deprecated)"), True),
    (("b = 3", "b = 3, c = 4"), True),
    (("x:uint8", "x:uint16"), False),
    (("b = 3", "b = 4"), False),
    ((" k:Kind = a (id: 2);", ""), False),
    ((", b = 3", ""), False),
    (("x:uint8 (id: 0); y:string (id: 1)", "x:uint8 (id: 1); y:string (id: 0)"), False),
    (("x:uint8", "x:uint8 = 7"), False),
)


def self_test(program):
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        old, new = os.path.join(folder, "old.fbs"), os.path.join(folder, "new.fbs")
        for (before, after), survives in SAMPLES:
            for path, text in ((old, OLD), (new, OLD.replace(before, after) if before else OLD)):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
            found = problem(program, old, new)
            if (found is None) != survives:
                answer = "refused" if survives else "passed"
                wrong.append(f"“{before}” → “{after}” wrongly {answer}: {found}")
    return wrong


def main():
    program, schemas = sys.argv[1:]
    problems = self_test(program)
    for path in sorted(glob.glob(os.path.join(schemas, "*.fbs"))):
        said = flatc(program, "--conform", path, path)
        if said:
            problems.append(f"{path}: {said}")
    locked = sorted(glob.glob(os.path.join(schemas, "locked", "v*", "*.fbs")))
    for path in locked:
        found = problem(program, path, os.path.join(schemas, os.path.basename(path)))
        if found:
            problems.append(f"{path}: {found}")
    if problems:
        sys.exit("\n".join(problems))
    print(f"{len(locked)} locked schemas, all still readable")


if __name__ == "__main__":
    main()
