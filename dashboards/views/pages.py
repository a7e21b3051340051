"""Pages about the product itself, for everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboards.queries.method import method_page


@require_GET
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@require_GET
@login_not_required
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/privacy.html")


@require_GET
@login_not_required
def method(request: HttpRequest) -> HttpResponse:
    """Say how every answer is made, from the engine's own rules."""
    return render(request, "pages/method.html", {"page": method_page()})
