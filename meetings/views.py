from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from meetings import actions, queries
from meetings.forms import NoteForm, PanelForm
from meetings.models import Panel, PanelReport
from meetings.report import ReportDocument, ReportSchoolPage, from_json, report_pdf
from schools.models import School
from schools.permissions import requires_for_school
from schools.queries import half_term_on
from trusts.form_posts import sent_from
from trusts.htmx import render_page
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest, requires


@require_GET
@requires(Permission.VIEW_PANELS)
def panel_list(request: TrustRequest, trust: Trust) -> HttpResponse:
    """List the Panels, newest first, as a page or a CSV file."""
    names = ("year", "state", "sort")
    chosen = queries.PanelFilter(**{name: request.GET[name] for name in names if name in request.GET})
    all_rows = queries.panel_rows()
    rows = queries.filtered_panels(all_rows, chosen)
    if request.GET.get("format") == "csv":
        return csv_response(queries.panels_table(rows), f"panels-{trust.pk}")
    context = {
        "trust": trust,
        "all_rows": all_rows,
        "rows": rows,
        "chosen": chosen,
        "years": queries.school_years_of(all_rows),
        "states": queries.REPORT_STATES,
        "headings": sort_headings(queries.PANEL_SORTS, chosen.sort, chosen.query),
        "can_prepare": request.access.can(Permission.PREPARE_PANEL),
    }
    return render_page(request, "meetings/panel_list.html", "meetings/_panel_table.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.PREPARE_PANEL)
def panel_plan(request: TrustRequest, trust: Trust) -> HttpResponse:
    usual = {"half_term": half_term_on(timezone.localdate()).half_term}
    form = PanelForm(request.POST or None, initial=usual)
    if form.is_valid():
        try:
            panel = actions.plan_panel(trust=trust, **form.cleaned_data, by=request.user)
            return redirect("meetings:panel_detail", trust_id=trust.pk, panel_id=panel.pk)
        except actions.PanelAlreadyPlanned as there:
            form.refuse_half_term(str(there))
    return render(request, "meetings/panel_plan.html", {"trust": trust, "form": form})


@require_GET
@requires(Permission.VIEW_PANELS)
def panel_detail(request: TrustRequest, trust: Trust, panel_id: int) -> HttpResponse:
    """Show the published report as it was frozen. Before publication, show the draft to those who prepare it."""
    panel = get_object_or_404(Panel, pk=panel_id)
    context: dict[str, Any] = {"trust": trust, "panel": panel}
    if published := _published(panel):
        report = from_json(published.content)
        context |= {"published": published, "report": report, "pages": [(school, None) for school in report.schools]}
    else:
        report = _draft(request, trust, panel)
        context |= {"report": report, "pages": _with_notes(panel, report)}
    return render(request, "meetings/panel_detail.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.PREPARE_PANEL)
def panel_publish(request: TrustRequest, trust: Trust, panel_id: int) -> HttpResponse:
    """Ask for confirmation, then publish. A published report never changes."""
    panel = get_object_or_404(Panel, pk=panel_id)
    if request.method == "GET":
        context = {"trust": trust, "panel": panel, "report": _draft(request, trust, panel)}
        return render(request, "meetings/panel_publish.html", context | {"published": _published(panel)})
    try:
        actions.publish_report(trust=trust, panel=panel, by=request.user, at=timezone.now())
        messages.success(request, f"You published the report of {panel.title}")
    except actions.ReportAlreadyPublished:
        messages.info(request, f"The report of {panel.title} was already published. Nothing has changed.")
    except actions.NoAcceptedFigures:
        messages.error(request, "No school has accepted figures yet, so there is nothing to publish.")
    return redirect("meetings:panel_detail", trust_id=trust.pk, panel_id=panel.pk)


@require_GET
@requires(Permission.VIEW_PANELS)
def panel_pdf(request: TrustRequest, trust: Trust, panel_id: int) -> HttpResponse:
    """Send the published PDF, byte for byte. Before publication, send a PDF marked as a draft."""
    panel = get_object_or_404(Panel, pk=panel_id)
    published = PanelReport.objects.filter(panel=panel).first()
    file = bytes(published.pdf) if published else report_pdf(_draft(request, trust, panel))
    response = HttpResponse(file, content_type="application/pdf")
    name = f"panel-report-{panel.held_date:%Y-%m-%d}{'' if published else '-draft'}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.PREPARE_PANEL)
@sent_from("meetings:panel_detail", "trust_id", "panel_id")
def note_save(request: TrustRequest, trust: Trust, school: School, panel_id: int) -> HttpResponse:
    """Save the note on one school. If another person has saved it since, show both texts."""
    panel = get_object_or_404(Panel, pk=panel_id)
    form = NoteForm(request.POST)
    context = {"trust": trust, "panel": panel, "school": school, "form": form}
    if not form.is_valid():
        return render(request, "meetings/note_edit.html", context, status=422)
    try:
        actions.save_note(panel=panel, school=school, **form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, f"You saved the note on {school.name}")
    except actions.NoteSavedByAnother as conflict:
        again = NoteForm(initial=form.cleaned_data | {"version": conflict.note.version})
        return render(
            request, "meetings/note_edit.html", context | {"form": again, "theirs": conflict.note}, status=409
        )
    except actions.ReportAlreadyPublished:
        messages.error(request, "The report is published, so the note was not saved.")
    return redirect("meetings:panel_detail", trust_id=trust.pk, panel_id=panel.pk)


def _published(panel: Panel) -> PanelReport | None:
    return PanelReport.objects.filter(panel=panel).defer("pdf").select_related("published_by").first()


def _draft(request: TrustRequest, trust: Trust, panel: Panel) -> ReportDocument:
    if not request.access.can(Permission.PREPARE_PANEL):
        raise Http404("Not published yet")
    return queries.draft_report(trust=trust, panel=panel, as_at=timezone.now())


def _with_notes(panel: Panel, report: ReportDocument) -> list[tuple[ReportSchoolPage, NoteForm]]:
    saved = queries.note_versions(panel)
    unwritten = queries.NoteVersion(text="", version=0)
    return [
        (school, NoteForm(initial=asdict(saved.get(school.urn, unwritten)), auto_id=f"note-{school.urn}-%s"))
        for school in report.schools
    ]
