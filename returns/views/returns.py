"""List a school's returns, show the page to fill one in, and save it."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.queries.indicator_set import lines_not_asked_of
from returns.actions import returns as actions
from returns.actions.contributors import open_for_school, sign_off_lines
from returns.actions.line_marks import mark_line
from returns.forms.return_lines import COMMENT_LENGTH, EXPLANATION_LENGTH, ReturnForm, closed_rows
from returns.queries.line_context import as_filled_in, with_proposals
from returns.queries.line_row import REASONS, ReturnLineRow
from returns.queries.return_list import RETURN_SORTS, RETURN_STATES, filtered_returns, returns_of_school, returns_table
from returns.queries.return_page import ReturnPage, page_as_seen
from returns.queries.return_reading import page_as_stored, return_page
from returns.rules.return_lines import LineState
from returns.views.changes_by_others import OVERLAP
from returns.views.opened_return import opened_return_as_seen
from schools.models import School, Term
from schools.permissions import requires_for_school
from trusts.form_posts import sent_from
from trusts.htmx import is_swap, render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest

ANSWERS = {LineState.INVALID: 422, LineState.CONFLICT: 409, LineState.CLOSED: 409}  # HTTP status by the line's state.
MARKS = {"mark": True, "unmark": False}  # The buttons that set or remove a mark. Their value is the line's code.
LEFT = "left"  # The value of ?show= for lines that need a look only.
OF_SCHOOL = {name: head for name, head in RETURN_SORTS.items() if name != "school"}


@dataclass(frozen=True, kw_only=True)
class SavedPage:
    """The page after a save, with refused text on top of what is stored, and the HTTP status."""

    page: ReturnPage
    status: int
    unsaved: list[ReturnLineRow] = field(default_factory=list)  # Typed into a return that was submitted meanwhile.


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def return_list(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "-term")
    rows = filtered_returns(returns_of_school(school, on=timezone.localdate()), state=state, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(returns_table(rows), f"returns-{school.pk}")
    context = {
        "trust": trust,
        "school": school,
        "rows": rows,
        "state": state,
        "sort": sort,
        "states": RETURN_STATES,
        "headings": sort_headings(OF_SCHOOL, sort, {"state": state}),
    }
    return render_page(request, "returns/return_list.html", "returns/_return_table.html", context)


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def return_detail(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    term = get_object_or_404(Term, pk=term_id)
    page = return_page(school, term)
    if page is None:
        can_enter = request.access.can(Permission.ENTER_RETURN, school.pk)
        context = {"trust": trust, "school": school, "term": term, "can_enter": can_enter}
        return render(request, "returns/return_unopened.html", context)
    return _render(request, trust, SavedPage(page=page_as_seen(page, request.access, request.user), status=200))


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
@sent_from("returns:return_detail", "trust_id", "school_id", "term_id")
def return_open(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    term = get_object_or_404(Term, pk=term_id)
    open_for_school(trust=trust, school=school, term=term, on=timezone.localdate(), at=timezone.now())
    return redirect("returns:return_detail", trust.pk, school.pk, term.pk)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
@sent_from("returns:return_detail", "trust_id", "school_id", "term_id")
def return_save(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Save every changed line. The page's Save button needs this view to work without JavaScript."""
    if pressed := _pressed(request):
        _mark(request, opened_return_as_seen(request, school, term_id), request.POST[pressed], marked=MARKS[pressed])
    outcome = _save(request, school, term_id)
    if outcome.status != 200:
        return _render(request, trust, outcome)
    if "check" in request.POST:
        return redirect("returns:return_submit", trust.pk, school.pk, term_id)
    if "sign_off" in request.POST:
        return _sign_off(request, trust, outcome)
    messages.success(request, f"Saved at {timezone.localtime():%H:%M}")
    return _back_to_the_return(request, outcome)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
@sent_from("returns:return_detail", "trust_id", "school_id", "term_id")
def line_save(request: TrustRequest, trust: Trust, school: School, term_id: int, code: str) -> HttpResponse:
    """Save a line while it is typed, and answer with its state and the return's progress."""
    outcome = _save(request, school, term_id)
    if not is_swap(request):
        return _render(request, trust, outcome)
    row = next(iter(outcome.unsaved), None) or outcome.page.row(code)
    if row is None:
        raise Http404("This return has no such line")
    is_whole = "keep" in request.POST or "confirm" in request.POST  # The fields change, not only the state.
    if is_whole:
        row = as_filled_in(replace(outcome.page, rows=(row,))).rows[0]
    template = "returns/_line_again.html" if is_whole else "returns/_line_answer.html"
    context = _context(request, trust, outcome) | {"row": row, "compared": outcome.page.compared(code)}
    return render(request, template, context, status=ANSWERS.get(row.state, 200))


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
@sent_from("returns:return_detail", "trust_id", "school_id", "term_id")
def line_mark(request: TrustRequest, trust: Trust, school: School, term_id: int, code: str) -> HttpResponse:
    """Set or remove a line's mark, and answer with the mark and the return's progress."""
    page, pressed = opened_return_as_seen(request, school, term_id), _pressed(request)
    if not pressed:
        return HttpResponseBadRequest("Send mark or unmark")
    is_done = _mark(request, page, code, marked=MARKS[pressed])
    outcome = SavedPage(page=page_as_stored(page, [code]), status=200 if is_done else 409)
    if not is_swap(request):
        return _back_to_the_return(request, outcome)
    context = _context(request, trust, outcome) | {"row": outcome.page.row(code), "is_closed": not is_done}
    return render(request, "returns/_line_mark_answer.html", context, status=outcome.status)


def _pressed(request: TrustRequest) -> str:
    """Return the name of the mark button that was pressed; empty if none was pressed."""
    return next((name for name in MARKS if name in request.POST), "")


def _mark(request: TrustRequest, page: ReturnPage, code: str, *, marked: bool) -> bool:
    """Set or remove a line's mark. Return whether the line was still open."""
    row = page.row(code)
    if row is None:
        raise Http404("This return has no such line")
    only = {row.code for row in page.rows if row.theirs}
    try:
        mark_line(line=row.line, marked=marked, by=request.user, at=timezone.now(), only=only)
    except actions.LineNotAssigned:
        raise PermissionDenied from None
    except actions.LineNotOpen:
        return False
    return True


def _back_to_the_return(request: TrustRequest, outcome: SavedPage) -> HttpResponse:
    """Redirect to the page with the same filter, at the line that was confirmed or marked."""
    named = next((request.POST[name] for name in ("confirm", *MARKS) if name in request.POST), "")
    termly_return, row = outcome.page.termly_return, outcome.page.row(named)
    query = {"show": LEFT} if request.GET.get("show") == LEFT else {}
    at = f"line-{row.code}" if row else None
    args = [termly_return.trust_id, termly_return.school_id, termly_return.term_id]
    return redirect(reverse("returns:return_detail", args=args, query=query, fragment=at))


def _sign_off(request: TrustRequest, trust: Trust, outcome: SavedPage) -> HttpResponse:
    termly_return = outcome.page.termly_return
    left = sign_off_lines(termly_return=termly_return, by=request.user, at=timezone.now())
    if left:
        names = "; ".join(row.indicator.title for row in left)
        messages.error(request, f"Finish these lines before you sign them off: {names}")
    else:
        messages.success(request, "You signed off your lines. If you change a line, sign it off again.")
    return redirect("returns:return_detail", trust.pk, termly_return.school_id, termly_return.term_id)


def _save(request: TrustRequest, school: School, term_id: int) -> SavedPage:
    page = opened_return_as_seen(request, school, term_id)
    if "confirm" in request.POST:
        page = with_proposals(page)
    form = ReturnForm(page, request.POST)
    changes, only = form.changes(), {row.code for row in page.rows if row.theirs}
    try:
        refused = actions.save_page(
            termly_return_id=page.termly_return.pk, changes=changes, settled=form.settled, only=only, by=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except actions.LineNotOpen:
        return SavedPage(page=opened_return_as_seen(request, school, term_id), status=409, unsaved=closed_rows(form))
    except actions.LineNotAssigned:
        raise PermissionDenied from None
    status = 409 if refused else 422 if form.unusable else 200
    page = page_as_stored(page, [change.line.indicator_id for change in changes])
    return SavedPage(page=form.over_page(page, refused), status=status)


def _render(request: TrustRequest, trust: Trust, outcome: SavedPage) -> HttpResponse:
    context, termly_return = _context(request, trust, outcome), outcome.page.termly_return
    # A line that was switched off after the return was opened is still in it.
    not_asked = lines_not_asked_of(termly_return.school, on=termly_return.term.starts_date)
    context["not_asked"] = [pair for pair in not_asked if not outcome.page.row(pair[0].code)]
    if context["can_enter"]:
        page = as_filled_in(outcome.page)
        only_left = request.GET.get("show") == LEFT
        context["since"] = (timezone.now() - OVERLAP).isoformat()
        context |= {"page": page, "only_left": only_left, "areas": page.left_areas if only_left else page.open_areas}
    return render(request, "returns/return_detail.html", context, status=outcome.status)


def _context(request: TrustRequest, trust: Trust, outcome: SavedPage) -> dict[str, Any]:
    termly_return = outcome.page.termly_return
    return {
        "trust": trust,
        "school": termly_return.school,
        "term": termly_return.term,
        "page": outcome.page,
        "unsaved": outcome.unsaved,
        "reasons": REASONS,
        "comment_length": COMMENT_LENGTH,
        "explanation_length": EXPLANATION_LENGTH,
        "can_enter": termly_return.is_open and request.access.can(Permission.ENTER_RETURN, termly_return.school_id),
        "can_assign": request.access.can(Permission.ASSIGN_LINES, termly_return.school_id),
        "can_submit": request.access.can(Permission.SUBMIT_RETURN, termly_return.school_id),
        "can_correct": request.access.can(Permission.CORRECT_RETURN, termly_return.school_id),
        "can_moderate": request.access.can(Permission.MODERATE_LINES, termly_return.school_id),
    }
