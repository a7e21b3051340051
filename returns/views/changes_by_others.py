"""Tell a page what other people have saved, so that people who fill in a return together see each other's lines."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from returns.forms.return_lines import COMMENT_LENGTH, EXPLANATION_LENGTH
from returns.models import Return, ReturnLine
from returns.queries.contested_lines import contested_lines
from returns.queries.line_context import as_filled_in
from returns.queries.line_row import REASONS, ReturnLineRow
from returns.queries.return_page import ReturnPage
from returns.views.opened_return import opened_return_as_seen
from schools.models import School
from schools.permissions import requires_for_school
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest

# A save has the time when it starts but is visible only when it ends. Asking for a little more than what is new misses
# no save, and the page knows by the versions what it has already shown.
OVERLAP = timedelta(seconds=15)


@require_GET
@requires_for_school(Permission.ENTER_RETURN)
def return_changes(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Answer with the lines that others have saved or marked since ``?since=``, and the lines where others choose."""
    since = _moment(request.GET.get("since", ""))
    if since is None:
        return HttpResponseBadRequest("since must be a time that this page gave")
    termly_return = get_object_or_404(Return, school=school, term_id=term_id)
    now = timezone.now()
    saved = Q(saved_at__gt=since) & ~Q(saved_by=request.user)
    marked = Q(marked_at__gt=since) & ~Q(marked_by=request.user)
    changed = termly_return.lines.filter(saved | marked, pupil_group="all")
    codes = set(changed.values_list("indicator_id", flat=True))
    answer: dict[str, object] = {"since": (now - OVERLAP).isoformat(), "lines": []}
    answer["contested"] = [
        {"code": code, "by": note["by"], "typed": note["typed"]}
        for code, note in contested_lines(termly_return.pk).items()
        if note["by_id"] != request.user.pk
    ]
    if codes:
        answer |= _shown(request, trust, opened_return_as_seen(request, school, term_id), codes)
    return JsonResponse(answer)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:  # The right format, but not a real date.
        return None
    return found if found is not None and timezone.is_aware(found) else None


def _shown(request: TrustRequest, trust: Trust, page: ReturnPage, codes: set[str]) -> dict[str, object]:
    termly_return = page.termly_return
    rows = [row for row in page.open_rows if row.code in codes]
    context = {
        "trust": trust, "school": termly_return.school, "term": termly_return.term, "page": page, "reasons": REASONS,
        "comment_length": COMMENT_LENGTH, "explanation_length": EXPLANATION_LENGTH,
    }  # fmt: skip
    return {
        "lines": [_line(row, context, request) for row in as_filled_in(replace(page, rows=tuple(rows))).rows],
        "progress": render_to_string("returns/_return_progress.html", {"page": page}, request),
    }


def _line(row: ReturnLineRow, context: dict[str, object], request: TrustRequest) -> dict[str, object]:
    line: ReturnLine = row.line
    return {
        "code": row.code,
        "title": row.indicator.title,
        "version": line.version,
        "by": line.saved_by.name if line.saved_by else "",
        "at": f"{timezone.localtime(line.saved_at):%H:%M}" if line.saved_at else "",
        "answer": row.stored_figure,
        "html": render_to_string("returns/_line_alone.html", context | {"row": row}, request),
    }
