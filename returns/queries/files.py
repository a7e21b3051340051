"""Read what a return's file has to contain, what a received file says, and the list of received files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.timezone import localtime

from returns.files.counting import Share
from returns.files.exports import ExportKind
from returns.files.form import Form, FormLine, fields_of, form_id
from returns.files.form_reading import Asked, LineRead
from returns.models import ColumnMapping, ReceivedFile, Return
from returns.queries.return_page import ReturnPage
from returns.rules.lines import plain
from schools.models import School
from tables.faults import Fault

SORTS = {
    "name": ("File", lambda each: each.name.casefold()),
    "when": ("When", lambda each: each.received_at),
    "kind": ("What it is", lambda each: each.get_kind_display()),
    "who": ("Who", lambda each: each.received_by.name.casefold()),
    "state": ("State", lambda each: each.get_state_display()),
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """A line as a file has it, with the version of the line that the file was made from."""

    code: str
    typed: dict[str, str]
    version: int
    row: int | None = None  # The row in the file.


def form_of(page: ReturnPage) -> Form:
    """Return the content of the file: the open lines that this person fills in."""
    of = page.termly_return
    lines = [
        FormLine(
            indicator=row.indicator,
            last=row.beside.last.text,
            target=row.beside.target.text,
            typed=row.stored,
            version=row.version,
        )
        for row in page.open_rows
    ]
    due = f"{page.due:%-d %B %Y}"
    return Form(form_id=_form_id(of), school=of.school.name, term=str(of.term), due=due, lines=lines)


def asked_of(page: ReturnPage) -> Asked:
    """Return what a file must be to be read into this return."""
    of = page.termly_return
    lines = {row.code: row.indicator for row in page.rows}
    return Asked(form_id=_form_id(of), words=f"the return of {of.school.name}, {of.term}", lines=lines)


def closed_to(page: ReturnPage) -> list[Fault]:
    """Return why no file can be accepted; empty while a line is open to this person."""
    if page.open_rows:
        return []
    if page.termly_return.is_open:
        return [Fault(what="None of the open lines are yours", todo="Ask the headteacher, who assigns the lines")]
    if page.termly_return.state == Return.State.ACCEPTED:
        todo = "Open a correction on the return’s page, say why, and download the file again"
        return [Fault(what="This return has been accepted, so none of its lines are open", todo=todo)]
    todo = "Wait for the decision: you can change a line that is sent back"
    return [Fault(what="This return has been submitted, so none of its lines are open", todo=todo)]


def of_form(lines: Iterable[LineRead]) -> list[Said]:
    """Return the lines of a filled-in file that changed since it was downloaded."""
    return [
        Said(code=each.code, typed=fields_of(each.typed), version=each.version, row=each.row)
        for each in lines
        if each.is_changed
    ]


def of_export(page: ReturnPage, shares: Mapping[str, Share]) -> list[Said]:
    """Return the figures from an export for the lines of this return."""
    found = []
    for code, share in shares.items():
        if row := page.row(code):
            typed = {"value": "", "status": "", "follows": ""}
            typed |= {"numerator": plain(share.numerator), "denominator": plain(share.denominator)}
            found.append(Said(code=code, typed=typed, version=row.version))
    return found


def files_of(of: Return) -> list[ReceivedFile]:
    """Return the files received for a return, newest first. One query."""
    return list(of.files.select_related("received_by").order_by("-received_at", "-pk"))


def as_table(files: Iterable[ReceivedFile]) -> list[list[object]]:
    """Return files as a table, its column headings first."""
    table: list[list[object]] = [["File", "What it is", "State", "When", "Who", "Bytes", "SHA-256"]]
    for each in files:
        words: list[object] = [each.name, each.get_kind_display(), each.get_state_display()]
        table.append(
            [*words, f"{localtime(each.received_at):%Y-%m-%d %H:%M}", each.received_by.name, each.size, each.sha256]
        )
    return table


def faults_table(received: ReceivedFile) -> list[list[object]]:
    """Return the faults of a refused file as a table, its column headings first."""
    names = ("sheet", "row", "column", "what", "todo")
    return [
        ["Sheet", "Row", "Column", "What is wrong", "What to do"],
        *([fault[name] for name in names] for fault in received.faults),
    ]


def remembered(school: School, kind: ExportKind) -> Mapping[str, str] | None:
    """Return the columns that the school chose for exports of this kind, or None if it never chose."""
    kept = ColumnMapping.objects.filter(school=school, kind=kind.value).first()
    return kept.columns if kept else None


def _form_id(of: Return) -> str:
    return form_id(trust=of.trust_id, school=of.school_id, school_year=of.term.school_year, season=of.term.season)
