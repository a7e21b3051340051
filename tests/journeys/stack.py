"""Run the whole of Sightline for a journey: its own servers, web and worker."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from config.embedded import processes
from config.embedded.servers import Servers, for_application

ROOT = Path(__file__).resolve().parents[2]
# Generous, because the machine may be busy.
START_SECONDS = 120
PATIENCE_SECONDS = 90


class Stack:
    """Web and worker as in the demonstration, on servers that a test can stop and restart."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.folder = folder
        self.port = processes.free_port()
        self.address = f"http://localhost:{self.port}"
        self.environment = for_application(
            servers.environment()
            | {"PORT": str(self.port), "SITE_ADDRESS": self.address, "LOG_LEVEL": "INFO", "EMAIL_URL": "consolemail://"}
        )
        # The settings for tests do not apply here.
        for name in ("STATIC_STORAGE", "SIGN_IN_FAILURES"):
            self.environment.pop(name, None)
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.beat: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        """Run a management command and return its output."""
        return self._run("manage.py", *arguments)

    def call(self, task: str, **arguments: Any) -> None:
        """Send a task to the worker through the broker."""
        self._run("-m", "celery", "--quiet", "--app", "config", "call", task, "--kwargs", json.dumps(arguments))

    def start_web(self) -> None:
        self.web = self._start("web", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi")
        self._wait_for(self.web, "web", self._answers)

    def start_worker(self) -> None:
        before = len(self.log("worker"))
        self.worker = self._start("worker", "celery", "--app", "config", "worker", "--concurrency", "2", "-l", "INFO")
        self._wait_for(self.worker, "worker", lambda: " ready." in self.log("worker")[before:])

    def start_beat(self) -> None:
        schedule = str(self.folder / "beat-schedule")
        self.beat = self._start("beat", "celery", "--app", "config", "beat", "--schedule", schedule, "--pidfile=")

    def kill_worker(self) -> None:
        """End the worker and its children with SIGKILL in the middle of their work, as a power cut would."""
        assert self.worker is not None
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        self.worker = None

    def stop(self) -> None:
        processes = (self.web, self.worker, self.beat)
        running = [process for process in processes if process is not None and process.poll() is None]
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """Open a transaction as the application's role, with every trust in scope."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            uids = connection.execute("SELECT array_agg(uid)::text FROM trusts_trust WHERE is_tenant").fetchone()
            assert uids is not None
            for name, value in [("trust_ids", uids[0]), ("school_ids", "all"), ("user_id", "0"), ("actor", "test")]:
                connection.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", value])
            yield connection

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query over every trust."""
        with self.connect() as connection:
            return connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, *parameters: Any) -> Any:
        """Return the single value of a query."""
        ((value,),) = self.rows(sql, *parameters)
        return value

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def _start(self, name: str, *module_and_arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return processes.start(
                [sys.executable, "-m", *module_and_arguments],
                cwd=ROOT, env=self.environment, output=log, new_session=True,
            )  # fmt: skip

    def _wait_for(self, process: subprocess.Popen[bytes], name: str, is_ready: Callable[[], bool]) -> None:
        def ready() -> bool:
            assert process.poll() is None, self.log(name)
            return is_ready()

        until(ready, f"{name} to start", seconds=START_SECONDS)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health/", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


def until(is_true: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a condition is true.

    Raises:
        AssertionError: it did not become true in time.
    """
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} seconds for {what}"
        time.sleep(0.1)


@contextmanager
def demonstration(folder: Path, kept: Path) -> Iterator[Stack]:
    """Run the demonstration on its own servers, with web and worker.

    It is loaded once for all that share the folder ``kept``. Each starts with a copy.
    """
    place = folder / "servers"
    subprocess.run(["cp", "-a", _loaded(kept), place], check=True)  # Keeps the owners, which Python's copy does not.
    try:
        with Servers(place, durable=False, own=True) as servers:
            stack = Stack(servers, folder)
            try:
                stack.start_web()
                stack.start_worker()
                yield stack
            finally:
                stack.stop()
    finally:
        shutil.rmtree(place)


def _loaded(kept: Path) -> Path:
    """Return the folder of stopped servers with the demonstration. The first caller creates it."""
    kept.mkdir(exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done, begun = kept / "loaded", kept / "begun"
        if not done.exists():
            with Servers(begun, durable=False, own=True) as servers:
                stack = Stack(servers, kept)
                stack.manage("migrate", "--verbosity", "0")
                stack.manage("load_demo")
            begun.rename(done)
    return done
