"""Run servers for tests that keep running between test runs, so that the next run starts at once.

A keeper process runs them in a separate folder, and stops them when nobody has used them for half an hour.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil

from config.embedded import processes
from config.embedded.servers import DATA, KEPT, URLS, Servers, environment_of

PROJECT = DATA.parent
FOLDER = DATA / KEPT
USER, PID, LOG = "user", "keeper.pid", "keeper.log"
IDLE_SECONDS, START_SECONDS, STOP_SECONDS, POLL_SECONDS = 30 * 60.0, 90.0, 60.0, 0.1


@contextmanager
def addresses(folder: Path = FOLDER) -> Iterator[dict[str, str]]:
    """Yield the environment of the kept servers, and start them if they are not running.

    Only one user at a time, because all use the same test database: another user waits. Servers that the environment
    already names are used instead.

    Raises:
        CannotStart: with the path of the keeper's log.
    """
    if all(os.environ.get(name) for name in URLS):
        yield {}
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / USER).open("a") as user:
        if not _has_lock(user):
            print("Waiting for another run that uses the same servers", file=sys.stderr)
            fcntl.flock(user, fcntl.LOCK_EX)
        os.utime(folder / USER)
        yield environment_of(folder) or _start(folder)
        os.utime(folder / USER)


def keep(folder: Path = FOLDER, *, idle_seconds: float = IDLE_SECONDS) -> None:
    """Run the servers until they are idle or this process is asked to stop. Only the keeper process calls this.

    Servers that did not stop cleanly start without their old data, which may be damaged because nothing was synced.
    """
    servers = Servers(folder, durable=False, own=True)
    if (folder / PID).exists():
        _remove_data(servers, folder)
    (folder / PID).write_text(f"{os.getpid()}\n")
    os.chdir(folder)  # So that ``stop`` can tell this process from a later process with the same ID.
    with servers, (folder / USER).open("a") as user:
        while not _is_idle(folder / USER, user, idle_seconds):
            processes.heed_stop()
            time.sleep(POLL_SECONDS)
        servers.stop()  # While no new user can start.
    (folder / PID).unlink()


def stop(folder: Path = FOLDER) -> None:
    """Stop the servers if they are running, and delete their data.

    Raises:
        CannotStart: they did not stop within a minute.
    """
    if not folder.exists():
        return
    deadline = time.monotonic() + STOP_SECONDS
    while environment_of(folder) is not None:
        if time.monotonic() > deadline:
            raise processes.CannotStart(f"The servers in {folder} did not stop. Read their log: {folder / LOG}")
        _ask_to_stop(folder)
        time.sleep(POLL_SECONDS)
    servers = Servers(folder, durable=False, own=True)
    _remove_data(servers, folder)
    servers.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> dict[str, str]:
    with (folder / LOG).open("ab") as log:
        keeper = processes.start(
            [sys.executable, "-m", "config.embedded", "keep", folder],
            when_orphaned=None,
            cwd=PROJECT,
            new_session=True,
            stdin=subprocess.DEVNULL,
            output=log,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (environment := environment_of(folder)):
        # This keeper may have ended because another keeper is running.
        if time.monotonic() > deadline or (keeper.poll() is not None and environment is None):
            raise processes.CannotStart(f"The servers for tests did not start. Read their log: {folder / LOG}")
        processes.heed_stop()
        time.sleep(POLL_SECONDS)
    return environment


def _ask_to_stop(folder: Path) -> None:
    with suppress(OSError, ValueError, psutil.Error):
        keeper = psutil.Process(int((folder / PID).read_text()))
        if keeper.cwd() == str(folder.resolve()):
            keeper.terminate()


def _is_idle(path: Path, user: IO[str], seconds: float) -> bool:
    """Return whether nobody has used the servers for ``seconds``. If so, locks them until ``user`` is closed."""
    return time.time() - path.stat().st_mtime >= seconds and _has_lock(user)


def _has_lock(user: IO[str]) -> bool:
    try:
        fcntl.flock(user, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_data(servers: Servers, folder: Path) -> None:
    """Delete the data of servers that have not started. ``servers`` has the folder's lock."""
    servers.stop_left_over()
    for server in (servers.postgres, servers.valkey):
        shutil.rmtree(server.folder, ignore_errors=True)
