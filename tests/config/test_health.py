"""Test that the health page tells when the real servers cannot save."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection
from django.urls import reverse

from config import health
from config.embedded.servers import Servers, for_application

PROJECT = Path(__file__).resolve().parents[2]
URL = reverse("health")


@pytest.fixture(autouse=True)
def not_written_before(monkeypatch):
    monkeypatch.setattr(health, "_wrote_at", None)


def test_health_says_ok_without_a_session(client, db):
    response = client.get(URL)

    assert (response.status_code, response.text) == (200, "ok\n")
    assert not response.cookies


def test_health_writes_once_in_ten_seconds(client, db, monkeypatch, django_assert_num_queries):
    client.get(URL)

    with django_assert_num_queries(1):  # SELECT 1
        client.get(URL)

    monkeypatch.setattr(health, "SECONDS_WELL", 0)
    with django_assert_num_queries(4):  # The table, its rows, and a savepoint in the transaction of the test.
        client.get(URL)


def test_health_says_that_the_database_is_away(client, db, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr("config.health.connection.cursor", away)
        response = client.get(URL)

    assert (response.status_code, response.text) == (503, "We cannot reach the database.\n")


def test_health_tells_when_the_database_only_reads(client, transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        response = client.get(URL)
    finally:
        connection.close()

    assert (response.status_code, response.text) == (503, "The database saves nothing: its disk may be full.\n")
    assert client.get(URL).status_code == 200


def test_health_tells_when_the_queue_takes_no_messages(client, db):
    with redis.Redis.from_url(settings.REDIS_URL) as valkey:
        valkey.config_set("maxmemory", 1)
        try:
            response = client.get(URL)
        finally:
            valkey.config_set("maxmemory", 0)

    assert response.status_code == 200  # People can work without the queue.
    assert response.text == "ok, but the queue takes no messages, so emails and calculations have to wait.\n"


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=200m,mode=0755", "tmpfs", place]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not allow mounting a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


ASK = """
import django
django.setup()
from django.test import Client
answer = Client().get("/health/")
print(answer.status_code, answer.text)
"""


def test_health_tells_when_the_disk_of_the_database_is_full(small_disk):
    with Servers(small_disk, durable=False, own=True) as servers:
        environment = for_application(servers.environment()) | {"DJANGO_SETTINGS_MODULE": "config.settings"}

        def ask() -> str:
            return subprocess.run(
                [sys.executable, "-c", ASK], env=environment, cwd=PROJECT, capture_output=True, text=True, check=True
            ).stdout.strip()

        assert ask() == "200 ok"
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        assert ask() == "503 The database saves nothing: its disk may be full."
        filler.unlink()
        assert ask() == "200 ok"
