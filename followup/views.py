"""Show the reminders that went out, and let headteachers say who is told while they are away."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import name_cover, remove_cover
from followup.forms import CoverForm
from followup.models import Cover, Reminder
from followup.queries import (
    SENT_REMINDER_SORTS,
    coming_covers,
    newest_term,
    possible_deputies,
    sent_reminder_rows,
    sent_reminders_table,
)
from followup.rules.reminders import DutyKind
from schools.models import School, Term
from schools.permissions import requires_for_school
from schools.queries import term_in_view
from tables.dates import day_in_words
from trusts.form_posts import sent_from
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires

KINDS = [(kind.value, kind.label) for kind in DutyKind]
EVERY_TERM = "every"


@require_GET
@requires(Permission.MODERATE_RETURN)
def reminder_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List who got which reminder, when and about what, on a page or as a CSV file."""
    asked = {name: request.GET.get(name, "") for name in ("term", "kind", "outcome")}
    sort = request.GET.get("sort", "-sent")
    terms = list(Term.objects.filter(starts_date__lte=timezone.localdate()).newest_first())
    term = None if asked["term"] == EVERY_TERM else term_in_view(terms, asked["term"] or newest_term())
    rows = sent_reminder_rows(term=term, kind=asked["kind"], outcome=asked["outcome"], sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(sent_reminders_table(rows), f"reminders-sent-{trust.pk}")
    context = {"trust": trust, "rows": rows, "terms": terms, "term": term, "kinds": KINDS, "sort": sort}
    context |= {
        "query": asked,
        "outcomes": Reminder.Outcome.choices,
        "headings": sort_headings(SENT_REMINDER_SORTS, sort, asked),
    }
    return render_page(request, "followup/reminder_list.html", "followup/_reminder_table.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.SUBMIT_RETURN)
def cover_list(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Let a headteacher say when they are away, and who is told about their tasks."""
    today, me = timezone.localdate(), request.user
    people = possible_deputies(school, me, on=today)
    form = CoverForm(request.POST if request.method == "POST" else None, people=people, today=today)
    if form.is_valid():
        cover = name_cover(school=school, trust=trust, by=me, at=timezone.now(), **form.cleaned_data)
        messages.success(request, f"{cover.deputy.name} is told until {day_in_words(cover.ends_date)}.")
        return redirect("followup:cover_list", trust.pk, school.pk)
    context = {"trust": trust, "school": school, "form": form, "people": people}
    context["covers"] = coming_covers(school, me, on=today)
    return render(request, "followup/cover_list.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.SUBMIT_RETURN)
@sent_from("followup:cover_list", "trust_id", "school_id")
def cover_remove(request: TrustRequest, trust: Trust, school: School, cover_id: int) -> HttpResponse:
    remove_cover(cover=get_object_or_404(Cover, pk=cover_id, school=school, headteacher=request.user))
    messages.success(request, "You are told again.")
    return redirect("followup:cover_list", trust.pk, school.pk)
