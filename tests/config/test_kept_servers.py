"""Test the servers and test database that `make quick` keeps for the next run."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from django.db import connection

from config.embedded import kept_servers, processes
from config.embedded.servers import KEPT, environment_of, forget
from tests import kept_database

PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for this test's kept servers, which are stopped afterwards."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)
    yield tmp_path / "servers"
    kept_servers.stop(tmp_path / "servers")
    while processes.outliving:
        processes.outliving.pop().wait(30)


def run_sql(addresses, sql):
    with psycopg.connect(addresses["DATABASE_URL"], autocommit=True) as database:
        answer = database.execute(sql)
        return answer.fetchone() if answer.description else None


def eventually(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_next_run_finds_the_same_servers_until_they_are_stopped(folder):
    with kept_servers.addresses(folder) as first:
        run_sql(first, "CREATE TABLE kept AS SELECT 42 AS value")
    with kept_servers.addresses(folder) as second:
        assert run_sql(second, "SELECT value FROM kept") == (42,)
    assert second == first

    kept_servers.stop(folder)

    assert not folder.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(second["DATABASE_URL"], connect_timeout=2)


def test_servers_start_without_old_data_after_their_keeper_was_killed(folder):
    with kept_servers.addresses(folder) as first:
        run_sql(first, "CREATE TABLE kept AS SELECT 42 AS value")
        os.kill(int((folder / kept_servers.PID).read_text()), signal.SIGKILL)
    eventually(lambda: environment_of(folder) is None)

    with kept_servers.addresses(folder) as second:
        assert run_sql(second, "SELECT to_regclass('kept')") == (None,)


def test_idle_servers_stop(folder):
    folder.mkdir()
    program = "import sys; from pathlib import Path; from config.embedded import kept_servers"
    program += "; kept_servers.keep(Path(sys.argv[1]), idle_seconds=0)"
    with (folder / kept_servers.USER).open("a") as user:
        fcntl.flock(user, fcntl.LOCK_EX)
        keeper = subprocess.Popen([sys.executable, "-c", program, str(folder)], cwd=PROJECT)
        eventually(lambda: environment_of(folder))
        servers = psutil.Process(keeper.pid).children(recursive=True)
        time.sleep(0.5)
        assert keeper.poll() is None

    assert keeper.wait(30) == 0
    assert servers
    assert not any(server.is_running() for server in servers)
    assert (folder / "postgres").exists()


def test_servers_in_the_environment_are_used_instead(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://given")
    monkeypatch.setenv("REDIS_URL", "redis://given")

    with kept_servers.addresses(tmp_path / "servers") as more:
        assert more == {}

    assert not (tmp_path / "servers").exists()


def test_new_demonstration_does_not_stop_the_kept_servers(tmp_path):
    (tmp_path / KEPT).mkdir()

    forget(tmp_path)

    assert (tmp_path / KEPT).exists()


def test_schema_fingerprint_changes_with_every_migration_and_model(tmp_path, monkeypatch):
    monkeypatch.setattr(kept_database, "ROOT", tmp_path)
    seen = {kept_database.schema_key()}
    for place, text in [
        ("app/migrations/0001_initial.py", "one"),
        ("app/migrations/0001_initial.py", "another"),
        ("app/migrations/0002_more.py", ""),
        ("app/models.py", "one"),
        ("other/models/people.py", "one"),
        ("trusts/protection.py", "one"),
    ]:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
        assert kept_database.schema_key() not in seen, place
        seen.add(kept_database.schema_key())


def test_database_with_another_schema_is_out_of_date(db, monkeypatch):
    name = connection.settings_dict["NAME"]
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as outside:
        outside.execute(f"COMMENT ON DATABASE {name} IS '{kept_database.schema_key()}'")

    assert kept_database.is_of_today(name)
    assert not kept_database.is_of_today("test_that_is_not_there")
    monkeypatch.setattr(kept_database, "schema_key", lambda: "changed")
    assert not kept_database.is_of_today(name)
