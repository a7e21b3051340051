"""Show the reminders that went out."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from followup.models import Reminder
from followup.queries import SENT_REMINDER_SORTS, newest_term, sent_reminder_rows, sent_reminders_table
from followup.rules.reminders import DutyKind
from schools.models import Term
from schools.queries import term_in_view
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
