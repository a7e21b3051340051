"""Starting, watching and stopping processes so that none is left behind."""

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
    """A part could not be started; the message says what and why, for a person."""


class Stopped(Exception):
    """Somebody asked this process to stop: Ctrl-C, SIGTERM or a closed terminal."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


def listen_for_stop() -> None:
    """Note the first SIGINT, SIGTERM or SIGHUP for ``heed_stop``; later ones do not disturb the stopping.

    Nothing is raised from the handler itself: an exception raised there is lost if it falls into a finaliser.
    """
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def note(signum: int, frame: object) -> None:
        _asked_to_stop.append(signum)
        for each in signals:
            signal.signal(each, lambda *ignored: None)

    for each in signals:
        signal.signal(each, note)


def heed_stop() -> None:
    """Raise ``Stopped``, once, if this process was asked to stop. Every loop that waits calls this."""
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
    """Start a process that gets the signal ``when_orphaned`` if this one dies, even by SIGKILL; None: it outlives this.

    Linux only; elsewhere the next start finds what was left and stops it. The kernel watches the thread
    that called this: call it from the main one. ``new_session`` keeps a terminal's Ctrl-C away.
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
    """Become the parent of every process below whose own parent dies, so that none escapes (Linux)."""
    if _prctl is not None:
        _prctl(PR_SET_CHILD_SUBREAPER, 1)


def wait(process: subprocess.Popen[bytes], *, seconds: float | None = None) -> int | None:
    """Wait for ``process``, burying adopted processes meanwhile.

    Returns its exit status as a shell gives it (128 and the number for a signal), or None after ``seconds``.

    Raises:
        Stopped: this process was asked to stop meanwhile.
    """
    heed_stop()
    return _wait(process, seconds, heed_stop)


def _wait(process: subprocess.Popen[bytes], seconds: float | None, each_time: Callable[[], None]) -> int | None:
    deadline = None if seconds is None else time.monotonic() + seconds
    while process.poll() is None:
        each_time()
        if deadline is not None and time.monotonic() > deadline:
            return None
        _bury_orphans()
        time.sleep(POLL_SECONDS)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def follow(process: subprocess.Popen[bytes], *, shares_terminal: bool = True) -> int:
    """Wait for ``process``; when this one is told to stop, pass that on, wait, and raise ``Stopped``.

    A Ctrl-C in a terminal reaches every process that shares it, and is not passed on twice.
    """
    try:
        status = wait(process)
        assert status is not None
        return status
    except Stopped as stopped:
        heard = shares_terminal and stopped.signum == signal.SIGINT and sys.stdin.isatty()
        end(process, *([] if heard else [stopped.signum]), signal.SIGTERM)
        raise


def end(process: subprocess.Popen[bytes], *signals: int, seconds: float = 10.0) -> None:
    """Send each signal in turn, waiting ``seconds`` after each, and SIGKILL last."""
    for each in (*signals, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(each)
        _wait(process, seconds, lambda: None)  # Ending is not to be interrupted.


def end_descendants(*, except_for: Collection[int] = (), seconds: float = 5.0) -> None:
    """Stop all processes below this one, first politely, but for ``except_for`` and what they started.

    A process that was started to outlive this one goes on too.
    """
    spared = {*except_for, *(process.pid for process in outliving)}
    left = [each for each in psutil.Process().children() if each.pid not in spared]
    families = [one for each in left for one in (each, *_descendants(each))]
    for each in families:
        _send(each, signal.SIGTERM)
    _, alive = psutil.wait_procs(families, timeout=seconds)
    for each in alive:
        _send(each, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=seconds)


def end_left_over(mark: Path, folder: Path, signum: int, *, seconds: float = 30.0) -> None:
    """Stop the process whose number is in the file ``mark`` if it works in ``folder``; remove the file.

    A number that belongs to nobody, or to another program by now, is only forgotten.
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
    """Return a TCP port of this machine that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Say whether a server could listen on ``port`` of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _bury_orphans() -> None:
    """Collect adopted processes that ended; one that was started here tells its own ``Popen``."""
    if _prctl is None:
        return
    while (ended := _first_ended()) is not None:
        if (process := _started.get(ended)) is not None:
            process.poll()
        else:
            os.waitpid(ended, 0)


def _first_ended() -> int | None:
    """Return the id of a child that has ended and was not collected yet, and leave it so."""
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
