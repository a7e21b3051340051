"""The demonstration: the servers, the database made ready, and web, worker and beat under honcho."""

import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

from config.embedded import processes
from config.embedded.servers import DATA, InUse, Servers, for_application, forget

PROCFILE = Path("config", "Procfile")
FIRST_PORT, PORTS = 8000, 100


def run(*, reset: bool) -> int:
    """Run the demonstration until it is stopped; return the exit status.

    Raises:
        CannotStart: with what to do about it.
    """
    try:
        if reset:
            forget()
        servers = Servers(DATA)
    except InUse as in_use:
        address = in_use.environment.get("SITE_ADDRESS", "")
        raise processes.CannotStart(f"{in_use} {address}") from None
    with servers:
        port = _port()
        site = {"PORT": str(port), "SITE_ADDRESS": f"http://localhost:{port}"}
        servers.announce(**site)
        environment = for_application(servers.environment() | site)
        try:
            return _run_processes(environment)
        except processes.Stopped as stopped:
            # Ctrl-C is how a demonstration ends: no failure.
            return 0 if stopped.signum == signal.SIGINT else 128 + stopped.signum
        finally:
            processes.end_descendants(except_for=servers.pids)


def _run_processes(environment: dict[str, str]) -> int:
    """Run web at once, for it takes as long to load as the database to be made ready; worker and beat follow that."""
    sign_ins, prepared = DATA / "sign-ins.txt", DATA / "prepared"
    prepared.unlink(missing_ok=True)
    environment = environment | {"PREPARED": str(prepared)}
    prepare = processes.start([sys.executable, "-m", "config.embedded.prepare", sign_ins], env=environment)
    # No env file: this environment is complete. A session of its own: one Ctrl-C is passed on, once.
    honcho: list[str | Path] = [
        sys.executable,
        "-m",
        "honcho",
        "--env",
        os.devnull,
        "--procfile",
        PROCFILE,
        "start",
    ]
    manager = processes.start(honcho, env=environment, new_session=True)
    if status := processes.follow(prepare):
        return status
    prepared.touch()
    address = environment["SITE_ADDRESS"]
    while processes.wait(manager, seconds=0.1) is None:
        if _answers(address):
            print(f"\n{sign_ins.read_text()}\nSightline is ready: {address}   (Ctrl-C stops it)\n", flush=True)
            break
    return processes.follow(manager, shares_terminal=False)


def _port() -> int:
    """Return the port that PORT asks for, or else the first free one from 8000."""
    if asked := os.environ.get("PORT"):
        if not asked.isdigit() or not processes.is_free(int(asked)):
            raise processes.CannotStart(f"Port {asked} is not free. Choose another: make demo PORT=8001")
        return int(asked)
    return next(filter(processes.is_free, range(FIRST_PORT, FIRST_PORT + PORTS)))


def _answers(address: str) -> bool:
    """Say whether the first page is served."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False
