import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unexpected error: 503 with what to do when the database is away, else 500.

    Neither page needs a session, a user or the database. A save that met a 503 was not made; the browser keeps
    what was typed and sends it again: a line of a return by itself (static/js/saving.js), a form when its person
    loads the answer again, as the page tells them. Going back would lose it, for forms are never kept in a cache.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        response = HttpResponse(render_to_string("503.html", {"was_sent": request.method == "POST"}), status=503)
        response["Retry-After"] = "5"
        return response
    return HttpResponse(render_to_string("500.html"), status=500)
