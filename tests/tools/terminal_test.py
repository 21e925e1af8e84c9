#!/usr/bin/env python3
"""terminal_test.py REPRISE TOOLS_TEST: what the command does on a terminal, and not elsewhere.

Long text goes through $PAGER, and colors are for those who want them.
"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios

ROWS = 20


def on_terminal(command, **environment):
    """What a terminal of ROWS lines shows of it, and the exit status."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, 120, 0, 0))
        plain = {key: value for key, value in os.environ.items()
                 if key not in ("NO_COLOR", "PAGER", "LESS")}
        os.execve(command[0], command, {**plain, "TERM": "xterm", **environment})
    shown = b""
    while True:
        try:
            got = os.read(terminal, 65536)
        except OSError:
            break  # The other end is closed.
        if not got:
            break
        shown += got
    _, status = os.waitpid(child, 0)
    return shown.decode("utf-8", "replace").replace("\r\n", "\n"), os.waitstatus_to_exitcode(status)


def main():
    reprise, tools_test = map(os.path.abspath, sys.argv[1:3])
    problems = []

    def check(what, holds):
        if not holds:
            problems.append(what)

    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tools_test, "-tc=pages and a journal file*"], check=True,
                       env={**os.environ, "REPRISE_PAGES": folder}, stdout=subprocess.DEVNULL)
        file = os.path.join(folder, "many.journal")
        long, short = [reprise, "history", file], [reprise, "ls", file]
        mark = "sed 's/^/paged: /'"

        shown, code = on_terminal(long, PAGER=mark)
        lines = shown.splitlines()
        check("long text is paged, all of it", code == 0 and len(lines) == 2023 and
              all(line.startswith("paged: ") for line in lines))
        check("colors go through the pager", "\x1b[36m" in shown)
        shown, code = on_terminal(long + ["--no-pager"], PAGER=mark)
        check("--no-pager", code == 0 and "paged" not in shown and len(shown.splitlines()) == 2023)
        shown, code = on_terminal(short, PAGER=mark)
        check("what fits is not paged", code == 0 and "paged" not in shown and "many" in shown)
        shown, code = on_terminal(long, PAGER="")
        check("no pager is asked for", code == 0 and len(shown.splitlines()) == 2023)
        shown, code = on_terminal(long, PAGER="/no/such/pager")
        check("a pager that is not there loses nothing", code == 0 and "step_completed" in shown)
        shown, code = on_terminal(long, PAGER="head -n 1")
        check("a reader that leaves early is no failure", code == 0 and "SEQ" in shown)
        shown, code = on_terminal(long, PAGER="echo $LESS;cat >/dev/null")
        check("less is told to end where all fits", shown.strip() == "FRX")
        shown, code = on_terminal(short, NO_COLOR="1")
        check("NO_COLOR", code == 0 and "\x1b[" not in shown)
        shown, code = on_terminal([reprise, "ls", file + ".none"], PAGER=mark)
        check("a failure is told, and exits by its code",
              code == 66 and "no file or folder" in shown)
        done = subprocess.run(long, env={**os.environ, "PAGER": mark}, capture_output=True,
                              text=True, check=False)
        check("elsewhere there is no pager, and no color", done.returncode == 0 and
              "paged" not in done.stdout and "\x1b" not in done.stdout)
    for problem in problems:
        print("not so:", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
