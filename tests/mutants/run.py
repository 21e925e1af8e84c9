#!/usr/bin/env python3
"""Shows that the tests catch the bugs of this folder: one patch, one bug, in a copy of the tree.

Each NN-name.patch has a header above its diff: `what:` the promise it breaks, `suites:` the test
programs, separated by `;` and each with its doctest options, of which one must fail. A mutant is
caught by a failed check, a crash or a run that takes three times the processor as without it, and
ten seconds.

The copy is build/mutants/tree, built as tools/build dev does. Exit status 1: a mutant survived, or
does not apply or compile, or its suites fail without it; 2: none was tried.
"""

import argparse
import fnmatch
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = os.path.join(ROOT, "build", "mutants")
TREE = os.path.join(WORK, "tree")
SUITE = re.compile(r'TEST_SUITE(?:_BEGIN)?\("([^"]+)"')


class Mutant:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[: -len(".patch")]
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        head = self.text.split("\n--- ", 1)[0] + "\n"
        fields = dict(re.findall(r"^(what|suites): (.+)$", head, re.MULTILINE))
        self.what = fields.get("what", "")
        self.suites = [tuple(one.split()) for one in fields.get("suites", "").split(";")]
        self.files = re.findall(r"^--- a/(\S+)", self.text, re.MULTILINE)

    def problem(self, suites):
        """Why the header or the diff can't be used, or None."""
        if not re.fullmatch(r"\d{2,3}-[a-z0-9-]+", self.name):
            return "is not named NN-short-name.patch"
        if not self.what or not all(self.suites):
            return "has no `what:` or no `suites:`"
        for suite in self.suites:
            for option in suite[1:]:
                named = option.partition("=")[2]
                if option.startswith("-ts=") and not fnmatch.filter(suites, named):
                    return f"names the suite {named}, which no test has"
        with tempfile.TemporaryDirectory() as folder:
            for path in self.files:
                if not os.path.exists(os.path.join(ROOT, path)):
                    return f"changes {path}, which is gone"
                put(os.path.join(ROOT, path), os.path.join(folder, path))
            answer = apply(self, folder, "--check")
        return answer and "does not apply: " + answer.splitlines()[0]


def put(source, target):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(source):
        if not os.path.lexists(target):
            os.symlink(os.readlink(source), target)
        return
    shutil.copyfile(source, target)
    shutil.copymode(source, target)


def apply(mutant, folder, *options):
    """What git says against it; empty if all is well."""
    # Else git would take the folder for a part of the repository around it.
    outside = dict(os.environ, GIT_CEILING_DIRECTORIES=os.path.dirname(folder))
    done = subprocess.run(["git", "apply", *options, mutant.path], cwd=folder, env=outside,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return "" if done.returncode == 0 else (done.stderr.strip() or "git failed")


def suites_of_tests():
    found = set()
    for folder, _, files in os.walk(os.path.join(ROOT, "tests")):
        for name in files:
            if name.endswith(".cc"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    found.update(SUITE.findall(file.read()))
    return found


def same(one, other):
    try:
        with open(one, "rb") as a, open(other, "rb") as b:
            return a.read() == b.read()
    except OSError:
        return False


def copy_tree():
    """Makes TREE the tree as it is now; what has not changed keeps its time, and is not built."""
    listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    wanted = {path for path in listed.split("\0") if os.path.lexists(os.path.join(ROOT, path))}
    for path in sorted(wanted - {""}):
        if not same(os.path.join(ROOT, path), os.path.join(TREE, path)):
            put(os.path.join(ROOT, path), os.path.join(TREE, path))
    for folder, folders, files in os.walk(TREE):
        if folder == TREE and "build" in folders:
            folders.remove("build")
        for name in files:
            path = os.path.join(folder, name)
            if os.path.relpath(path, TREE) not in wanted:
                os.remove(path)


def build(programs, jobs):
    """What the compiler says, if it fails."""
    # The same objects as in any other copy of the tree, wherever it is.
    settings = dict(os.environ, CCACHE_BASEDIR=TREE, CCACHE_NOHASHDIR="1")
    if jobs:
        settings["JOBS"] = str(jobs)
    done = subprocess.run(["tools/build", "dev", *sorted(programs)], cwd=TREE, env=settings,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        return ""
    told = done.stdout.splitlines()
    return "\n".join([one for one in told if " error: " in one] or told[-5:])


def run(suite, limit=None):
    """(what failed first or None, seconds, seconds of the processor). `limit` is of the latter: how
    busy the machine is must not count; a program that waits for ever has ten times as long."""
    program = os.path.join(TREE, "build", "dev", "tests", suite[0])

    def bound():
        if limit:
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 5))

    start, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryFile("w+", errors="replace") as output:
        with subprocess.Popen([program, "--abort-after=1", "--no-colors=1", *suite[1:]], cwd=folder,
                              stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                              env=dict(os.environ, TMPDIR=folder), preexec_fn=bound) as running:
            try:
                status = running.wait(10 * limit if limit else None)
            except subprocess.TimeoutExpired:
                running.kill()
                status = -signal.SIGXCPU
        seconds = time.monotonic() - start
        output.seek(0)
        told = output.read()
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    case = re.search(r"^ *TEST CASE: +(.*(?:\n(?!\n| *\S+:|/).*)*)", told, re.MULTILINE)
    why = re.sub(r"<.*>$", "", " ".join(case.group(1).split())) if case else f"ended with {status}"
    if status == 0:
        why = None if re.search(r"test cases: +[1-9]", told) else "no test of that name"
    elif status in (-signal.SIGXCPU, -signal.SIGKILL):
        why = "time limit"
    return why, seconds, cpu


def baseline(mutants, jobs):
    """Seconds of the processor that each suite takes without a mutant; None if one fails."""
    suites = sorted({suite for mutant in mutants for suite in mutant.suites})
    failed = build({suite[0] for suite in suites}, jobs)
    if failed:
        print(failed, "\nmutants: the tree itself does not build", file=sys.stderr)
        return None
    took = {}
    for suite in suites:
        why, _, took[suite] = run(suite)
        if why:
            print(f"mutants: {' '.join(suite)} fails without a mutant: {why}", file=sys.stderr)
            return None
    return took


def test(mutant, took, jobs):
    """The mutant's row of the table."""
    row = {"mutant": mutant.name, "what": mutant.what, "result": "SURVIVED", "by": "", "seconds": 0}
    start = time.monotonic()
    try:
        refused = apply(mutant, TREE) or build({suite[0] for suite in mutant.suites}, jobs)
        row["build_seconds"] = round(time.monotonic() - start, 1)
        if refused:
            return dict(row, result="ERROR", by=refused)
        for suite in mutant.suites:
            why, seconds, _ = run(suite, 3 * took[suite] + 10)
            row["seconds"] = round(row["seconds"] + seconds, 1)
            if why:
                return dict(row, result="caught", by=f"{suite[0]}: {why}")
        return row
    finally:
        for path in mutant.files:
            put(os.path.join(ROOT, path), os.path.join(TREE, path))


def show(rows, left):
    print(f"\n{'mutant':<34} {'result':<9} {'s':>6}  what; caught by")
    for row in rows:
        print(f"{row['mutant']:<34} {row['result']:<9} {row['seconds']:>6}  {row['what']}")
        if row["by"]:
            print(f"{'':<51}  {row['by'].splitlines()[-1]}")
    caught = [row["seconds"] for row in rows if row["result"] == "caught"]
    median = f", in {statistics.median(caught):.1f} s of tests (median)" if caught else ""
    print(f"\n{len(rows)} mutants, {len(caught)} caught{median}")
    if left:
        print("not run, the time is over: " + " ".join(mutant.name for mutant in left))


def chosen(options):
    names = sorted(name for name in os.listdir(HERE) if name.endswith(".patch"))
    mutants = [Mutant(os.path.join(HERE, name)) for name in names]
    unknown = [glob for glob in options.name
               if not any(fnmatch.fnmatch(mutant.name, glob) for mutant in mutants)]
    if unknown:
        sys.exit("mutants: no mutant is named " + " ".join(unknown))
    return [mutant for mutant in mutants if not options.name
            or any(fnmatch.fnmatch(mutant.name, glob) for glob in options.name)]


def main():
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__.split("\n\n")[0])
    parser.add_argument("name", nargs="*", help="a mutant or a glob, e.g. '0*'; all without one")
    parser.add_argument("--list", action="store_true", help="say what there is, run nothing")
    parser.add_argument("--check", action="store_true", help="only: does every patch apply")
    parser.add_argument("--minutes", type=float, help="start no mutant after this time")
    parser.add_argument("--jobs", type=int, help="parallel compilations")
    parser.add_argument("--output", help="a file for the table as JSON")
    options = parser.parse_args()
    mutants = chosen(options)
    if options.list:
        for mutant in mutants:
            print(f"{mutant.name:<34} {mutant.what}")
        return 0
    suites = suites_of_tests()
    problems = [(mutant, mutant.problem(suites)) for mutant in mutants]
    problems = [f"mutants: {mutant.name} {why}" for mutant, why in problems if why]
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 1
    if not mutants:
        print("mutants: there are no patches, so nothing was tried", file=sys.stderr)
        return 2
    if options.minutes is not None and options.minutes <= 0:
        print("mutants: there is no time, so nothing was tried", file=sys.stderr)
        return 2
    if options.check:
        print(f"mutants: {len(mutants)} patches apply")
        return 0
    start = time.monotonic()
    copy_tree()
    took = baseline(mutants, options.jobs)
    if took is None:
        return 1
    rows = []
    for mutant in mutants:
        if options.minutes is not None and time.monotonic() - start > 60 * options.minutes:
            break
        rows.append(test(mutant, took, options.jobs))
        row = rows[-1]
        print(f"[{len(rows)}/{len(mutants)}] {row['mutant']}: {row['result']}"
              f"{', by ' + row['by'] if row['by'] else ''} ({row['build_seconds']} s to build, "
              f"{row['seconds']} s of tests)", flush=True)
    if not rows:
        print("mutants: there was no time for a patch, so nothing was tried", file=sys.stderr)
        return 2
    show(rows, mutants[len(rows):])
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1, ensure_ascii=False)
    return 0 if all(row["result"] == "caught" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
