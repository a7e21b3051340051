"""Send the return as a file, receive it, and show what it would change before anything is saved."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from returns.actions.files import FileAlreadySaved, propose_received, receive_file, save_received
from returns.actions.returns import LineNotAssigned, LineNotOpen
from returns.files.return_file import return_file_table, return_file_workbook
from returns.files.return_file_reading import FilledInLine, read_return_file
from returns.forms.files import UploadForm, figures_to_propose, lines_to_save
from returns.models import ReceivedFile
from returns.queries.file_check import FileCheck, check_file
from returns.queries.files import (
    FILE_SORTS,
    answers_in_return_file,
    expected_file,
    faults_table,
    files_of,
    files_table,
    hidden_in_return_file,
    return_file_of,
    why_no_file,
)
from returns.queries.return_page import ReturnPage
from returns.views.opened_return import opened_return_as_seen, return_as_seen_if_opened
from schools.models import School
from schools.permissions import requires_for_school
from tables.faults import SpreadsheetFault, SpreadsheetRefused
from tables.lists import in_order
from trusts.form_posts import sent_from
from trusts.lists import csv_response, sort_headings
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def file_list(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Offer the return as a file to the people who fill it in, and list the received files."""
    page = return_as_seen_if_opened(request, school, term_id)
    if page is None:
        return redirect("returns:return_detail", trust.pk, school.pk, term_id)
    if request.GET.get("format") == "csv":
        return csv_response(files_table(_chosen(request, page)), f"files-{school.pk}-{term_id}")
    return _list(request, trust, page, UploadForm())


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
def file_send(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Receive the filled-in return, and show what it would change before anything is saved."""
    page = return_as_seen_if_opened(request, school, term_id)
    if page is None or request.method == "GET":  # The person reloaded the page after an error.
        return redirect("returns:file_list", trust.pk, school.pk, term_id)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, trust, page, form)
    received = _receive(request, page, form)
    return redirect("returns:file_detail", trust.pk, school.pk, term_id, received.pk)


@require_GET
@requires_for_school(Permission.ENTER_RETURN)
def file_out(request: TrustRequest, trust: Trust, school: School, term_id: int, extension: str) -> HttpResponse:
    """Download the open lines of the return as a workbook or as CSV."""
    page = return_as_seen_if_opened(request, school, term_id)
    if page is None or extension not in ("xlsx", "csv"):
        raise Http404("No such file")
    form, name = return_file_of(page), f"return-{school.pk}-{page.termly_return.term.school_year}-{term_id}"
    if extension == "csv":
        return csv_response(return_file_table(form), name)
    response = HttpResponse(return_file_workbook(form), content_type=WORKBOOK)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@require_GET
@requires_for_school(Permission.VIEW_RETURNS)
def file_detail(request: TrustRequest, trust: Trust, school: School, term_id: int, file_id: int) -> HttpResponse:
    """Show what a file would change, line by line, or why it was refused."""
    page, received = _page_and_file(request, school, term_id, file_id)
    if request.GET.get("format") == "csv" and received.faults:
        return csv_response(faults_table(received), f"faults-{received.pk}")
    termly_return = page.termly_return
    context = {
        "trust": trust,
        "school": termly_return.school,
        "term": termly_return.term,
        "page": page,
        "received": received,
    }
    context |= {"check": check_file(page, received), "faults": [SpreadsheetFault(**fault) for fault in received.faults]}
    context["can_enter"] = request.access.can(Permission.ENTER_RETURN, school.pk)
    return render(request, "returns/file_refused.html" if received.faults else "returns/file_check.html", context)


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
@sent_from("returns:file_detail", "trust_id", "school_id", "term_id", "file_id")
def file_save(request: TrustRequest, trust: Trust, school: School, term_id: int, file_id: int) -> HttpResponse:
    """Save the lines of a filled-in return, or suggest the figures from an export."""
    page, received = _page_and_file(request, school, term_id, file_id)
    check = check_file(page, received)
    here = redirect("returns:file_detail", trust.pk, school.pk, term_id, received.pk)
    try:
        to_look_at = _save(request, page, received, check) if received.is_form else _propose(request, received, check)
    except (FileAlreadySaved, LineNotOpen):  # The page shows the current state of both.
        messages.error(request, "Nothing was saved: the file was already used, or the return has changed since")
        return here
    except LineNotAssigned:
        raise PermissionDenied from None
    if to_look_at:
        messages.error(request, to_look_at)
        return here
    first = check.changes[0].now.code if check.changes and not received.is_form else None
    args = [trust.pk, school.pk, term_id]
    return redirect(reverse("returns:return_detail", args=args, fragment=f"line-{first}" if first else None))


def _page_and_file(
    request: TrustRequest, school: School, term_id: int, file_id: int
) -> tuple[ReturnPage, ReceivedFile]:
    page = opened_return_as_seen(request, school, term_id)
    files = page.termly_return.files.select_related("received_by", "saved_by")
    return page, get_object_or_404(files, pk=file_id)


def _chosen(request: TrustRequest, page: ReturnPage) -> list[ReceivedFile]:
    state = request.GET.get("state", "")
    files = [file for file in files_of(page.termly_return) if state in ("", file.state)]
    return in_order(files, FILE_SORTS, request.GET.get("sort", "-when"))


def _list(request: TrustRequest, trust: Trust, page: ReturnPage, form: UploadForm) -> HttpResponse:
    termly_return, state, sort = page.termly_return, request.GET.get("state", ""), request.GET.get("sort", "-when")
    context = {
        "trust": trust,
        "school": termly_return.school,
        "term": termly_return.term,
        "page": page,
        "form": form,
        "sort": sort,
    }
    context |= {"files": _chosen(request, page), "state": state, "states": ReceivedFile.State.choices}
    context["headings"] = sort_headings(FILE_SORTS, sort, {"state": state})
    context["can_enter"] = request.access.can(Permission.ENTER_RETURN, termly_return.school_id)
    return render(request, "returns/file_list.html", context, status=422 if form.errors else 200)


def _receive(request: TrustRequest, page: ReturnPage, form: UploadForm) -> ReceivedFile:
    sent = form.sent(ReceivedFile.Kind.FORM)
    filled: Sequence[FilledInLine] = ()
    faults: Sequence[SpreadsheetFault] = why_no_file(page)
    try:
        filled = [] if faults else read_return_file(sent.data, expected_file(page))
    except SpreadsheetRefused as refused:
        faults = refused.faults
    return receive_file(
        termly_return=page.termly_return,
        sent=sent,
        lines=answers_in_return_file(filled),
        notes=hidden_in_return_file(filled),
        faults=faults,
        by=request.user,
        at=timezone.now(),
    )


def _save(request: TrustRequest, page: ReturnPage, received: ReceivedFile, check: FileCheck) -> str:
    """Save the lines. Return an error message about lines that were not saved; empty if all were saved."""
    only = {row.code for row in page.rows if row.theirs}
    refused = save_received(
        received=received, changes=lines_to_save(check, received), by=request.user, at=timezone.now(), only=only
    )
    saved = len(check.changes) - len(refused)
    messages.success(request, f"{saved} line{'' if saved == 1 else 's'} saved from “{received.name}”")
    if not refused and not check.left_out:
        return ""
    titles = {row.code: row.indicator.title for row in page.rows}
    names = "; ".join(titles[line.indicator_id] for line in refused) or "see below"
    return f"Some lines were not saved, because somebody else saved them or they are not open: {names}"


def _propose(request: TrustRequest, received: ReceivedFile, check: FileCheck) -> str:
    """Suggest the figures. Return an error message if some were not suggested; empty if all were."""
    count = propose_received(received=received, figures=figures_to_propose(check), by=request.user, at=timezone.now())
    sentence = (
        "figure suggested. Check it and confirm it." if count == 1 else "figures suggested. Check and confirm each."
    )
    messages.success(request, f"{count} {sentence}")
    return "Some figures were not suggested: see below" if check.left_out else ""
