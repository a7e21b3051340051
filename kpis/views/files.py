"""The return as a file: out, in, and what it would change before anything is saved."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from kpis.actions.files import AlreadySaved, receive_file, save_received
from kpis.actions.returns import NotAssigned, NotOpen
from kpis.files.faults import Fault, Refused
from kpis.files.form import table_of, workbook_of
from kpis.files.form_reading import read_form
from kpis.forms.files import UploadForm, changes_of
from kpis.models import ReceivedFile, Term
from kpis.queries.files import SORTS, Proposed, as_table, asked_of, check_of, faults_table, files_of, form_of, of_form
from kpis.queries.returns import ReturnPage, narrowed, return_page
from schools.models import School
from schools.permissions import requires_for_school
from trusts.lists import csv_response, sort_heads
from trusts.models import Trust
from trusts.permissions import Permission, TrustRequest
from trusts.rules import in_order

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
def file_list(request: TrustRequest, trust: Trust, school: School, term_id: int) -> HttpResponse:
    """Offer the return as a file, take it back, and list the files that came in."""
    page = page_of(request, school, term_id)
    if page is None:
        return redirect("kpis:return_detail", trust.pk, school.pk, term_id)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        received = _receive(request, page, form)
        return redirect("kpis:file_detail", trust.pk, school.pk, term_id, received.pk)
    state, sort = request.GET.get("state", ""), request.GET.get("sort", "-when")
    files = [each for each in files_of(page.termly_return) if state in ("", each.state)]
    files = in_order(files, SORTS, sort)
    if request.GET.get("format") == "csv":
        return csv_response(as_table(files), f"files-{school.pk}-{term_id}")
    context = {"trust": trust, "school": school, "term": page.termly_return.term, "page": page, "form": form}
    context |= {"files": files, "state": state, "sort": sort, "states": ReceivedFile.State.choices}
    context |= {"heads": sort_heads(SORTS, sort, {"state": state})}
    return render(request, "kpis/file_list.html", context, status=422 if form.errors else 200)


@require_GET
@requires_for_school(Permission.ENTER_RETURN)
def file_out(request: TrustRequest, trust: Trust, school: School, term_id: int, extension: str) -> HttpResponse:
    """Send the return as a workbook or as text."""
    page = page_of(request, school, term_id)
    if page is None or extension not in ("xlsx", "csv"):
        raise Http404("No such file")
    form, name = form_of(page), f"return-{school.pk}-{page.termly_return.term.school_year}-{term_id}"
    if extension == "csv":
        return csv_response(table_of(form), name)
    response = HttpResponse(workbook_of(form), content_type=WORKBOOK)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


@require_http_methods(["GET", "POST"])
@requires_for_school(Permission.ENTER_RETURN)
def file_detail(request: TrustRequest, trust: Trust, school: School, term_id: int, file_id: int) -> HttpResponse:
    """Show what a file would change, line by line, or why it was refused; on the word of a person, save it."""
    page = page_of(request, school, term_id)
    if page is None:
        raise Http404("This return was not opened")
    files = page.termly_return.files.select_related("received_by", "saved_by")
    received = get_object_or_404(files, pk=file_id)
    if request.method == "POST":
        return _save(request, trust, page, received)
    if request.GET.get("format") == "csv" and received.faults:
        return csv_response(faults_table(received), f"faults-{received.pk}")
    return _show(request, trust, page, received)


def page_of(request: TrustRequest, school: School, term_id: int) -> ReturnPage | None:
    """Return the return as this person has it: a contributor's holds the lines assigned to them."""
    page = return_page(school, get_object_or_404(Term, pk=term_id))
    if page is None or request.access.can(Permission.SUBMIT_RETURN, school.pk):
        return page
    return narrowed(page, request.user)


def _receive(request: TrustRequest, page: ReturnPage, form: UploadForm) -> ReceivedFile:
    sent = form.sent(ReceivedFile.Kind.FORM)
    lines: Sequence[Proposed] = ()
    faults: Sequence[Fault] = ()
    try:
        lines = of_form(read_form(sent.data, asked_of(page)))
    except Refused as refused:
        faults = refused.faults
    by, at = request.user, timezone.now()
    return receive_file(termly_return=page.termly_return, sent=sent, lines=lines, faults=faults, by=by, at=at)


def _save(request: TrustRequest, trust: Trust, page: ReturnPage, received: ReceivedFile) -> HttpResponse:
    of, check = page.termly_return, check_of(page, received.lines)
    only = {row.code for row in page.rows if row.theirs}
    try:
        refused = save_received(
            received=received, changes=changes_of(check, received), by=request.user, at=timezone.now(), only=only
        )
    except (AlreadySaved, NotOpen):  # The page shows where the file and the return stand now.
        messages.error(request, "Nothing was saved: look at where the file and the return stand now")
        return redirect("kpis:file_detail", trust.pk, of.school_id, of.term_id, received.pk)
    except NotAssigned:
        raise PermissionDenied from None
    saved = len(check.changes) - len(refused)
    messages.success(request, f"{saved} line{'' if saved == 1 else 's'} saved from “{received.name}”")
    if refused or check.left_out:
        names = "; ".join(line.indicator.title for line in refused) or "see below"
        messages.error(request, f"Not saved, because somebody else saved them or they are not open: {names}")
        return redirect("kpis:file_detail", trust.pk, of.school_id, of.term_id, received.pk)
    return redirect("kpis:return_detail", trust.pk, of.school_id, of.term_id)


def _show(request: TrustRequest, trust: Trust, page: ReturnPage, received: ReceivedFile) -> HttpResponse:
    of = page.termly_return
    context = {"trust": trust, "school": of.school, "term": of.term, "page": page, "received": received}
    context |= {"check": check_of(page, received.lines), "faults": [Fault(**each) for each in received.faults]}
    template = "kpis/file_refused.html" if received.faults else "kpis/file_check.html"
    return render(request, template, context)
