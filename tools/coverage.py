"""The summary of llvm-cov export on standard input, as a table by room and its thinnest files."""

import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOMS = ("journal", "replay", "runtime")
SHOWN = 12


def share(part):
    return f"{100 * part['covered'] / part['count'] if part['count'] else 100:6.2f} %"


def main():
    files = {}
    for one in json.load(sys.stdin)["data"][0]["files"]:
        path = os.path.relpath(one["filename"], ROOT)
        if path.split("/", 1)[0] in ROOMS:
            files[path] = one["summary"]
    if not files:
        sys.exit("coverage: nothing was counted")
    print("room             lines            branches")
    for room in ROOMS:
        total = {kind: {"count": 0, "covered": 0} for kind in ("lines", "branches")}
        for path, summary in files.items():
            if path.startswith(room + "/"):
                for kind, part in total.items():
                    part["count"] += summary[kind]["count"]
                    part["covered"] += summary[kind]["covered"]
        lines, branches = total["lines"], total["branches"]
        print(f"{room:<9} {share(lines)} of {lines['count']:>5} "
              f"{share(branches)} of {branches['count']:>5}")
    missed = {path: s["branches"]["count"] - s["branches"]["covered"] for path, s in files.items()}
    print("\nmost branches missed")
    for path in sorted(missed, key=missed.get, reverse=True)[:SHOWN]:
        print(f"{missed[path]:>4} {path}")


main()
