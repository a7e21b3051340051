"""Receive exports from a management information system. They are counted in memory and then checked like any file."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from returns.actions.files import SentFile, receive_file, remember_columns
from returns.files.export_counts import count_export
from returns.files.exports import LONGEST_HEADING, Export, ExportKind, export_layouts, guess_columns, open_export
from returns.forms.files import ExportColumnsForm, ExportForm
from returns.models import ReceivedFile
from returns.queries.files import answers_in_export, remembered_columns, why_no_file
from returns.queries.return_page import ReturnPage
from returns.views.opened_return import return_as_seen_if_opened
from schools.models import School
from schools.permissions import requires_for_school
from tables.faults import SpreadsheetRefused
from tables.file_safety import SENT
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
def export_upload(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Receive an export.

    For the first export of a kind, the person chooses its columns. The file is not kept in the meantime, so it is sent
    again with the choice.
    """
    page = return_as_seen_if_opened(request, school, term_id)
    if page is None:
        return redirect("returns:return_detail", trust.pk, school.pk, term_id)
    form = ExportForm(request.POST, request.FILES) if request.method == "POST" else ExportForm()
    if not form.is_valid():
        return _once_more(request, trust, page, form)
    sent = form.sent(ReceivedFile.Kind(form.export_kind.value))
    try:
        if closed := why_no_file(page):
            raise SpreadsheetRefused(closed)
        export = open_export(sent.data)
        columns, context = _columns(request, page, form, export)
        if columns is None:
            return _render(request, "returns/export_columns.html", trust, page, form, context)
        counted = count_export(export, form.export_kind, columns, on_roll=form.cleaned_data["on_roll"])
    except SpreadsheetRefused as refused:
        return _received(request, trust, page, sent, faults=refused.faults)
    if "choose" in request.POST:  # The choice worked, so remember it.
        _remember(request, page, form.export_kind, columns)
    return _received(request, trust, page, sent, lines=answers_in_export(page, counted.shares), notes=counted.notes)


def _columns(
    request: TrustRequest, page: ReturnPage, form: ExportForm, export: Export
) -> tuple[Mapping[str, str] | None, dict[str, Any]]:
    """Return the columns that were chosen now or before, or None and the context of the page to choose them."""
    kind, termly_return = form.export_kind, page.termly_return
    guess = guess_columns(export, kind, remembered_columns(termly_return.school, kind))
    chosen = "choose" in request.POST
    columns = ExportColumnsForm(kind, export.headings, request.POST if chosen else None, guess.columns)
    if chosen and columns.is_valid():
        return columns.columns, {}
    if not chosen and guess.is_remembered and "again" not in request.POST:
        return guess.columns, {}
    return None, {"columns": columns, "guess": guess}


def _once_more(request: TrustRequest, trust: Trust, page: ReturnPage, form: ExportForm) -> HttpResponse:
    """Show the form again. If the file is missing, the page keeps the chosen columns."""
    headings = tuple(head[:LONGEST_HEADING] for head in request.POST.getlist("heading")[: SENT.columns])
    if "choose" not in request.POST or not headings or "kind" in form.errors:
        return _render(request, "returns/export_upload.html", trust, page, form, {"layouts": export_layouts()})
    columns = ExportColumnsForm(form.export_kind, headings, request.POST)
    return _render(request, "returns/export_columns.html", trust, page, form, {"columns": columns, "is_kept": True})


def _remember(request: TrustRequest, page: ReturnPage, kind: ExportKind, columns: Mapping[str, str]) -> None:
    termly_return = page.termly_return
    by, at = request.user, timezone.now()
    remember_columns(
        trust_id=termly_return.trust_id, school=termly_return.school, kind=kind, columns=columns, by=by, at=at
    )


def _received(request: TrustRequest, trust: Trust, page: ReturnPage, sent: SentFile, **read: Any) -> HttpResponse:
    termly_return = page.termly_return
    received = receive_file(termly_return=termly_return, sent=sent, by=request.user, at=timezone.now(), **read)
    return redirect("returns:file_detail", trust.pk, termly_return.school_id, termly_return.term_id, received.pk)


def _render(
    request: TrustRequest, template: str, trust: Trust, page: ReturnPage, form: ExportForm, more: dict[str, Any]
) -> HttpResponse:
    termly_return = page.termly_return
    context = {
        "trust": trust,
        "school": termly_return.school,
        "term": termly_return.term,
        "page": page,
        "form": form,
    } | more
    columns = more.get("columns")
    faulty = bool(form.errors or (columns and columns.errors))
    return render(request, template, context, status=422 if faulty else 200)
