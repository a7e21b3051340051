import json
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded import demo, processes
from config.embedded.servers import Servers, ServersInUse, forget, throwaway

PROJECT = Path(__file__).parent.parent.parent
# The path of a Unix socket has at most 107 bytes. This folder's path is longer, with spaces and quotes.
LONG = "a folder's name with spaces, and longer than any socket may have it, " * 2


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("servers") / LONG
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="module")
def servers(place):
    with throwaway(place, own=True) as running:
        yield running


@pytest.fixture
def connection(servers):
    with psycopg.connect(servers.postgres.url, autocommit=True) as connection:
        yield connection


def run(*command, python="import sys; sys.exit(7)", **environment):
    """Run a Python program with ``python -m config.embedded run --throwaway``."""
    command = command or (sys.executable, "-c", python)
    return subprocess.Popen(
        [sys.executable, "-m", "config.embedded", "run", "--throwaway", "--", *command],
        cwd=PROJECT,
        env={name: value for name, value in (os.environ | environment).items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


NO_SERVERS = {"DATABASE_URL": "postgres://given", "REDIS_URL": "redis://given"}
# Starts a process that nothing stops, prints its ID, and waits.
LEAVES_ONE_BEHIND = """
import subprocess, sys, time
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(60)
"""


def at_once(url):
    """Return a client that does not retry."""
    return redis.from_url(url, retry=Retry(NoBackoff(), 0))


def ends(pid):
    """Wait until a process has ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and psutil.pid_exists(pid):
        time.sleep(0.05)
    return not psutil.pid_exists(pid)


def test_application_role_is_an_ordinary_role(connection):
    role = connection.execute(
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ).fetchone()

    assert role == ("sightline", False, False, False, True)


def test_postgres_is_version_18(connection):
    assert connection.info.server_version // 10000 == 18


def test_text_is_utf8_and_sorts_as_in_production(connection):
    provider = connection.execute(
        "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'sightline'"
    ).fetchone()

    assert provider == ("b", "C.UTF-8", "UTF8")


def test_servers_refuse_a_wrong_password(servers):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=servers.postgres.port, user="sightline", password="guess")
    with pytest.raises(redis.AuthenticationError):
        at_once(f"redis://127.0.0.1:{servers.valkey.port}").ping()


def test_postgres_restart_keeps_the_address_and_the_rows(servers):
    with psycopg.connect(servers.postgres.url, autocommit=True) as before:
        before.execute("CREATE TABLE kept AS SELECT 42 AS value")
    url = servers.postgres.url

    servers.postgres.restart()

    assert servers.postgres.url == url
    with psycopg.connect(url) as after:
        assert after.execute("SELECT value FROM kept").fetchone() == (42,)


def test_valkey_stops_and_starts_at_the_same_address(servers):
    client = at_once(servers.valkey.url)
    assert client.ping()

    servers.valkey.stop()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    servers.valkey.start()

    assert client.ping()


def test_only_the_owner_can_read_the_secrets(servers, place):
    modes = [stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*.json")]

    assert modes == [0o600, 0o600]


def test_folder_in_use_is_refused_with_its_addresses(servers, place):
    folder = next(place.glob("run-*"))

    with pytest.raises(ServersInUse) as refusal:
        Servers(folder)

    assert refusal.value.environment["DATABASE_URL"] == servers.postgres.url


def test_folders_of_this_run_and_of_killed_runs_are_deleted(tmp_path, monkeypatch):
    for name, address in NO_SERVERS.items():
        monkeypatch.setenv(name, address)
    left = tmp_path / "run-left"
    (left / "postgres").mkdir(parents=True)

    with throwaway(tmp_path):
        assert not left.exists()

    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_left_over_process_is_stopped(tmp_path):
    """A system other than Linux leaves children running after a kill."""
    left = subprocess.Popen(["sleep", "60"], cwd=tmp_path)
    (tmp_path / "pid").write_text(f"{left.pid}\n")

    processes.end_left_over(tmp_path / "pid", tmp_path, signal.SIGTERM)

    left.wait(5)
    assert not psutil.pid_exists(left.pid)
    assert not (tmp_path / "pid").exists()


def test_other_process_with_a_left_over_id_is_not_stopped(tmp_path):
    stranger = subprocess.Popen(["sleep", "60"], cwd="/")
    (tmp_path / "pid").write_text(f"{stranger.pid}\n")

    processes.end_left_over(tmp_path / "pid", tmp_path, signal.SIGTERM)

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait(5)


def test_forget_keeps_only_the_lock(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "secrets.json").write_text(json.dumps(dict.fromkeys(("superuser", "database", "valkey"), "old")))

    forget(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_run_returns_the_exit_status_of_the_command():
    command = run(**NO_SERVERS)

    command.communicate(timeout=30)

    assert command.returncode == 7


def test_run_does_not_start_servers_that_the_environment_names():
    command = run(python="import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])", **NO_SERVERS)

    output, _ = command.communicate(timeout=30)

    assert output.split() == ["postgres://given", "redis://given"]


def test_run_names_a_missing_program():
    command = run("no-such-program", **NO_SERVERS)

    _, errors = command.communicate(timeout=30)

    assert (command.returncode, errors.strip()) == (1, "Cannot find the program no-such-program.")


def test_run_starts_both_servers_and_stops_them():
    program = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], len(os.environ['SECRET_KEY']))"
    command = run(python=program, DATABASE_URL=None, REDIS_URL=None, SECRET_KEY=None)

    output, _ = command.communicate(timeout=60)
    database, broker, length = output.split()

    assert int(length) == 64
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database, connect_timeout=2)
    with pytest.raises(redis.ConnectionError):
        at_once(broker).ping()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_run_leaves_no_process(signum):
    command = run(python=LEAVES_ONE_BEHIND, **NO_SERVERS)
    grandchild = int(command.stdout.readline())

    command.send_signal(signum)
    command.communicate(timeout=30)

    assert command.returncode == 128 + signum
    assert not psutil.pid_exists(grandchild)


def test_run_stopped_while_it_starts_leaves_nothing():
    before = set((PROJECT / ".data" / "throwaway").glob("run-*"))
    command = run("sleep", "60", DATABASE_URL=None, REDIS_URL=None)
    while not (started := psutil.Process(command.pid).children(recursive=True)):
        time.sleep(0.01)

    command.terminate()
    command.communicate(timeout=30)

    assert command.returncode == 128 + signal.SIGTERM
    assert not any(process.is_running() for process in started)
    assert set((PROJECT / ".data" / "throwaway").glob("run-*")) <= before


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux gives orphans to a chosen ancestor.")
def test_run_stops_the_children_of_a_killed_command():
    command = run(python=LEAVES_ONE_BEHIND, **NO_SERVERS)
    grandchild = int(command.stdout.readline())

    psutil.Process(grandchild).parent().kill()
    command.communicate(timeout=30)

    assert command.returncode == 128 + signal.SIGKILL
    assert not psutil.pid_exists(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux stops the children of a killed parent.")
def test_servers_stop_when_their_owner_is_killed(tmp_path):
    program = """
import sys, time
from contextlib import suppress
from pathlib import Path
from config.embedded.servers import Servers
with Servers(Path(sys.argv[1]), durable=False, own=True) as servers:
    print(*servers.pids, flush=True)
    time.sleep(60)
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in owner.stdout.readline().split()]
    assert len(pids) == 2

    owner.kill()
    owner.communicate(timeout=10)

    assert all(ends(pid) for pid in pids)


DEMONSTRATION = """
import sys
from contextlib import suppress
from pathlib import Path
from config.embedded import __main__, demo
demo.DATA = Path(sys.argv[1])
sys.exit(__main__.main(["demo"]))
"""


def start_demonstration(folder: Path) -> subprocess.Popen[str]:
    running = folder / "running.json"
    environment = {name: value for name, value in os.environ.items() if name not in NO_SERVERS}
    demonstration = subprocess.Popen(
        [sys.executable, "-c", DEMONSTRATION, str(folder)],
        cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (running.exists() and "SITE_ADDRESS" in json.loads(running.read_text())):
        assert demonstration.poll() is None, demonstration.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return demonstration


@pytest.mark.parametrize("program", ["gunicorn", "worker", "beat"])
def test_demonstration_stops_with_one_sentence_when_web_worker_or_beat_ends(tmp_path, program):
    demonstration = start_demonstration(tmp_path)
    family = psutil.Process(demonstration.pid).children(recursive=True)
    deadline = time.monotonic() + 60
    while not (found := [one for one in family if any(f" {program} " in f"{word} " for word in words_of(one))]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        family = psutil.Process(demonstration.pid).children(recursive=True)

    found[0].kill()
    _, errors = demonstration.communicate(timeout=60)

    assert demonstration.returncode == 1
    assert errors.splitlines()[-1] == demo.ENDED
    assert all(ends(process.pid) for process in family)


def words_of(process: psutil.Process) -> list[str]:
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


@pytest.mark.parametrize(
    ("server", "mark"), [("PostgreSQL", "postgres/postmaster.pid"), ("Valkey", "valkey/valkey.pid")]
)
def test_demonstration_stops_with_one_sentence_when_a_server_dies(tmp_path, server, mark):
    demonstration = start_demonstration(tmp_path)
    family = psutil.Process(demonstration.pid).children(recursive=True)

    os.kill(int((tmp_path / mark).read_text().split()[0]), signal.SIGKILL)
    _, errors = demonstration.communicate(timeout=60)

    sentence = errors.splitlines()[-1]
    assert demonstration.returncode == 1
    assert sentence.startswith(f"{server} has stopped, so everything else was stopped too: read {tmp_path}")
    assert sentence.endswith(", then start again with make demo.")
    assert all(ends(process.pid) for process in family)
