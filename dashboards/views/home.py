"""Send people to the home page of their role."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.queries.homes import HomePage, homes_of, left_schools
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, memberships_left_behind, memberships_of, requires


@require_GET
def home(request: TrustRequest) -> HttpResponse:
    """Send a person to the home page of their role, or let them choose if they have several.

    A person whose school left a trust stays here to read about it.
    """
    today = timezone.localdate()
    held = memberships_of(request.user, on=today)
    left = left_schools(memberships_left_behind(request.user, on=today), held, on=today)
    if not left:
        return _lead(request, homes_of(held))
    return render(request, "dashboards/home.html", {"homes": homes_of(held), "left": left})


@require_GET
@requires(Permission.VIEW_TRUST)
def trust_home(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Send a person to the home page of their role in one trust."""
    return _lead(request, homes_of(request.access.memberships))


def _lead(request: HttpRequest, homes: list[HomePage]) -> HttpResponse:
    if len(homes) == 1:
        return redirect(homes[0].url)
    return render(request, "dashboards/home.html", {"homes": homes})
