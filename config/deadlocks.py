"""Try a request once more when the database ended its transaction to resolve a deadlock."""

import logging
from collections.abc import Callable

from django.contrib.messages.storage import default_storage
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse

from config.errors import DEADLOCK, state_of

logger = logging.getLogger(__name__)


class RetryDeadlock:
    """Call the view a second time after a deadlock.

    This is safe because the database has rolled back everything that the request did. Messages to the queue are sent
    only after the commit, so none was sent. Views without a transaction of their own are not
    called again. A second deadlock is an error like any other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not (isinstance(exception, OperationalError) and state_of(exception) == DEADLOCK):
            return None
        match = request.resolver_match
        if match is None or getattr(match.func, "_non_atomic_requests", None):
            return None
        logger.warning("deadlock: %s %s is tried again", request.method, request.path)
        request._messages = default_storage(request)  # type: ignore[attr-defined]  # As Django's own middleware does.
        for _, files in request.FILES.lists():
            for file in files:
                file.seek(0)
        return transaction.atomic(match.func)(request, *match.args, **match.kwargs)
