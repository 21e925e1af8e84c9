#!/usr/bin/env python3
"""page_test.py TOOLS_TEST: opens the pages of `history --output html` in headless Chromium.

They are drawn as they are meant, without an error on the console, and nothing is asked for but the
page itself. Exit status 77: skipped, for want of a browser.
"""

import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SKIPPED = 77
# Whatever is on the console, and whatever is asked for, is noticed: this page has both.
BAD = ('<!doctype html><img src="http://elsewhere.example/probe.png">'
       '<script>console.error("said")</script><div class="row"></div>')


class Handler(http.server.SimpleHTTPRequestHandler):
    asked = []

    def do_GET(self):  # noqa: N802
        Handler.asked.append(f"{self.headers['Host']}{self.path}")
        super().do_GET()

    def log_message(self, *_):
        pass


def open_page(browser, folder, port, name):
    """What the browser holds of the page, says on its console, and asks for."""
    Handler.asked.clear()
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--enable-logging=stderr",
             # Whoever is asked, it is our server that hears of it.
             f"--host-resolver-rules=MAP *.example 127.0.0.1:{port}", "--dump-dom",
             f"http://127.0.0.1:{port}/{name}"],
            capture_output=True, text=True, errors="replace", timeout=120, check=False,
            cwd=folder)
    said = re.findall(r"CONSOLE.*", done.stderr)
    asked = [one for one in Handler.asked if not one.endswith("/favicon.ico")]
    return done.stdout, said, asked


def main():
    tools_test = os.path.abspath(sys.argv[1])
    browser = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if browser is None:
        print("skipped: none of", ", ".join(BROWSERS), "is installed")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tools_test, "-tc=pages and a journal file*"], check=True,
                       env={**os.environ, "REPRISE_PAGES": folder}, stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "bad.html"), "w", encoding="utf-8") as file:
            file.write(BAD)
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *args: Handler(*args, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        problems = []
        page, said, asked = open_page(browser, folder, port, "bad.html")
        if not said or len(asked) != 2 or page.count('class="row"') != 1:
            problems.append(f"a bad page goes unnoticed: {said} {asked}")
        for name, rows in (("open.html", 9), ("done.html", 9), ("many.html", 1001)):
            page, said, asked = open_page(browser, folder, port, name)
            drawn = page.count('<div class="row">')
            if drawn != rows:
                problems.append(f"{name}: {drawn} rows, not {rows}")
            if said:
                problems.append(f"{name}: on the console: {said}")
            if asked != [f"127.0.0.1:{port}/{name}"]:
                problems.append(f"{name}: asked for {asked}")
            if "<script" in page.lower():
                problems.append(f"{name}: there is a script in it")
        server.shutdown()
    for problem in problems:
        print(problem)
    print("not as it should be" if problems else f"3 pages are as they should be in {browser}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
