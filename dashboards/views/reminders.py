"""Reminders: what was sent, what will be sent next, and how often a person wants them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from dashboards.actions.reminders import OnlyOneWhoCanAct, choose_pace
from dashboards.queries.reminder_list import (
    NEXT_SORTS,
    SENT_SORTS,
    newest_term,
    next_rows,
    next_table,
    sent_rows,
    sent_table,
    trouble,
)
from dashboards.queries.reminders import WHO_ACTS, is_only_one, pace_of
from kpis.forms.reminders import PaceForm
from kpis.models import Reminder
from kpis.rules.reminders import Kind, Pace, reminder_rules
from schools.models import Term
from schools.queries import term_in_view
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_heads
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires

KINDS = [(each.value, each.label) for each in Kind]
EVERY_TERM = "every"


@require_GET
@requires(Permission.MODERATE_RETURN)
def reminder_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List what was sent to whom, when and about what."""
    asked = {name: request.GET.get(name, "") for name in ("term", "kind", "outcome")}
    sort = request.GET.get("sort", "-sent")
    terms = list(Term.objects.filter(starts_date__lte=timezone.localdate()).newest_first())
    term = None if asked["term"] == EVERY_TERM else term_in_view(terms, asked["term"] or newest_term())
    rows = sent_rows(term=term, kind=asked["kind"], outcome=asked["outcome"], sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(sent_table(rows), f"reminders-sent-{trust.pk}")
    context = {"trust": trust, "rows": rows, "terms": terms, "term": term, "kinds": KINDS, "sort": sort}
    context |= {"query": asked, "outcomes": Reminder.Outcome.choices, "heads": sort_heads(SENT_SORTS, sort, asked)}
    return render_page(request, "dashboards/reminder_list.html", "dashboards/_reminder_table.html", context)


@require_GET
@requires(Permission.MODERATE_RETURN)
def reminder_next(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List what will be sent next if nothing changes."""
    kind, sort = request.GET.get("kind", ""), request.GET.get("sort", "when")
    rows = next_rows(trust, now=timezone.now(), kind=kind, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(next_table(rows), f"reminders-next-{trust.pk}")
    context: dict[str, Any] = {"trust": trust, "rows": rows, "kinds": KINDS, "kind": kind, "sort": sort}
    context |= {"heads": sort_heads(NEXT_SORTS, sort, {"kind": kind}), "now": timezone.now()}
    context |= {"rules": reminder_rules(), "trouble": trouble(trust)}
    return render_page(request, "dashboards/reminder_next.html", "dashboards/_reminder_next_table.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.VIEW_TRUST)
def reminder_pace(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Let a person say how often they want to be reminded."""
    on, is_told = timezone.localdate(), bool(request.access.roles() & set(WHO_ACTS))
    form = PaceForm(request.POST if request.method == "POST" else None, now=pace_of(request.user))
    if is_told and form.is_valid():
        try:
            pace = Pace(form.cleaned_data["pace"])
            choose_pace(trust=trust, pace=pace, by=request.user, on=on, at=timezone.now())
        except OnlyOneWhoCanAct:
            form.refuse_off()
        else:
            messages.success(request, f"Your choice is saved: {form.words}")
            return redirect("dashboards:reminder_pace", trust.pk)
    only = is_told and is_only_one(request.user, trust, on=on)
    context = {"trust": trust, "form": form, "is_told": is_told, "is_only_one": only, "rules": reminder_rules()}
    return render(request, "dashboards/reminder_pace.html", context, status=422 if form.errors else 200)
