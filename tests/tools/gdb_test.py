"""gdb_test.py PROGRAM SCRIPT: the commands for gdb, in a real gdb, on a real replay."""

import os
import subprocess
import sys
import tempfile


def gdb(program, script, target, commands):
    words = ["gdb", "-q", "-nx", "-batch", "-ex", f"source {script}"]
    for command in commands:
        words += ["-ex", command]
    words += ["--args", program, "debug", "--under-gdb", *target]
    environment = dict(os.environ, DEBUGINFOD_URLS="", NO_COLOR="1")
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          stdin=subprocess.DEVNULL, env=environment)
    return done.stdout.decode(errors="replace")


def check(told, *parts):
    """All parts stand in the text, one behind the other."""
    at = 0
    for part in parts:
        found = told.find(part, at)
        if found < 0:
            print(told)
            raise SystemExit(f"missing, or not in order: {part!r}")
        at = found + len(part)


def main():
    program, script = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        subprocess.run([program, "record", store], check=True, timeout=120)

        # Forwards, backwards, to a place.
        told = gdb(program, script, [store, "done"],
                   ["reprise-next", "reprise-next 2", "reprise-back", "reprise-goto 5",
                    "reprise-why", "reprise print op 1", "reprise-goto 999"])
        check(told, "event 1 of", "event 3 of", "event 2 of", "event 5 of", "told event",
              "step_scheduled \"twice\" (op 1)", "the end, behind event", "Completed")

        # The frame, its variables, and what they look like.
        told = gdb(program, script, [store, "done"],
                   ["break gdb_subject.cc:13", "run", "reprise-stack", "p depth", "p doubled",
                    "up-silently", "reprise-locals"])
        check(told, "inner", "$1 = 2", "$2 = 4")
        told = gdb(program, script, [store, "done"],
                   ["reprise-goto 5", "reprise-stack", "reprise-locals"])
        check(told, "#0  ", "gdb_subject.cc:")
        told = gdb(program, script, [store, "done"],
                   ["reprise-goto 4", "reprise-locals"])
        check(told, "first = result", "[index 0] = {2}")
        check(told, "ctx = the run's context")

        # One that waits: its helpers are suspended.
        told = gdb(program, script, [store, "open"], ["reprise-goto 999", "reprise-stack"])
        check(told, "the end, behind event", "#0  inner", "(waits)", "#1  outer",
              "gdb_subject.cc:17", "(suspended)", "#2  subject", "gdb_subject.cc:23")

        # What can't be done is said, and gdb goes on.
        told = gdb(program, script, [store, "done"],
                   ["reprise-stack", "reprise-goto x", "reprise next"])
        check(told, "nothing is replayed")
        told = gdb(program, script, [store, "done"], ["reprise-goto x"])
        check(told, "is no number of events")
        told = gdb(program, script, [store, "done"], ["reprise-goto 3", "reprise next"])
        check(told, "move with reprise-next")
    print("gdb goes forwards and backwards, and shows frames that run and that wait")


if __name__ == "__main__":
    main()
