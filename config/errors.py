"""Answer errors with pages that need no session, user or database, and that read nothing of the request."""

import sys

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from trusts.two_people import OwnDecision

# Codes of PostgreSQL's errors. https://www.postgresql.org/docs/current/errcodes-appendix.html
DEADLOCK = "40P01"
CONNECTION_LOST = "08"
SHUT_DOWN_OR_FULL = {"57P01", "57P02", "57P03", "53300"}  # Shutting down, crashed, starting, or too many connections.
READ_ONLY = "25006"
AWAY, NOT_DONE = "Sightline is not available at the moment", "Sightline could not do that just now"


def state_of(error: BaseException | None) -> str | None:
    """Return PostgreSQL's code of an error, or None if the error has none, as when the connection broke."""
    return getattr(error.__cause__, "sqlstate", None) if error else None


def is_database_away(error: BaseException | None) -> bool:
    """Return whether the error means that the database cannot be reached."""
    state = state_of(error)
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    return state is None or state.startswith(CONNECTION_LOST) or state in SHUT_DOWN_OR_FULL


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unexpected error with a 503 page if the database is away or could not do its work, or else with a 500.

    A 503 means that nothing was saved. The browser keeps what was typed: it sends a line of a return again
    automatically (static/js/saving.js), and a form again when the person reloads the page, as the page tells them to.
    Going back would lose it, because forms are never kept in a cache.
    """
    error = sys.exc_info()[1]
    is_away = is_database_away(error)
    cannot_work = isinstance(error, OperationalError) or (
        isinstance(error, DatabaseError) and state_of(error) == READ_ONLY
    )
    if is_away or cannot_work:
        context = {"was_sent": request.method == "POST", "heading": AWAY if is_away else NOT_DONE}
        response = HttpResponse(render_to_string("503.html", context), status=503)
        response["Retry-After"] = "5"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)


# Django's own pages look for a CSRF token in the body, so a body that cannot be read would be a second error.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("400.html"), status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say why it was refused: the person's role, or that the decision is about what they submitted or proposed."""
    decision = exception.kind if isinstance(exception, OwnDecision) else None
    return HttpResponse(render_to_string("403.html", {"decision": decision}), status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(render_to_string("404.html"), status=404)
