"""Keep private pages out of every cache."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers


class KeptNowhere:
    """Let neither the browser nor a proxy keep an answer, so that the back button shows nothing after signing out.

    This covers pages, files, errors and redirects alike: secrets of second steps, PDFs and exports too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        add_never_cache_headers(response)
        return response
