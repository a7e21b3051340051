"""Show the next reminders, and let people choose how often they get them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from dashboards.queries.reminders import (
    NEXT_REMINDER_SORTS,
    ROLES_WHO_ACT,
    is_only_one,
    next_reminder_rows,
    next_reminders_table,
)
from followup.actions import OnlyOneWhoCanAct, choose_pace
from followup.forms import PaceForm
from followup.queries import mail_trouble, pace_of
from followup.rules.reminders import DutyKind, Pace, reminder_rules
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires

KINDS = [(kind.value, kind.label) for kind in DutyKind]


@require_GET
@requires(Permission.MODERATE_RETURN)
def reminder_next(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List the reminders that will be sent next if nothing changes."""
    kind, sort = request.GET.get("kind", ""), request.GET.get("sort", "when")
    rows = next_reminder_rows(trust, now=timezone.now(), kind=kind, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(next_reminders_table(rows), f"reminders-next-{trust.pk}")
    context: dict[str, Any] = {"trust": trust, "rows": rows, "kinds": KINDS, "kind": kind, "sort": sort}
    context |= {"headings": sort_headings(NEXT_REMINDER_SORTS, sort, {"kind": kind}), "now": timezone.now()}
    context |= {"rules": reminder_rules(), "trouble": mail_trouble(trust)}
    return render_page(request, "dashboards/reminder_next.html", "dashboards/_reminder_next_table.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TRUST)
def reminder_pace(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Let people choose how often they get reminders."""
    is_told = bool(request.access.roles() & set(ROLES_WHO_ACT))
    only = is_told and is_only_one(request.user, trust, on=timezone.localdate())
    form = PaceForm(request.POST if request.method == "POST" else None, now=pace_of(request.user))
    if is_told and form.is_valid():
        try:
            pace = Pace(form.cleaned_data["pace"])
            choose_pace(trust=trust, pace=pace, is_only_one=only, by=request.user, at=timezone.now())
        except OnlyOneWhoCanAct:
            form.refuse_off()
        else:
            messages.success(request, f"We saved your choice: {form.words}")
            return redirect("dashboards:reminder_pace", trust.pk)
    context = {"trust": trust, "form": form, "is_told": is_told, "is_only_one": only, "rules": reminder_rules()}
    context["schools_led"] = [urn for urn in request.access.own_schools() if request.access.heads(urn)]
    return render(request, "dashboards/reminder_pace.html", context, status=422 if form.errors else 200)
