"""The whole product for a journey: its own servers, web, worker and browser-ready address."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from config.embedded.processes import free_port
from config.embedded.servers import Servers, for_application, throwaway

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


class Stack:
    """Web and worker as the demonstration runs them, on servers that a test may stop and restart."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers = servers
        self.folder = folder
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.environment = for_application(
            servers.environment()
            | {"PORT": str(self.port), "SITE_ADDRESS": self.address, "LOG_LEVEL": "INFO", "EMAIL_URL": "consolemail://"}
        )
        # The tests' own settings are not the product's.
        self.environment["STATIC_STORAGE"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
        self.environment.pop("SIGN_IN_FAILURES", None)
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        """Run one management command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def start_web(self) -> None:
        self.web = self._start("web", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi")
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < deadline, self.log("web")
            assert self.web.poll() is None, self.log("web")
            time.sleep(0.1)

    def start_worker(self) -> None:
        self.worker = self._start("worker", "celery", "--app", "config", "worker", "--concurrency", "2", "-l", "INFO")
        deadline = time.monotonic() + START_SECONDS
        while " ready." not in self.log("worker"):
            assert time.monotonic() < deadline, self.log("worker")
            assert self.worker.poll() is None, self.log("worker")
            time.sleep(0.1)

    def kill_worker(self) -> None:
        """End the worker and its children as a power cut would: with SIGKILL, in the middle of what they do."""
        assert self.worker is not None
        os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait()
        (self.folder / "worker.log").unlink()
        self.worker = None

    def stop(self) -> None:
        for process in (self.web, self.worker):
            if process is not None and process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Read the database as the application's role does, with every trust in scope."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            uids = connection.execute("SELECT array_agg(uid)::text FROM trusts_trust WHERE is_tenant").fetchone()
            assert uids is not None
            for name, value in [("trust_ids", uids[0]), ("school_ids", "all"), ("user_id", "0"), ("actor", "test")]:
                connection.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", value])
            return connection.execute(sql, parameters).fetchall()

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _start(self, name: str, *module_and_arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *module_and_arguments],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health/", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False


@contextmanager
def demonstration(folder: Path) -> Iterator[Stack]:
    """Run the demonstration trust on servers of its own, with web and worker started."""
    with throwaway(folder / "servers", own=True) as servers:
        stack = Stack(servers, folder)
        try:
            stack.manage("migrate", "--verbosity", "0")
            stack.manage("load_demo")
            stack.start_web()
            stack.start_worker()
            yield stack
        finally:
            stack.stop()
