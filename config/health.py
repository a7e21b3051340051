"""Say whether Sightline can do its work, to the checks of containers and to monitoring."""

import time

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET
from redis import Redis
from redis.exceptions import RedisError

from config.errors import is_database_away

AWAY = "We cannot reach the database.\n"
CANNOT_WRITE = "The database saves nothing: its disk may be full.\n"
CANNOT_QUEUE = "ok, but the queue takes no messages, so emails and calculations have to wait.\n"
WELL = "ok\n"
SECONDS_WELL = 10.0  # Anyone may call this page, so each process writes no more often.
PAGES_WRITTEN = 300  # Rows of more than half a page each, in a new file: a full disk has no room for them.
_wrote_at: float | None = None


@require_GET
@login_not_required
@transaction.non_atomic_requests
def health(request: HttpRequest) -> HttpResponse:
    """Answer 503 if the database cannot be reached or saves nothing. People can work while the queue is down."""
    try:
        _write()
    except Error as error:
        return _say(AWAY if is_database_away(error) else CANNOT_WRITE, status=503)
    return _say(WELL if _can_queue() else CANNOT_QUEUE)


def _write() -> None:
    """Write to the database's disk and log, unless this process did so just now."""
    global _wrote_at
    if _wrote_at is not None and time.monotonic() - _wrote_at < SECONDS_WELL:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return
    _wrote_at = None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE health (text char(5000) STORAGE PLAIN) ON COMMIT DROP")
        cursor.execute("INSERT INTO health SELECT 'written' FROM generate_series(1, %s)", [PAGES_WRITTEN])
    _wrote_at = time.monotonic()


def _can_queue() -> bool:
    """Return whether Valkey stores a value: it refuses to when it cannot save to its own disk, or is full."""
    try:
        with Redis.from_url(settings.REDIS_URL, **settings.CACHES["default"]["OPTIONS"]) as server:
            server.set("health", "written", ex=60)
    except RedisError:
        return False
    return True


def _say(words: str, *, status: int = 200) -> HttpResponse:
    return HttpResponse(words, content_type="text/plain", status=status)
