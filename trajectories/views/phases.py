"""A school's improvement phase: the rubric with its voices, recording a judgement, deciding the phase."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from schools.models import School
from schools.permissions import requires_for_school
from trajectories.actions import decide_phase, judge_line
from trajectories.forms.decisions import PhaseDecisionForm
from trajectories.forms.judgements import JudgementForm
from trajectories.models import LineJudgement
from trajectories.queries.own_school import decides_instead
from trajectories.queries.phases import line_page, phase_page
from trajectories.rules.rubric import standard_rubric
from trajectories.tasks import recompute_school
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest
from trusts.queries import SecondPerson

Voice = LineJudgement.Voice


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def phase_detail(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Show the proposed phase, the nine lines with their voices, and how it came about."""
    context = {
        "trust": trust,
        "school": school,
        "page": phase_page(school),
        "rubric": standard_rubric(),
        "can_judge": request.access.can(Permission.JUDGE_SCHOOL, school.pk),
        "can_moderate": request.access.can(Permission.MODERATE_SCHOOL, school.pk),
    }
    return render(request, "trajectories/phase_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.JUDGE_SCHOOL)
def line_judge(request: TrustRequest, trust: Trust, school: School, line: str) -> HttpResponse:
    """Record the phase that the school judges one line to be in."""
    return _judge(request, trust, school, line, Voice.SCHOOL)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_SCHOOL)
def line_moderate(request: TrustRequest, trust: Trust, school: School, line: str) -> HttpResponse:
    """Record the phase that the trust moderates one line to."""
    return _judge(request, trust, school, line, Voice.TRUST)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_SCHOOL)
def phase_decide(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Confirm the proposed phase, or decide on another with a reason."""
    page = phase_page(school)
    proposed = page.proposal.phase if page.proposal else ""
    form = PhaseDecisionForm(request.POST if request.method == "POST" else None, proposed=proposed)
    if form.is_valid():
        decide_phase(trust_id=trust.pk, school=school, by=request.user, at=timezone.now(), **form.cleaned_data)
        work_out_again(trust, school)
        messages.success(request, f"Phase decided: {form.cleaned_data['phase'].capitalize()}")
        return redirect("trajectories:phase_detail", trust.pk, school.pk)
    context = {"trust": trust, "school": school, "page": page, "form": form}
    context["second_person"] = who_decides_instead(request, trust, school)
    return render(request, "trajectories/phase_decide.html", context, status=422 if form.errors else 200)


def who_decides_instead(request: TrustRequest, trust: Trust, school: School) -> SecondPerson | None:
    """Return who could decide on the school instead of a reader who is its headteacher."""
    return decides_instead(trust, school, access=request.access, reader=request.user, on=timezone.localdate())


def work_out_again(trust: Trust, school: School) -> None:
    """Ask for a recomputation of the school after the commit, so that the worker sees what was written.

    If the broker is down, only time is lost: the sweep finds the note that the action left.
    """
    # Not a partial: Django logs a failed callback by its __qualname__.
    transaction.on_commit(lambda: recompute_school.delay(trust_id=trust.pk, school_id=school.pk), robust=True)


def _judge(request: TrustRequest, trust: Trust, school: School, code: str, voice: LineJudgement.Voice) -> HttpResponse:
    try:
        judged, earlier = line_page(school, code)
    except ValueError:
        raise Http404("The rubric has no such line") from None
    data = request.POST if request.method == "POST" else None
    form = JudgementForm(data, line_name=judged.line.name, features=judged.features, voice=voice)
    if form.is_valid():
        judge_line(
            trust_id=trust.pk, school=school, line=code, voice=voice, by=request.user, at=timezone.now(),
            **form.cleaned_data,
        )  # fmt: skip
        work_out_again(trust, school)
        messages.success(request, f"{judged.line.name} recorded at {form.cleaned_data['phase'].capitalize()}")
        return redirect("trajectories:phase_detail", trust.pk, school.pk)
    context = {
        "trust": trust,
        "school": school,
        "judged": judged,
        "earlier": earlier,
        "form": form,
        "voice": voice.value,
        "second_person": who_decides_instead(request, trust, school) if voice == Voice.TRUST else None,
    }
    return render(request, "trajectories/line_judge.html", context, status=422 if form.errors else 200)
