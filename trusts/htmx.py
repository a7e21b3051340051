from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def is_swap(request: HttpRequest) -> bool:
    """Return whether htmx asks for part of a page."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]  # set by django_htmx's middleware
    return bool(htmx) and not (htmx.boosted or htmx.history_restore_request)


def render_page(request: HttpRequest, page: str, partial: str, context: dict[str, Any]) -> HttpResponse:
    """Render ``partial`` for an htmx swap and the whole ``page`` for everyone else."""
    response = render(request, partial if is_swap(request) else page, context)
    patch_vary_headers(response, ["HX-Request"])
    return response
