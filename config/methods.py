"""Answer HEAD as GET, and a request by the wrong method with a page for people, or with an answer of the API."""

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class HeadAsGet:
    """Answer HEAD with the status and headers of GET and no body, wherever GET is allowed.

    Views then check and read what they do for GET, and none of them needs to know of HEAD.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "HEAD":
            return self.get_response(request)
        request.method = "GET"
        response = self.get_response(request)
        request.method = "HEAD"
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = iter(())
        elif isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response


class PageForMethods:
    """Give the empty answers "method not allowed" of our views a page. The API's answers have content already."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            response.content = render_to_string("405.html")
        return response


class JsonForWrongMethods(DefaultContentNegotiation):
    """Refuse a method that the API does not have with a 405, whatever the client accepts.

    Otherwise a client that accepts no JSON would be told to ask for JSON, and then that the method is wrong.
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        if not hasattr(request.parser_context["view"], str(request.method).lower()):
            first = next(iter(renderers))
            return first, first.media_type
        selected: tuple[Any, Any] = super().select_renderer(request, renderers, format_suffix)
        return selected
