"""Start, watch and stop processes, so that none is left running."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from weakref import WeakValueDictionary

import psutil

LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
POLL_SECONDS = 0.05

_prctl: Callable[..., int] | None = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_asked_to_stop: list[int] = []
outliving: "list[subprocess.Popen[bytes]]" = []
_started: WeakValueDictionary[int, "subprocess.Popen[bytes]"] = WeakValueDictionary()


class CannotStart(Exception):
    """Something could not be started. The message tells a person what and why."""


class ServerEnded(Exception):
    """A server that everything else needs has ended. The message tells a person which, and what to do."""


class Stopped(Exception):
    """This process was asked to stop, by Ctrl-C, SIGTERM or a closed terminal."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def listen_for_stop() -> None:
    """Note the first SIGINT, SIGTERM or SIGHUP for ``heed_stop``; later signals do not interrupt the stopping.

    The handler raises nothing, because an exception raised in it is lost if a finaliser is running.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def note(signum: int, frame: object) -> None:
        _asked_to_stop.append(signum)
        for number in signals:
            signal.signal(number, lambda *ignored: None)

    for number in signals:
        signal.signal(number, note)


def heed_stop() -> None:
    """Raise ``Stopped`` once if this process was asked to stop. Every waiting loop calls this."""
    if _asked_to_stop:
        raise Stopped(_asked_to_stop.pop())


def start(
    command: Sequence[str | Path],
    *,
    when_orphaned: int | None = signal.SIGTERM,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    group: int | None = None,
    new_session: bool = False,
    stdin: int | IO[bytes] | None = None,
    output: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that gets the signal ``when_orphaned`` if this process dies, even by SIGKILL. None: it lives on.

    Linux only; elsewhere the next start finds left-over processes and stops them. The kernel watches the calling
    thread, so call this from the main thread. ``new_session`` protects the process from Ctrl-C in the terminal.
    """

    def tie() -> None:
        if _prctl is not None and when_orphaned is not None:
            _prctl(PR_SET_PDEATHSIG, when_orphaned)

    options: dict[str, Any] = {"user": user, "group": group, "extra_groups": [] if user is not None else None}
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        start_new_session=new_session,
        preexec_fn=tie,
        **options,
    )
    _started[process.pid] = process
    if when_orphaned is None:
        outliving.append(process)
    return process


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none escapes (Linux)."""
    if _prctl is not None:
        _prctl(PR_SET_CHILD_SUBREAPER, 1)


def wait(
    process: subprocess.Popen[bytes], *, seconds: float | None = None, each_time: Callable[[], None] = lambda: None
) -> int | None:
    """Wait for ``process``, collect adopted processes that end meanwhile, and call ``each_time`` again and again.

    Returns its exit status as a shell reports it (128 plus the number of a signal), or None after ``seconds``.

    Raises:
        Stopped: this process was asked to stop.
    """

    def heed() -> None:
        heed_stop()
        each_time()

    heed()
    return _wait(process, seconds, heed)


def _wait(process: subprocess.Popen[bytes], seconds: float | None, each_time: Callable[[], None]) -> int | None:
    deadline = None if seconds is None else time.monotonic() + seconds
    while process.poll() is None:
        each_time()
        if deadline is not None and time.monotonic() > deadline:
            return None
        _bury_orphans()
        time.sleep(POLL_SECONDS)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def follow(
    process: subprocess.Popen[bytes],
    *,
    shares_terminal: bool = True,
    each_time: Callable[[], None] = lambda: None,
) -> int:
    """Wait for ``process``. If this process is asked to stop, pass that on, wait, and raise ``Stopped``.

    Ctrl-C in a terminal reaches every process that shares it, so it is not passed on a second time.
    """
    try:
        status = wait(process, each_time=each_time)
        assert status is not None
        return status
    except Stopped as stopped:
        heard = shares_terminal and stopped.signum == signal.SIGINT and sys.stdin.isatty()
        end(process, *([] if heard else [stopped.signum]), signal.SIGTERM)
        raise


def end(process: subprocess.Popen[bytes], *signals: int, seconds: float = 10.0) -> None:
    """Send the signals in turn, waiting ``seconds`` after each, and SIGKILL at the end."""
    for number in (*signals, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(number)
        _wait(process, seconds, lambda: None)  # Ending must not be interrupted.


def end_descendants(*, except_for: Collection[int] = (), seconds: float = 5.0) -> None:
    """End all descendants of this process, except ``except_for`` and their descendants. SIGKILL comes last.

    A process that was started to outlive this one keeps running too.
    """
    exempt = {*except_for, *(process.pid for process in outliving)}
    left = [process for process in psutil.Process().children() if process.pid not in exempt]
    families = [relative for child in left for relative in (child, *_descendants(child))]
    for process in families:
        _send(process, signal.SIGTERM)
    _, alive = psutil.wait_procs(families, timeout=seconds)
    for process in alive:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=seconds)


def end_left_over(mark: Path, folder: Path, signum: int, *, seconds: float = 30.0) -> None:
    """Stop the process whose ID is in the file ``mark`` if its working directory is ``folder``; remove the file.

    An ID that belongs to no process, or by now to another program, is ignored.
    """
    if not mark.exists():
        return
    with suppress(psutil.Error, ValueError, IndexError):
        process = psutil.Process(int(mark.read_text().split()[0]))
        if process.cwd() == str(folder.resolve()):
            process.send_signal(signum)
            psutil.wait_procs([process], timeout=seconds)
    mark.unlink(missing_ok=True)


def free_port() -> int:
    """Return a TCP port of this machine that is free at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Return whether a server could listen on ``port`` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _bury_orphans() -> None:
    """Collect adopted processes that have ended. For a process that we started, poll its ``Popen`` instead."""
    if _prctl is None:
        return
    while (ended := _first_ended()) is not None:
        if (process := _started.get(ended)) is not None:
            process.poll()
        else:
            os.waitpid(ended, 0)


def _first_ended() -> int | None:
    """Return the ID of a child that has ended and was not collected yet, without collecting it."""
    try:
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return ended.si_pid if ended is not None else None


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, signum: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signum)
