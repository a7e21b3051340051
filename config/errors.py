import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


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
