"""memory_bug_test.py PROGRAM PLAIN [VALGRIND]: a memory bug of production, found in a replay.

PLAIN records, and does not notice. PROGRAM replays: under VALGRIND, or built with a sanitizer.
"""

import os
import subprocess
import sys
import tempfile


def replay(words, file):
    done = subprocess.run(words + ["replay", file], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode(errors="replace")


def main():
    program, plain = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    checker = sys.argv[3:] and [sys.argv[3], "-q", "--error-exitcode=99"]
    signs = ("Invalid read of size 4",) if checker else ("AddressSanitizer", "heap-buffer-overflow")
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for items in (3, 4):
            store = os.path.join(folder, f"store{items}")
            files[items] = os.path.join(folder, f"{items}.journal")
            subprocess.run([plain, "record", store, str(items)], check=True, timeout=120)
            subprocess.run([plain, "export", store, "one", "--to", files[items]], check=True,
                           timeout=120, stdout=subprocess.DEVNULL)
        words = (checker or []) + [program]
        code, told = replay(words, files[3])
        if code != 0:
            print(told)
            raise SystemExit("the sound one is not replayed soundly")
        code, told = replay(words, files[4])
        if code == 0 or not all(sign in told for sign in signs):
            print(told)
            raise SystemExit(f"exit code {code}: the bug was not found")
    print(f"found: {signs[-1]}")


if __name__ == "__main__":
    main()
