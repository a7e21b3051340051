"""Show the history of a line of a return."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from returns.models import ReturnLine
from returns.queries.line_history import accepted_versions, events_table, line_events
from schools.models import School
from schools.permissions import requires_for_school
from trusts.lists import csv_response
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def line_history(request: TrustRequest, trust: Trust, school: School, term_id: int, code: str) -> HttpResponse:
    """Show every change of a line, the decisions on it and its accepted versions."""
    lines = ReturnLine.objects.select_related("termly_return__term", "definition").filter(pupil_group="all")
    line = get_object_or_404(lines, school=school, termly_return__term_id=term_id, indicator_id=code)
    indicator = line.asked
    if indicator is None:
        raise Http404("This indicator is no longer in the catalogue")
    events = line_events(line, indicator)
    if request.GET.get("format") == "csv":
        return csv_response(events_table(events), f"history-{school.pk}-{term_id}-{code}")
    context = {
        "trust": trust,
        "school": school,
        "term": line.termly_return.term,
        "line": line,
        "indicator": indicator,
        "events": events,
        "versions": accepted_versions(line, indicator),
    }
    return render(request, "returns/line_history.html", context)
