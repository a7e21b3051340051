"""Show the public pages about Sightline itself."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.queries.method import method_page
from schools.rules.terms import school_year_on


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
    """Explain how Sightline calculates its results, from the rules themselves."""
    page = method_page(last_year=school_year_on(timezone.localdate()) - 1)
    return render(request, "pages/method.html", {"page": page})
