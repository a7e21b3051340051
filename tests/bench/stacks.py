"""Run the whole of Sightline like `make demo`: durable servers, web, worker and beat, with the demonstration."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from config.embedded.servers import Servers, forget
from tests.journeys.stack import Stack

# The demonstration trust and its schools, as in demonstration/trust/story.py. The bench runs without Django.
TRUST = 990001
HIGH, ONCE = 990001, 990004  # A secondary school with a submitted return, a primary school with a return in progress.
BEHIND_WEB = 5  # The worker's `nice`.
PASSWORD = "a demonstration of sightline"


class WholeStack(Stack):
    """The journeys' stack with beat, and with static files under their hashed names."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        super().__init__(servers, folder)
        self.environment.pop("STATIC_STORAGE", None)
        self.beat: subprocess.Popen[bytes] | None = None

    def start_worker(self) -> None:
        """Start the worker with a lower priority than web, as config/Procfile does."""
        super().start_worker()
        assert self.worker is not None
        worker = psutil.Process(self.worker.pid)
        for process in (worker, *worker.children(recursive=True)):
            process.nice(BEHIND_WEB)

    def start(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("load_demo")
        self.start_web()
        self.start_worker()
        schedule = str(self.folder / "beat-schedule")
        self.beat = self._start("beat", "celery", "--app", "config", "beat", "--schedule", schedule, "--pidfile=")

    def stop(self) -> None:
        if self.beat is not None and self.beat.poll() is None:
            os.killpg(self.beat.pid, signal.SIGTERM)
            self.beat.wait(timeout=15)
        super().stop()

    def one(self, sql: str, *parameters: object) -> int:
        """Return the single number of a query."""
        return int(self.rows(sql, *parameters)[0][0])


@contextmanager
def whole_stack(folder: Path) -> Iterator[WholeStack]:
    """Run the demonstration from an empty ``folder``, and delete the folder's content afterwards."""
    forget(folder)
    with Servers(folder, own=True) as servers:
        stack = WholeStack(servers, folder)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()
    forget(folder)
