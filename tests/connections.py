"""Run transactions at the same time, each on a connection of its own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

PATIENCE_SECONDS = 20.0
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"  # Read anew each time, also within a transaction.


@contextmanager
def at_the_same_time() -> Iterator[Callable[..., Future[Any]]]:
    """Yield a function that starts another function on its own thread and connection."""
    with ThreadPoolExecutor() as pool:
        yield lambda work, *args, **kwargs: pool.submit(_with_its_own_connection, work, *args, **kwargs)


def wait_until_waiting(number: int = 1) -> None:
    """Wait until ``number`` other transactions wait for a lock."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while cursor.execute(WAITING) is None or cursor.fetchone()[0] < number:
            assert time.monotonic() < deadline, "nothing waits for a lock"
            time.sleep(0.02)


def _with_its_own_connection(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return work(*args, **kwargs)
    finally:
        connection.close()
