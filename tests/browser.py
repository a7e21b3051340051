"""Find or install Chromium for the browser tests, and print the path of its program.

python -m tests.browser. Progress goes to standard error. SIGHTLINE_CHROMIUM can name a program.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = """\
The browser tests need Chromium. We could not find or install it. Do one of these, then try again:
  - install Debian's package chromium (as root: apt-get install chromium), or Google Chrome
  - .venv/bin/python -m playwright install --with-deps chromium
  - set SIGHTLINE_CHROMIUM to the path of a Chromium's program"""


class NoBrowser(Exception):
    """No Chromium works here, and none could be installed."""


def find(sources: Sequence[Callable[[], str | None]]) -> str:
    """Return the program of the first source with a working Chromium.

    Raises:
        NoBrowser: with a message that says what to install.
    """
    for source in sources:
        program = source()
        if program is not None and works(program):
            return program
    raise NoBrowser(MISSING)


def works(program: str) -> bool:
    """Return whether the program starts. On some systems it is a placeholder, or its libraries are missing."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def named() -> str | None:
    """Return the program that the environment names."""
    return os.environ.get("SIGHTLINE_CHROMIUM") or None


def on_path() -> str | None:
    """Return the system's program."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def from_debian() -> str | None:
    """Install Debian's package, which needs root, and return its program."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    _say("Installing Debian's package chromium")
    install = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", "chromium"]
    if not _run(install):
        _run(["apt-get", "update", "--quiet=2"])  # The package lists may be old or missing.
        _run(install)
    return shutil.which("chromium")


def playwrights_own() -> str | None:
    """Return Playwright's own build, if it is installed."""
    with sync_playwright() as playwright:
        program = playwright.chromium.executable_path
    return program if Path(program).exists() else None


def from_playwright() -> str | None:
    """Install Playwright's own build, and return its program."""
    _say("Installing Playwright's Chromium")
    _run([sys.executable, "-m", "playwright", "install", "chromium"])
    return playwrights_own()


PRESENT = (named, on_path, playwrights_own)
SOURCES = (*PRESENT, from_debian, from_playwright)


def _run(command: list[str]) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, stdout=sys.stderr, env=environment, check=False).returncode == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(find(SOURCES))
    except NoBrowser as missing:
        sys.exit(str(missing))
