"""hostile_files.py PROGRAM [--count N] [--seed N]: every verb of the tool on hostile files.

No verb may crash, take more than 2 seconds of processor time or more than 256 MiB, print what
steers a terminal, or write a file anywhere but where it is told to.
"""

import argparse
import concurrent.futures
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

SECONDS, BYTES, WALL = 2.0, 256 << 20, 60
LOOKS = ("last", "back", "print", "print waits", "print inbox", "print event", "why",
         "events 1 999", "break when payload/9 > 1 and failure ~ a", "reverse", "continue")
VERBS = (["ls"], ["verify"], ["history"], ["history", "--output", "html"],
         ["history", "--output", "mermaid"], ["history", "--output", "json"], ["show"],
         ["explain"], ["describe"], ["stats"], ["export"], ["diff"], ["replay", "--check"],
         ["fork", "--at", "3"],
         ["debug", *(word for look in LOOKS for word in ("--run", look))],
         ["debug", "--run", "last", "--run", "back", "--run", "ask sum"])


def words_of(verb, program, file, ident, out):
    words = [program, verb[0], file]
    if verb[0] in ("history", "show", "explain", "describe", "fork", "debug"):
        words.append(ident)
    if verb[0] == "export":
        words += [ident, "--to", out]
    if verb[0] == "diff":
        words.append(file)
    return words + verb[1:]


def ids_of(program, file):
    """The first id that it lists, as a program would read it."""
    done = subprocess.run([program, "ls", file, "--json"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=WALL)
    import json
    for line in done.stdout.splitlines():
        try:
            found = json.loads(line)
            found = found[0] if isinstance(found, list) else found
            ident = found["id"]
            if ident and "\0" not in ident and not ident.startswith("-") and len(ident) < 100_000:
                return ident
        except (ValueError, KeyError, IndexError, TypeError):
            pass
    return "a"


def limited(scale):
    """Generous: what is held against the bounds is what the process says it took."""
    def set_limits():
        resource.setrlimit(resource.RLIMIT_CPU, (int(20 * scale), int(20 * scale)))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return set_limits


def steers(text):
    """Bytes that are neither text, nor tab or line break; and C1 controls in UTF-8."""
    for at, byte in enumerate(text):
        if byte < 0x20 and byte not in (0x09, 0x0A) or byte == 0x7F:
            return at
        if byte == 0xC2 and at + 1 < len(text) and 0x80 <= text[at + 1] < 0xA0:
            return at
    return None


def judge(program, file, verb, ident, folder, scale):
    words = words_of(verb, program, file, ident, os.path.join(folder, "out.journal"))
    with open(os.path.join(folder, "told"), "w+b") as told:
        begun = time.monotonic()
        child = subprocess.Popen(words, stdout=told, stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL, cwd=folder, preexec_fn=limited(scale))
        done, status, used = 0, 0, None
        while done == 0:
            done, status, used = os.wait4(child.pid, os.WNOHANG)
            if done == 0:
                if time.monotonic() - begun > WALL * scale:
                    os.kill(child.pid, signal.SIGKILL)
                time.sleep(0.002)
        child.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        text = told.read()
    try:
        os.remove(os.path.join(folder, "out.journal"))
    except FileNotFoundError:
        pass
    seconds, memory = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
    name = f"{os.path.basename(file)}: {' '.join(verb)}"
    if child.returncode < 0 or child.returncode >= 128:
        yield f"{name}: ended by {child.returncode}: {text[-300:]!r}"
    if b"json.exception" in text or b"std::" in text:
        yield f"{name}: ended by an exception: {text[-300:]!r}"
    if seconds > SECONDS * scale:
        yield f"{name}: took {seconds:.1f} s"
    if memory > BYTES * scale:
        yield f"{name}: took {memory >> 20} MiB"
    if (at := steers(text)) is not None:
        yield f"{name}: prints {text[max(0, at - 20):at + 20]!r}"


def all_verbs(program, file, scale):
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        ident = ids_of(program, file)
        for verb in VERBS:
            problems += judge(program, file, verb, ident, folder, scale)
        left = sorted(set(os.listdir(folder)) - {"told"})
        if left:
            problems.append(f"{os.path.basename(file)}: left {left}")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0,
                        help="times as much time and memory, for builds with sanitizers")
    given = parser.parse_args()
    program = os.path.abspath(given.program)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "make", folder, str(given.count), str(given.seed)], check=True)
        files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
        problems = []
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            told = pool.map(lambda file: all_verbs(program, file, given.scale), files)
            for count, found in enumerate(told, 1):
                problems += found
                if sys.stderr.isatty():
                    print(f"\r{count} of {len(files)}", end="", file=sys.stderr)
    for problem in problems:
        print(problem)
    print(f"{len(files)} files, {len(VERBS)} verbs: {len(problems)} problems")
    return 1 if problems or len(files) != given.count else 0


if __name__ == "__main__":
    sys.exit(main())
