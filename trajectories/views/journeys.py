"""A person's decision on a school's journey, with the engine's answer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from schools.models import School
from schools.permissions import requires_for_school
from trajectories.actions import decide_journey
from trajectories.forms.decisions import JourneyDecisionForm
from trajectories.queries.journeys import journey_page
from trajectories.rules.in_force import journey_in_words
from trajectories.views.phases import who_decides_instead, work_out_again
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_SCHOOL)
def journey_decide(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Decide which journey the school is on, or withdraw the decision. Either needs a reason."""
    page = journey_page(school)
    data = request.POST if request.method == "POST" else None
    form = JourneyDecisionForm(data, engine=page.engine_letter, decided=page.decided_letter)
    if form.is_valid():
        decide_journey(trust_id=trust.pk, school=school, by=request.user, at=timezone.now(), **form.cleaned_data)
        work_out_again(trust, school)
        letter = form.cleaned_data["letter"]
        outcome = (
            f"Journey decided: {journey_in_words(letter)}"
            if letter
            else "Decision withdrawn: Sightline’s answer counts again"
        )
        messages.success(request, f"{outcome}. The capacity status will update in a moment.")
        return redirect("dashboards:school_detail", trust.pk, school.pk)
    context = {"trust": trust, "school": school, "page": page, "form": form}
    context["second_person"] = who_decides_instead(request, trust, school)
    return render(request, "trajectories/journey_decide.html", context, status=422 if form.errors else 200)
