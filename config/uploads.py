"""Refuse uploads that are too large, by their declared size, before anything reads them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tables.file_safety import MOST_BYTES

ROOM = 256 * 1024  # For the form's other fields.
MOST_DRAINED = 128 * 1024 * 1024
PIECE = 64 * 1024


class RefuseTooLarge:
    """Answer 413 to a body larger than the largest file that we accept.

    The body is read in pieces and discarded, because a browser that cannot finish sending shows a broken connection
    instead of the answer. Above ``MOST_DRAINED`` bytes it does show that. WSGI does not read a body without a declared
    size.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        size = request.META.get("CONTENT_LENGTH") or "0"
        if not size.isdecimal() or int(size) <= MOST_BYTES + ROOM:
            return self.get_response(request)
        if int(size) <= MOST_DRAINED:
            left = int(size)
            while left > 0 and (piece := request.META["wsgi.input"].read(min(PIECE, left))):
                left -= len(piece)
        return HttpResponse(render_to_string("413.html", {"most": MOST_BYTES // 1024**2}), status=413)
