#!/usr/bin/env python3
"""Every schema may only extend its locked copies: what was written stays readable.

Usage: conform_test.py FLATC SCHEMAS
"""
import pathlib
import subprocess
import sys
import tempfile

flatc, schemas = sys.argv[1], pathlib.Path(sys.argv[2])
problems = []
compared = 0


def conforms(schema, locked):
    """Whether `schema` is an evolution of `locked`, by flatc's own rules."""
    done = subprocess.run(
        [flatc, "--conform", str(locked), "--conform-includes", str(locked.parent),
         "-I", str(schema.parent), str(schema)],
        capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


for locked in sorted(schemas.glob("locked/v*/*.fbs")):
    schema = schemas / locked.name
    if not schema.exists():
        problems.append(f"{locked} has no living schema")
        continue
    compared += 1
    ok, words = conforms(schema, locked)
    if not ok:
        problems.append(f"{schema} does not extend {locked}: {words}")

# The check itself must be able to fail.
with tempfile.TemporaryDirectory() as folder:
    before = pathlib.Path(folder) / "before.fbs"
    after = pathlib.Path(folder) / "after.fbs"
    before.write_text("namespace t; table A { x:uint32 (id: 0); }\n")
    after.write_text("namespace t; table A { x:string (id: 0); }\n")
    if conforms(after, before)[0]:
        problems.append("flatc --conform accepts a field that changed its type")

if compared == 0:
    problems.append("there is no locked schema")
for problem in problems:
    print(problem)
print(f"{compared} schemas compared, {len(problems)} problems")
sys.exit(1 if problems else 0)
