"""Run the demonstration: servers, a prepared database, and web, worker and beat under honcho."""

import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

from config.embedded import processes
from config.embedded.servers import DATA, Servers, ServersInUse, for_application, forget

# honcho stops the others as soon as one ends. The lines above this sentence say which one it was.
ENDED = "Web, the worker or beat has stopped, so everything else was stopped too: start again with make demo."
PROCFILE = Path("config", "Procfile")
FIRST_PORT, PORTS = 8000, 100


def run(*, reset: bool) -> int:
    """Run the demonstration until it is stopped, and return the exit status.

    Raises:
        CannotStart: with a message that says what to do.
    """
    try:
        if reset:
            forget()
        servers = Servers(DATA)
    except ServersInUse as in_use:
        address = in_use.environment.get("SITE_ADDRESS", "")
        raise processes.CannotStart(f"{in_use} {address}") from None
    with servers:
        port = _port()
        site = {"PORT": str(port), "SITE_ADDRESS": f"http://localhost:{port}"}
        servers.announce(**site)
        environment = for_application(servers.environment() | site)
        try:
            return _run_processes(environment, servers)
        except processes.Stopped as stopped:
            # Ctrl-C is the usual way to end the demonstration, not a failure.
            return 0 if stopped.signum == signal.SIGINT else 128 + stopped.signum
        finally:
            processes.end_descendants(except_for=servers.pids)


def _run_processes(environment: dict[str, str], servers: Servers) -> int:
    """Prepare the database, then let web, worker and beat start: nobody can sign in before that.

    Raises:
        ServerEnded: PostgreSQL or Valkey has ended, without which nothing works, or web, the worker or beat has.
    """
    sign_ins, prepared = DATA / "sign-ins.txt", DATA / "prepared"
    prepared.unlink(missing_ok=True)
    environment = environment | {"PREPARED": str(prepared)}
    prepare = processes.start([sys.executable, "-m", "config.embedded.prepare", sign_ins], env=environment)
    # No env file: this environment is complete. A new session, so that we pass each Ctrl-C on exactly once.
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

    def heed_end() -> None:
        servers.heed_end()  # The others end when a server has.
        if manager.poll() is not None:
            raise processes.ServerEnded(ENDED)

    if status := processes.follow(prepare, each_time=heed_end):
        heed_end()  # A server may have ended first.
        return status
    prepared.touch()
    address = environment["SITE_ADDRESS"]
    while processes.wait(manager, seconds=0.1, each_time=heed_end) is None:
        if _answers(address):
            print(f"\n{sign_ins.read_text()}\nSightline is ready: {address}   (press Ctrl-C to stop it)\n", flush=True)
            break
    status = processes.follow(manager, shares_terminal=False, each_time=heed_end)
    heed_end()
    return status


def _port() -> int:
    """Return the port in PORT, or the first free port from 8000."""
    if asked := os.environ.get("PORT"):
        if not asked.isdigit() or not processes.is_free(int(asked)):
            raise processes.CannotStart(f"Port {asked} is in use. Choose another: make demo PORT=8001")
        return int(asked)
    return next(filter(processes.is_free, range(FIRST_PORT, FIRST_PORT + PORTS)))


def _answers(address: str) -> bool:
    """Return whether the site answers."""
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False
