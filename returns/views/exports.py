"""Receive exports from a management information system. They are counted in memory and then checked like any file."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from returns.actions.files import SentFile, confirm_meanings, forget_meanings, receive_file, remember_columns
from returns.files.export_counts import CountedExport, count_export
from returns.files.export_questions import SHEET, ExportQuestion, ExportUnclear, from_json, sheet_question
from returns.files.exports import LONGEST_HEADING, Export, ExportKind, export_layouts, guess_columns, open_export
from returns.forms.files import ExportColumnsForm, ExportForm, ExportQuestionsForm, MeaningsForm
from returns.models import ReceivedFile
from returns.queries.files import (
    answers_in_export,
    confirmed_meanings,
    meanings_of,
    remembered_columns,
    why_no_file,
)
from returns.queries.return_page import ReturnPage
from returns.views.opened_return import return_as_seen_if_opened
from schools.models import School
from schools.permissions import requires_for_school
from tables.faults import SeveralSheets, SpreadsheetRefused
from tables.file_safety import SENT
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
def export_upload(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Receive an export.

    For the first export of a kind, the person chooses its columns, and questions about what it leaves open follow. The
    file is not kept in the meantime, so it is sent again with the choice and with the answers.
    """
    page = return_as_seen_if_opened(request, school, term_id)
    if page is None:
        return redirect("returns:return_detail", trust.pk, school.pk, term_id)
    form = ExportForm(request.POST, request.FILES) if request.method == "POST" else ExportForm()
    if not form.is_valid():
        return _once_more(request, trust, page, form)
    sent = form.sent(ReceivedFile.Kind(form.export_kind.value))
    of_file = f"{sha256(sent.data).hexdigest()[:12]}-"
    answers = {name.removeprefix(of_file): str(text) for name, text in request.POST.items() if name.startswith(of_file)}
    try:
        if closed := why_no_file(page):
            raise SpreadsheetRefused(closed)
        export = open_export(sent.data, answers.get(SHEET, ""))
        columns, context = _columns(request, page, form, export)
        if columns is None:
            return _render(request, "returns/export_columns.html", trust, page, form, context)
        counted = count_export(
            export,
            form.export_kind,
            columns,
            on_roll=form.cleaned_data["on_roll"],
            meanings=confirmed_meanings(school),
            answers=answers,
        )
    except SeveralSheets as several:
        return _ask(request, trust, page, form, [sheet_question(several.sheets)], of_file[:-1])
    except ExportUnclear as unclear:
        return _ask(request, trust, page, form, unclear.questions, of_file[:-1])
    except SpreadsheetRefused as refused:
        return _received(request, trust, page, sent, faults=refused.faults)
    # The choice and the answers worked, so remember them.
    _remember(request, page, form.export_kind, columns if "choose" in request.POST else None, counted)
    return _received(request, trust, page, sent, lines=answers_in_export(page, counted.shares), notes=counted.notes)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
def sanction_meanings(request: TrustRequest, trust: Trust, school: School) -> HttpResponse:
    """Show and change what the school's texts for kinds of sanction mean."""
    form = MeaningsForm(meanings_of(school), request.POST if request.method == "POST" else None)
    if form.is_valid():
        confirm_meanings(trust_id=trust.pk, school=school, meanings=form.changed, by=request.user, at=timezone.now())
        forget_meanings(school=school, texts=form.forgotten)
        messages.success(request, "You saved what the texts mean. The next export is counted by it.")
        return redirect("returns:sanction_meanings", trust.pk, school.pk)
    context = {"trust": trust, "school": school, "form": form}
    return render(request, "returns/sanction_meanings.html", context, status=422 if form.errors else 200)


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


def _ask(
    request: TrustRequest,
    trust: Trust,
    page: ReturnPage,
    form: ExportForm,
    asked: Sequence[ExportQuestion],
    prefix: str,
) -> HttpResponse:
    """Ask what the export leaves open. The page carries what was chosen and answered before."""
    is_answered = any(f"{prefix}-{question.name}" in request.POST for question in asked)
    questions = ExportQuestionsForm(asked, prefix, request.POST if is_answered else None)
    carried = [
        (name, text)
        for name, text in request.POST.items()
        if (name.startswith(("column-", f"{prefix}-")) and name not in map(questions.add_prefix, questions.fields))
        or name in ("kind", "on_roll", "choose")
    ]
    context = {"questions": questions, "carried": carried}
    return _render(request, "returns/export_questions.html", trust, page, form, context)


def _once_more(request: TrustRequest, trust: Trust, page: ReturnPage, form: ExportForm) -> HttpResponse:
    """Show the form again. If the file is missing, the page keeps the answers or the chosen columns."""
    if "kind" not in form.errors and (asked := from_json(request.POST.get("asked", ""))):
        return _ask(request, trust, page, form, asked, request.POST.get("asked_of", ""))
    headings = tuple(head[:LONGEST_HEADING] for head in request.POST.getlist("heading")[: SENT.columns])
    if "choose" not in request.POST or not headings or "kind" in form.errors:
        return _render(request, "returns/export_upload.html", trust, page, form, {"layouts": export_layouts()})
    columns = ExportColumnsForm(form.export_kind, headings, request.POST)
    return _render(request, "returns/export_columns.html", trust, page, form, {"columns": columns, "is_kept": True})


def _remember(
    request: TrustRequest,
    page: ReturnPage,
    kind: ExportKind,
    columns: Mapping[str, str] | None,
    counted: CountedExport,
) -> None:
    trust_id, school = page.termly_return.trust_id, page.termly_return.school
    by, at = request.user, timezone.now()
    if columns:
        remember_columns(trust_id=trust_id, school=school, kind=kind, columns=columns, by=by, at=at)
    if counted.confirmed:
        confirm_meanings(trust_id=trust_id, school=school, meanings=counted.confirmed, by=by, at=at)


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
    columns = more.get("columns") or more.get("questions")
    faulty = bool(form.errors or (columns and columns.errors))
    return render(request, template, context, status=422 if faulty else 200)
