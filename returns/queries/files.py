"""Read what a return's file has to contain, what a received file says, and the list of received files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.timezone import localtime

from kpis.rules.figures_in_words import number_as_typed
from returns.files.export_counts import CountedShare
from returns.files.export_questions import rows_in_words
from returns.files.exports import ExportKind
from returns.files.return_file import ReturnFile, ReturnFileLine, file_fields, return_file_id
from returns.files.return_file_reading import ExpectedFile, FilledInLine
from returns.files.sanction_texts import Sanction
from returns.models import ColumnMapping, ReceivedFile, Return, SanctionMeaning
from returns.queries.return_page import ReturnPage
from schools.models import School
from tables.dates import day_in_words
from tables.faults import SpreadsheetFault

FILE_SORTS = {
    "name": ("File", lambda file: file.name.casefold()),
    "when": ("When", lambda file: file.received_at),
    "kind": ("What it is", lambda file: file.get_kind_display()),
    "who": ("Who", lambda file: file.received_by.name.casefold()),
    "state": ("State", lambda file: file.get_state_display()),
}


@dataclass(frozen=True, kw_only=True)
class FileAnswer:
    """A line as a file has it, with the version of the line that the file was made from."""

    code: str
    typed: dict[str, str]
    version: int
    row: int | None = None  # The row in the file.


def return_file_of(page: ReturnPage) -> ReturnFile:
    """Return the content of the file: the open lines that this person fills in."""
    termly_return = page.termly_return
    lines = [
        ReturnFileLine(
            indicator=row.indicator,
            last=row.line_context.last.text,
            target=row.line_context.target.text,
            typed=row.stored,
            version=row.version,
        )
        for row in page.open_rows
    ]
    due = day_in_words(page.due)
    return ReturnFile(
        form_id=_form_id(termly_return),
        school=termly_return.school.name,
        term=str(termly_return.term),
        due=due,
        lines=lines,
    )


def expected_file(page: ReturnPage) -> ExpectedFile:
    """Return what a file must be to be read into this return."""
    termly_return = page.termly_return
    lines = {row.code: row.indicator for row in page.rows}
    return ExpectedFile(
        form_id=_form_id(termly_return),
        words=f"the return of {termly_return.school.name}, {termly_return.term}",
        lines=lines,
    )


def why_no_file(page: ReturnPage) -> list[SpreadsheetFault]:
    """Return why no file can be accepted; empty while a line is open to this person."""
    if page.open_rows:
        return []
    if page.termly_return.is_open:
        return [
            SpreadsheetFault(what="None of the open lines are yours", todo="Ask the headteacher, who assigns the lines")
        ]
    if page.termly_return.state == Return.State.ACCEPTED:
        todo = "Open a correction on the return’s page, say why, and download the file again"
        return [SpreadsheetFault(what="This return has been accepted, so none of its lines are open", todo=todo)]
    todo = "Wait for the decision: you can change a line that is sent back"
    return [SpreadsheetFault(what="This return has been submitted, so none of its lines are open", todo=todo)]


def answers_in_return_file(lines: Iterable[FilledInLine]) -> list[FileAnswer]:
    """Return the lines of a filled-in file that changed since it was downloaded."""
    return [
        FileAnswer(code=line.code, typed=file_fields(line.typed), version=line.version, row=line.row)
        for line in lines
        if line.is_changed
    ]


def hidden_in_return_file(lines: Iterable[FilledInLine]) -> list[str]:
    """Return a sentence about the changed lines that are hidden in the file, if there are any."""
    rows = [line.row for line in lines if line.is_hidden and line.is_changed]
    return [f"Hidden in the file, but read: {rows_in_words(rows).lower()}. Check the changes in them."] if rows else []


def answers_in_export(page: ReturnPage, shares: Mapping[str, CountedShare]) -> list[FileAnswer]:
    """Return the figures from an export for the lines of this return."""
    found = []
    for code, share in shares.items():
        if row := page.row(code):
            typed = {"value": "", "status": "", "follows": ""}
            typed |= {"numerator": number_as_typed(share.numerator), "denominator": number_as_typed(share.denominator)}
            found.append(FileAnswer(code=code, typed=typed, version=row.version))
    return found


def files_of(termly_return: Return) -> list[ReceivedFile]:
    """Return the files received for a return, newest first. One query."""
    return list(termly_return.files.select_related("received_by").order_by("-received_at", "-pk"))


def files_table(files: Iterable[ReceivedFile]) -> list[list[object]]:
    """Return files as a table, its column headings first."""
    table: list[list[object]] = [["File", "What it is", "State", "When", "Who", "Bytes", "SHA-256"]]
    for file in files:
        words: list[object] = [file.name, file.get_kind_display(), file.get_state_display()]
        table.append(
            [*words, f"{localtime(file.received_at):%Y-%m-%d %H:%M}", file.received_by.name, file.size, file.sha256]
        )
    return table


def faults_table(received: ReceivedFile) -> list[list[object]]:
    """Return the faults of a refused file as a table, its column headings first."""
    names = ("sheet", "row", "column", "what", "todo")
    return [
        ["Sheet", "Row", "Column", "What is wrong", "What to do"],
        *([fault[name] for name in names] for fault in received.faults),
    ]


def remembered_columns(school: School, kind: ExportKind) -> Mapping[str, str] | None:
    """Return the columns that the school chose for exports of this kind, or None if it never chose."""
    kept = ColumnMapping.objects.filter(school=school, kind=kind.value).first()
    return kept.columns if kept else None


def confirmed_meanings(school: School) -> dict[str, Sanction]:
    """Return what the school's texts for kinds of sanction mean, by text."""
    return {row.text: Sanction(row.meaning) for row in SanctionMeaning.objects.filter(school=school)}


def meanings_of(school: School) -> list[SanctionMeaning]:
    """Return the texts that the school has confirmed, by their letters, with who confirmed them."""
    rows = SanctionMeaning.objects.filter(school=school).select_related("confirmed_by")
    return sorted(rows, key=lambda row: row.text.casefold())


def _form_id(termly_return: Return) -> str:
    return return_file_id(
        trust=termly_return.trust_id,
        school=termly_return.school_id,
        school_year=termly_return.term.school_year,
        season=termly_return.term.season,
    )
