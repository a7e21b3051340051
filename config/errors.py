import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from trusts.two_people import OwnDecision


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a refusal with a page that says why: the person's role, or that the decision is about their own work."""
    decision = exception.kind if isinstance(exception, OwnDecision) else None
    return HttpResponse(render_to_string("403.html", {"decision": decision}), status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unexpected error with a 503 page that says what to do if the database is down, or else with a 500 page.

    Neither page needs a session, a user or the database. A 503 means that nothing was saved. The browser keeps what was
    typed: it sends a line of a return again automatically (static/js/saving.js), and a form again when the person
    reloads the page, as the page tells them to. Going back would lose it, because forms are never kept in a cache.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = HttpResponse(render_to_string("503.html", {"was_sent": request.method == "POST"}), status=503)
        response["Retry-After"] = "5"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)
