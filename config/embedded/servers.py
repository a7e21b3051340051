"""Run both embedded servers of a folder, with their secrets and a lock for one owner."""

import fcntl
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from config.embedded.postgres import Postgres
from config.embedded.processes import CannotStart, ServerEnded
from config.embedded.valkey import Valkey

DATA = Path(__file__).parent.parent.parent / ".data"
URLS = ("DATABASE_URL", "REDIS_URL")
SECRETS = ("secret_key", "superuser", "database", "valkey")
LOCK, RUNNING, THROWAWAY, KEPT = "lock", "running.json", "throwaway", "quick"


class ServersInUse(CannotStart):
    """Another process runs the servers of this folder. ``environment`` has their addresses."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(
            f"Sightline is already running in {folder.parent}. Stop it first: press Ctrl-C in its terminal."
        )
        self.environment = environment


class Servers:
    """An embedded PostgreSQL and Valkey with their data in ``folder``, which run inside a ``with`` block.

    A server that the environment already names (DATABASE_URL, REDIS_URL) is not started, unless ``own`` is set.
    ``durable`` servers keep their data through a power cut; others are faster, for tests. Creating this takes the
    folder's lock, and ``stop`` releases it.

    Raises:
        InUse: another process has the lock.
    """

    def __init__(self, folder: Path, *, durable: bool = True, own: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._given = {} if own else {name: os.environ[name] for name in URLS if os.environ.get(name)}
        self._lock = _lock(folder)
        (folder / RUNNING).unlink(missing_ok=True)  # What an earlier owner said that was killed.
        self._secrets = _secrets(folder / "secrets.json")
        self.postgres = Postgres(
            folder / "postgres",
            superuser_password=self._secrets["superuser"],
            role_password=self._secrets["database"],
            durable=durable,
        )
        self.valkey = Valkey(folder / "valkey", password=self._secrets["valkey"], durable=durable)

    def __enter__(self) -> Self:
        try:
            if "DATABASE_URL" not in self._given:
                self.postgres.start()
            if "REDIS_URL" not in self._given:
                self.valkey.start()
            self.announce()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def pids(self) -> set[int]:
        """The process IDs of the running servers."""
        return {pid for pid in (self.postgres.pid, self.valkey.pid) if pid is not None}

    def heed_end(self) -> None:
        """Raise ``ServerEnded`` if one of the servers has ended without being asked to."""
        for server, log in ((self.postgres, "postgres.log"), (self.valkey, "valkey/valkey.log")):
            if server.has_ended:
                raise ServerEnded(
                    f"{server.NAME} has stopped, so everything else was stopped too: "
                    f"read {self._folder / log}, then start again with make demo."
                )

    def environment(self) -> dict[str, str]:
        """Return DATABASE_URL, REDIS_URL and SECRET_KEY for the application."""
        urls = {"DATABASE_URL": self.postgres.url, "REDIS_URL": self.valkey.url} | self._given
        return urls | {"SECRET_KEY": os.environ.get("SECRET_KEY") or self._secrets["secret_key"]}

    def announce(self, **more: str) -> None:
        """Write the environment, with ``more``, for commands in other terminals."""
        write_private(self._folder / RUNNING, json.dumps(self.environment() | more))

    def stop(self) -> None:
        """Stop the servers and release the folder."""
        self.valkey.stop()
        self.postgres.stop()
        (self._folder / RUNNING).unlink(missing_ok=True)
        self._lock.close()

    def stop_left_over(self) -> None:
        """Stop servers that a killed owner of the folder left running."""
        self.valkey.stop_left_over()
        self.postgres.stop_left_over()


@contextmanager
def throwaway(place: Path = DATA / THROWAWAY, *, own: bool = False) -> Iterator[Servers]:
    """Run servers for tests in a new folder below ``place``, and delete the folder afterwards.

    Deletes the folders of killed runs first.
    """
    place.mkdir(parents=True, exist_ok=True)
    with (place / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Otherwise another run could delete the new folder before it is locked.
        _sweep(place)
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=place))
        folder.chmod(0o711)  # PostgreSQL may run as another account.
        servers = Servers(folder, durable=False, own=own)
    try:
        with servers:
            yield servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment_of(folder: Path) -> dict[str, str] | None:
    """Return the environment of the servers that run in ``folder``, or None without servers.

    The environment is empty while they start.
    """
    try:
        _lock(folder).close()
    except ServersInUse as in_use:
        return in_use.environment
    return None


def for_application(environment: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with ``environment`` and the application's other settings.

    Programs of the virtual environment come first on the PATH. SITE_ADDRESS and ALLOWED_HOSTS of the shell stay.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    local = {"SITE_ADDRESS": "http://localhost:8000", "ALLOWED_HOSTS": "localhost,127.0.0.1"}
    # One thread for arithmetic in each process: several processes share the cores, and each thread needs memory.
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
    return local | threads | dict(os.environ) | dict(environment) | {"PATH": path}


def forget(folder: Path = DATA) -> None:
    """Delete everything that the servers and the application stored in ``folder``.

    Raises:
        InUse: servers are running in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    servers = Servers(folder)
    servers.stop_left_over()
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in (THROWAWAY, KEPT):
            shutil.rmtree(entry)
        elif entry.is_file() and entry.name != LOCK:
            entry.unlink()
    servers.stop()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, as a whole: another process never reads half of it."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def _lock(folder: Path) -> IO[str]:
    """Lock the folder for this process. The system releases the lock when the process ends for any reason."""
    lock = (folder / LOCK).open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        running = folder / RUNNING
        raise ServersInUse(folder, json.loads(running.read_text()) if running.exists() else {}) from None
    return lock


def _secrets(path: Path) -> dict[str, str]:
    """Return the folder's secrets, and create them the first time."""
    if not path.exists():
        write_private(path, json.dumps({name: secrets.token_hex(32) for name in SECRETS}))
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _sweep(place: Path) -> None:
    for folder in place.glob("run-*"):
        try:
            servers = Servers(folder, durable=False)
        except ServersInUse:
            continue
        servers.stop_left_over()
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)
