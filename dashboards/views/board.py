"""Show the home pages of people with a role in the whole trust."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dashboards.queries.board import BOARD_SORTS, board_page, board_table, version_of_results
from dashboards.queries.departed_schools import departed_schools, has_departed_schools
from dashboards.queries.desk import desk_page
from kpis.catalogue import Area
from kpis.queries.small_numbers import reader_of
from trusts.htmx import is_swap, render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires
from trusts.queries import count_role_requests


@require_GET
@requires(Permission.VIEW_BOARD)
def board(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the Board's page. Answer the page's check for new results with 204 if nothing is new."""
    if is_swap(request) and request.GET.get("since") == version_of_results():
        return HttpResponse(status=204)
    sort, phase = request.GET.get("sort", "school"), request.GET.get("phase", "")
    page = board_page(trust, on=timezone.localdate(), reader=reader_of(request.access), sort=sort, phase=phase)
    if request.GET.get("format") == "csv":
        return csv_response(board_table(page.rows), f"schools-{trust.pk}")
    live = request.GET.get("live") != "off"
    query = {"phase": phase, "live": "" if live else "off"}
    context: dict[str, Any] = {
        "trust": trust,
        "page": page,
        "headings": sort_headings(BOARD_SORTS, sort, query),
        "sort": sort,
        "phase": phase,
        "phases": page.phases,
        "live": live,
        "is_swap": is_swap(request),
        "has_departed": has_departed_schools(trust),
        "can_approve": request.access.can(Permission.APPROVE_TARGETS),
        "roles_to_confirm": _roles_to_confirm(request, trust),
    }
    return render_page(request, "dashboards/board.html", "dashboards/_board.html", context)


@require_GET
@requires(Permission.VIEW_BOARD)
def departed(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the schools that left the trust, with the figures that it had of them."""
    context = {
        "trust": trust,
        "schools": departed_schools(trust, on=timezone.localdate(), reader=reader_of(request.access)),
    }
    return render(request, "dashboards/departed_schools.html", context)


@require_GET
@requires(Permission.VIEW_DESK)
def desk(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show the Executive Director's tasks."""
    moderated = request.access.areas_moderated() or ()
    context = {
        "trust": trust,
        "page": desk_page(trust, on=timezone.localdate()),
        "today": timezone.localdate(),
        "can_moderate": request.access.can(Permission.MODERATE_LINES),
        "moderates": "; ".join(area.label.lower() for area in Area if area.value in moderated),
        "can_decide": request.access.can(Permission.MODERATE_SCHOOL),
        "can_prepare": request.access.can(Permission.PREPARE_PANEL),
        "can_see_panels": request.access.can(Permission.VIEW_PANELS),
        "roles_to_confirm": _roles_to_confirm(request, trust),
    }
    return render(request, "dashboards/desk.html", context)


def _roles_to_confirm(request: TrustRequest, trust: Trust) -> int:
    may_confirm = request.access.can(Permission.CONFIRM_ROLES)
    return count_role_requests(trust, reader=request.user) if may_confirm else 0
