"""Units of a school: the heat map, the page of one unit, judging it, and adding, changing and closing units."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from schools.models import School
from schools.permissions import requires_for_school
from trajectories.actions.units import UnitNameTaken, add_unit, change_unit, close_unit, judge_unit
from trajectories.forms.units import CloseUnitForm, UnitForm, UnitJudgementForm
from trajectories.models import LineJudgement, Unit
from trajectories.queries.unit_list import UNIT_SORTS, UnitFilter, filtered_units, unit_table, units_in_words
from trajectories.queries.units import closed_units, unit_page, unit_rows
from trajectories.rules.units import unit_rubric
from trajectories.views.phases import who_decides_instead, work_out_again
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest

Voice = LineJudgement.Voice


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def unit_list(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Show a school's units with their phases now and at the end of earlier terms, on a page or as a file."""
    chosen = UnitFilter(**{name: request.GET[name] for name in ("kind", "phase", "sort") if name in request.GET})
    all_rows = unit_rows(school, on=timezone.localdate())
    rows = filtered_units(all_rows, chosen)
    if request.GET.get("format") == "csv":
        return csv_response(unit_table(school, rows), f"units-{school.pk}")
    context = {
        "trust": trust,
        "school": school,
        "all_rows": all_rows,
        "rows": rows,
        "says": units_in_words(rows),
        "closed": closed_units(school),
        "chosen": chosen,
        "kinds": Unit.Kind.choices,
        "headings": {heading["name"]: heading for heading in sort_headings(UNIT_SORTS, chosen.sort, chosen.query)},
        "can_describe": request.access.can(Permission.DESCRIBE_SCHOOL, school.pk),
    }
    return render(request, "trajectories/unit_list.html", context)


@require_GET
@requires_for_school(Permission.VIEW_SCHOOL)
def unit_detail(request: TrustRequest, trust: Trust, school: School, unit_id: int) -> HttpResponse:
    """Show one unit: its lines with their voices, its phase and how the phase came about."""
    unit = get_object_or_404(Unit.objects.select_related("closed_by", "added_by"), pk=unit_id, school=school)
    access = request.access
    context = {
        "trust": trust,
        "school": school,
        "unit": unit,
        "page": unit_page(unit, on=timezone.localdate()),
        "rubric": unit_rubric(),
        "can_judge": access.can(Permission.JUDGE_SCHOOL, school.pk) and not unit.closed_at,
        "can_moderate": access.can(Permission.MODERATE_SCHOOL, school.pk) and not unit.closed_at,
        "can_describe": access.can(Permission.DESCRIBE_SCHOOL, school.pk) and not unit.closed_at,
    }
    return render(request, "trajectories/unit_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.DESCRIBE_SCHOOL)
def unit_add(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Add a unit to the school."""
    form = UnitForm(_posted(request), school=school)
    if form.is_valid():
        try:
            unit = add_unit(trust_id=trust.pk, school=school, by=request.user, at=timezone.now(), **form.cleaned_data)
        except UnitNameTaken as taken:
            form.add_error("name", str(taken))
        else:
            work_out_again(trust, school)
            messages.success(request, f"{unit.name} added")
            return redirect("trajectories:unit_detail", trust.pk, school.pk, unit.pk)
    context = {"trust": trust, "school": school, "form": form, "title": "Add a unit", "button": "Add the unit"}
    return _answer(request, "trajectories/unit_edit.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.DESCRIBE_SCHOOL)
def unit_change(request: TrustRequest, trust: Trust, school: School, unit_id: int) -> HttpResponse:
    """Rename a unit, or correct its kind or area."""
    unit = _open(school, unit_id)
    now = {"name": unit.name, "kind": unit.kind, "area": unit.area}
    form = UnitForm(_posted(request), initial=now, school=school)
    if form.is_valid():
        try:
            change_unit(unit=unit, at=timezone.now(), **form.cleaned_data)
        except UnitNameTaken as taken:
            form.add_error("name", str(taken))
        else:
            work_out_again(trust, school)
            messages.success(request, f"{form.cleaned_data['name']} changed")
            return redirect("trajectories:unit_detail", trust.pk, school.pk, unit.pk)
    title = f"Change {unit.name}"
    context = {"trust": trust, "school": school, "unit": unit, "form": form, "title": title, "button": "Save"}
    return _answer(request, "trajectories/unit_edit.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.DESCRIBE_SCHOOL)
def unit_close(request: TrustRequest, trust: Trust, school: School, unit_id: int) -> HttpResponse:
    """Close a unit, with a reason."""
    unit = _open(school, unit_id)
    form = CloseUnitForm(_posted(request))
    if form.is_valid():
        close_unit(unit=unit, by=request.user, at=timezone.now(), **form.cleaned_data)
        work_out_again(trust, school)
        messages.success(request, f"{unit.name} closed")
        return redirect("trajectories:unit_list", trust.pk, school.pk)
    title = f"Close {unit.name}"
    context = {"trust": trust, "school": school, "unit": unit, "form": form, "title": title, "button": "Close the unit"}
    return _answer(request, "trajectories/unit_edit.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.JUDGE_SCHOOL)
def unit_judge(request: TrustRequest, trust: Trust, school: School, unit_id: int) -> HttpResponse:
    """Record the phases that the school judges a unit to be in."""
    return _judge(request, trust, school, unit_id, Voice.SCHOOL)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.MODERATE_SCHOOL)
def unit_moderate(request: TrustRequest, trust: Trust, school: School, unit_id: int) -> HttpResponse:
    """Record the phases that the trust moderates a unit to."""
    return _judge(request, trust, school, unit_id, Voice.TRUST)


def _judge(request: TrustRequest, trust: Trust, school: School, unit_id: int, voice: Voice) -> HttpResponse:
    unit = _open(school, unit_id)
    page = unit_page(unit, on=timezone.localdate())
    form = UnitJudgementForm(_posted(request))
    if form.is_valid():
        words = {name: form.cleaned_data[name] for name in ("reason", "evidence")}
        judge_unit(unit=unit, voice=voice, levels=form.levels, by=request.user, at=timezone.now(), **words)
        work_out_again(trust, school)
        messages.success(request, f"{unit.name}: judgement recorded")
        return redirect("trajectories:unit_detail", trust.pk, school.pk, unit.pk)
    context = {"trust": trust, "school": school, "unit": unit, "page": page, "form": form, "voice": voice.value}
    context["second_person"] = who_decides_instead(request, trust, school) if voice == Voice.TRUST else None
    return _answer(request, "trajectories/unit_judge.html", context)


def _posted(request: TrustRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _answer(request: TrustRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, context, status=422 if context["form"].errors else 200)


def _open(school: School, unit_id: int) -> Unit:
    return get_object_or_404(Unit.objects.open().select_related("school"), pk=unit_id, school=school)
