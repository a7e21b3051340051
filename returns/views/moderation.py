"""Show the trust who has submitted, and let it accept lines or send them back."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from returns.actions.moderation import LineNotSubmitted, LineVerdict, decide_lines, send_back_return
from returns.forms.decisions import SendBackForm, VerdictsForm
from returns.models import ReturnDecision
from returns.queries.line_context import with_earlier_plans
from returns.queries.return_list import (
    RETURN_SORTS,
    RETURN_STATES,
    filtered_returns,
    on_time_and_complete,
    returns_of_term,
    returns_table,
)
from returns.queries.submitted_returns import people_who_filled_in
from returns.tasks import send_decision
from returns.views.opened_return import opened_return
from schools.models import School, Term
from schools.permissions import requires_for_school
from schools.queries import term_in_view
from trajectories.tasks import recompute_school
from trusts.form_posts import sent_from
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires
from trusts.queries import second_person
from trusts.two_people import DecisionKind

IN_GRID = {name: column for name, column in RETURN_SORTS.items() if name != "term"}


@require_GET
@requires(Permission.VIEW_DESK)
def returns_grid(request: TrustRequest, trust: Trust) -> HttpResponse:
    """Show every school's return for one term, by default the current term."""
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "school")
    terms = list(Term.objects.filter(starts_date__lte=timezone.localdate()).newest_first())
    term = term_in_view(terms, request.GET.get("term", ""))
    all_rows = returns_of_term(trust, term, on=timezone.localdate()) if term else []
    rows = filtered_returns(all_rows, state=state, sort=sort)
    if request.GET.get("format") == "csv":
        return csv_response(returns_table(rows), f"returns-{trust.pk}")
    query = {"term": str(term.pk) if term else "", "state": state}
    context = {
        "trust": trust,
        "terms": terms,
        "term": term,
        "rows": rows,
        "all_rows": all_rows,
        "measures": on_time_and_complete(all_rows),
        "states": RETURN_STATES,
        "query": query | {"sort": sort},
        "headings": sort_headings(IN_GRID, sort, query),
        "is_recomputing": any(row.is_recomputing for row in rows),
        "can_moderate": request.access.can(Permission.MODERATE_LINES),
        "can_allow": request.access.can(Permission.MODERATE_RETURN),
    }
    return render_page(request, "returns/returns_grid.html", "returns/_returns_table.html", context)


@require_GET
@requires_for_school(Permission.MODERATE_LINES)
def moderate_return(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    return _render(request, trust, _verdicts(request, school, term_id), SendBackForm())


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_LINES)
@sent_from("returns:moderate_return", "trust_id", "school_id", "term_id")
def lines_decide(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Save the decisions on single lines. The other lines stay in the queue."""
    return _decide(request, trust, school, term_id, accept_rest=False)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_LINES)
@sent_from("returns:moderate_return", "trust_id", "school_id", "term_id")
def return_accept(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Accept every remaining line, except those marked "Send back"."""
    return _decide(request, trust, school, term_id, accept_rest=True)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_RETURN)
@sent_from("returns:moderate_return", "trust_id", "school_id", "term_id")
def return_send_back(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    verdicts, form = _verdicts(request, school, term_id), SendBackForm(request.POST)
    if not form.is_valid():
        return _render(request, trust, verdicts, form, status=422)
    termly_return, reason = verdicts.page.termly_return, form.cleaned_data["reason"]
    try:
        send_back_return(termly_return=termly_return, reason=reason, by=request.user, at=timezone.now())
    except LineNotSubmitted:
        return _already_decided(request, trust, school, term_id)
    _tell(trust, school, termly_return.decisions.latest("pk"), recompute=False)
    messages.success(request, f"You sent the return back to {school.name} with your reason.")
    return redirect(grid_url(trust, term_id))


def _decide(request: TrustRequest, trust: Trust, school: School, term_id: int, *, accept_rest: bool) -> HttpResponse:
    moderate = redirect("returns:moderate_return", trust.pk, school.pk, term_id)
    form, areas = _verdicts(request, school, term_id), request.access.areas_moderated()
    if form.faulty:
        return _render(request, trust, form, SendBackForm(), status=422)
    chosen, termly_return = form.verdicts(accept_rest=accept_rest), form.page.termly_return
    if form.lines and not chosen:
        messages.error(request, "Nothing was decided. Choose Accept or Send back next to a line.")
        return moderate
    try:
        step = decide_lines(
            termly_return=termly_return, verdicts=chosen, areas=areas, by=request.user, at=timezone.now()
        )
    except LineNotSubmitted:
        return _already_decided(request, trust, school, term_id)
    _tell(trust, school, step, recompute=any(verdict.accepted for verdict in chosen))
    messages.success(request, _said(school, step, chosen))
    return redirect(grid_url(trust, term_id)) if len(chosen) == len(form.lines) else moderate


def _tell(trust: Trust, school: School, step: ReturnDecision, *, recompute: bool) -> None:
    """Queue the recomputation and the email after the commit, so that the worker finds the decision.

    Robust: if the broker is down, they only come later. The database records which recomputations and emails are due,
    and the sweeps send them.
    """
    ids = {"trust_id": trust.pk, "school_id": school.pk}
    if recompute:
        transaction.on_commit(lambda: recompute_school.delay(**ids), robust=True)
    if step.step in (ReturnDecision.Step.ACCEPTED, ReturnDecision.Step.SENT_BACK):
        transaction.on_commit(lambda: send_decision.delay(**ids, decision_id=step.pk), robust=True)


def _said(school: School, step: ReturnDecision, chosen: list[LineVerdict]) -> str:
    if step.step == ReturnDecision.Step.ACCEPTED:
        return f"You accepted the return from {school.name}. Its results are being updated."
    accepted = sum(verdict.accepted for verdict in chosen)
    back = len(chosen) - accepted
    parts = [
        (accepted, "accepted"),
        (back, "sent back with your reasons" if back > 1 else "sent back with your reason"),
    ]
    counts = ", ".join(f"{count} line{'' if count == 1 else 's'} {words}" for count, words in parts if count)
    return f"{school.name}: {counts}."


def _verdicts(request: TrustRequest, school: School, term_id: int) -> VerdictsForm:
    data = request.POST if request.method == "POST" else None
    return VerdictsForm(with_earlier_plans(opened_return(school, term_id)), request.access.areas_moderated(), data)


def _render(
    request: TrustRequest, trust: Trust, verdicts: VerdictsForm, form: SendBackForm, *, status: int = 200
) -> HttpResponse:
    termly_return = verdicts.page.termly_return
    context = {
        "trust": trust,
        "school": termly_return.school,
        "term": termly_return.term,
        "page": verdicts.page,
        "verdicts": verdicts,
        "form": form,
        "faulty": verdicts.faulty if request.method == "POST" else [],
        "can_send_back": request.access.can(Permission.MODERATE_RETURN),
        "second_person": second_person(
            DecisionKind.RETURNS,
            trust,
            reader=request.user,
            proposers=people_who_filled_in(termly_return),
            on=timezone.localdate(),
        ),
        "grid_url": grid_url(trust, termly_return.term_id),
    }
    return render(request, "returns/moderate_return.html", context, status=status)


def _already_decided(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    messages.error(request, "Nothing was changed. This return is no longer waiting for a decision.")
    return redirect("returns:moderate_return", trust.pk, school.pk, term_id)


def grid_url(trust: Trust, term_id: int) -> str:
    """Return the URL of the grid for one term."""
    return reverse("returns:returns_grid", args=[trust.pk], query={"term": term_id})
