"""Read a return that was filled in as a file: every line as typed, or every fault by sheet, row and column."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import FigureUnit
from kpis.rules.figures_in_words import number_as_typed
from kpis.rules.typed_figures import UnreadableFigure, parse_figure
from published.dfe.value_statuses import ValueStatus
from returns.files.return_file import ANSWER_COLUMNS, REASON_CODES, RETURN_SHEET, WORD_COLUMNS, ReturnFileColumn
from returns.rules.return_lines import TypedLine
from tables.faults import SpreadsheetFault, SpreadsheetRefused
from tables.sheets import SheetCell, SheetRow
from tables.table_reader import BELOW, NoHeadings, Table, read_table

FEWEST_KNOWN = 3  # A row with as many column headings of a return is its top row.
MOST_ROWS = 2000  # A return has a few dozen lines; the rest is room for empty rows.
# The same limits, in characters, as on the return's page.
LONGEST_TEXTS = {
    ReturnFileColumn.COMMENT: 4000,
    ReturnFileColumn.WHAT: 1000,
    ReturnFileColumn.WHY: 1000,
    ReturnFileColumn.WHAT_NEXT: 1000,
}
MARK = re.compile(r"([0-9]{1,9}):([0-9a-f]{16})")
STATUSES = {label.lower(): code for label, code in REASON_CODES.items()} | {
    code: code for code in REASON_CODES.values()
}
VERSIONED = re.compile(r"(R[0-9]{1,3})-[0-9]")
# Dates as people write them and as spreadsheets export them, with the day before the month as in Britain.
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y")
EXPECTED_HEADINGS = f"Expected the column headings of the return: {', '.join(head.value for head in ReturnFileColumn)}"
DOWNLOAD_AGAIN = "Download the return again, and copy your answers into that file"


@dataclass(frozen=True, kw_only=True)
class ExpectedFile:
    """The return that the file must be for, and its lines."""

    form_id: str
    words: str  # "Autumn term 2025–26, Invented Quay School"
    lines: Mapping[str, Indicator]  # By code.


@dataclass(frozen=True, kw_only=True)
class FilledInLine:
    """A line in the file, and which save of the line the file was made from."""

    code: str
    row: int
    typed: TypedLine
    version: int
    is_changed: bool  # Since the file was downloaded.
    is_hidden: bool = False  # The row is hidden in the file, and read like the others.


@dataclass(frozen=True)
class _At:
    """The place of faults in a row."""

    table: Table
    row: int
    columns: Mapping[ReturnFileColumn, int]

    def fault(self, head: ReturnFileColumn, what: str, todo: str) -> SpreadsheetFault:
        place = self.table.place(self.columns[head])
        return SpreadsheetFault(sheet=self.table.sheet, row=self.row, column=place, what=what, todo=todo)


def read_return_file(data: bytes, asked: ExpectedFile) -> list[FilledInLine]:
    """Return the lines of a filled-in file, in the file's order.

    Raises:
        Refused: the file is not this return, or something in it cannot be read. Each fault has its place.
    """
    table = _table(data)
    rows = list(table.rows())
    columns = _columns_of(table, rows, asked)
    _check_return(table, rows, columns, asked)
    faults = [_fault_of_words(table, left_out.row) for left_out in table.left_out if left_out.reason == BELOW]
    lines: dict[str, FilledInLine] = {}
    for row in rows:
        at = _At(table, row.number, columns)
        code = row.cell(columns[ReturnFileColumn.CODE]).text.upper()
        if found := _fault_of_code(code, at, asked, lines):
            faults.append(found)
            continue
        read, of_row = _line(code, row, at, asked.lines[code])
        faults += of_row
        lines[code] = replace(read, is_hidden=row.number in table.hidden_rows)
    if faults:
        raise SpreadsheetRefused(faults)
    return list(lines.values())


def _table(data: bytes) -> Table:
    try:
        return read_table(data, sheet_name=RETURN_SHEET, fits=_are_of_a_return, most_rows=MOST_ROWS)
    except NoHeadings as refused:
        (fault,) = refused.faults
        raise SpreadsheetRefused([replace(fault, what=EXPECTED_HEADINGS, todo=DOWNLOAD_AGAIN)]) from refused


def _fault_of_words(table: Table, row: int) -> SpreadsheetFault:
    what = "The row is about no line: it does not say which return it belongs to"
    todo = "Delete the row, and write what it says in “Comment” of the line that it is about"
    return SpreadsheetFault(sheet=table.sheet, row=row, what=what, todo=todo)


def _are_of_a_return(headings: Sequence[str]) -> bool:
    known = {head.value.lower() for head in ReturnFileColumn}
    return len(known & {heading.lower() for heading in headings}) >= FEWEST_KNOWN


def _columns_of(table: Table, rows: Sequence[SheetRow], asked: ExpectedFile) -> dict[ReturnFileColumn, int]:
    """Return the position of each column.

    Raises:
        Refused: the version, the column headings or merged cells are wrong.
    """
    found, faults = _heads(table)
    if len(found) < FEWEST_KNOWN:
        raise SpreadsheetRefused(
            [SpreadsheetFault(sheet=table.sheet, row=table.head_row, what=EXPECTED_HEADINGS, todo=DOWNLOAD_AGAIN)]
        )
    if older := _fault_of_version(table, rows[0], found, asked):
        raise SpreadsheetRefused([older])
    faults += _faults_of_layout(table, found)
    if faults:
        raise SpreadsheetRefused(faults)
    return found


def _heads(table: Table) -> tuple[dict[ReturnFileColumn, int], list[SpreadsheetFault]]:
    """Return the position of each column of a return, and the faults of unknown and repeated column headings."""
    known = {head.value.lower(): head for head in ReturnFileColumn}
    found: dict[ReturnFileColumn, int] = {}
    faults = []
    for at, heading in enumerate(table.headings):
        head = known.get(heading.lower())
        place = table.place(at)[:50]
        here = SpreadsheetFault(sheet=table.sheet, row=table.head_row, column=place, what="", todo="")
        if head and head in found:
            faults.append(replace(here, what="This column is in the file twice", todo="Delete one of them"))
        elif head:
            found[head] = at
        else:
            todo = "Delete this column, and write what you want to say in “Comment”"
            faults.append(replace(here, what="The return does not have this column", todo=todo))
    return found, faults


def _faults_of_layout(table: Table, found: Collection[ReturnFileColumn]) -> Iterator[SpreadsheetFault]:
    for head in ReturnFileColumn:
        if head not in found:
            what = f"The column “{head.value}” is missing"
            yield SpreadsheetFault(sheet=table.sheet, row=table.head_row, what=what, todo=DOWNLOAD_AGAIN)
    for letter, row in table.merged:
        yield SpreadsheetFault(
            sheet=table.sheet, row=row, column=letter, what="Cells are merged here", todo="Unmerge the cells"
        )


def _fault_of_version(
    table: Table, first: SheetRow, columns: Mapping[ReturnFileColumn, int], asked: ExpectedFile
) -> SpreadsheetFault | None:
    """Return one fault for a file of another version, instead of one for each column."""
    if ReturnFileColumn.FORM not in columns:
        return None
    there, here = (VERSIONED.match(text) for text in (first.cell(columns[ReturnFileColumn.FORM]).text, asked.form_id))
    if not there or not here or there[1] == here[1]:
        return None
    place = table.place(columns[ReturnFileColumn.FORM])
    what = f"This file is version {there[1]}; the return now needs version {here[1]}"
    return SpreadsheetFault(sheet=table.sheet, row=first.number, column=place, what=what, todo=DOWNLOAD_AGAIN)


def _check_return(
    table: Table, rows: Iterable[SheetRow], columns: Mapping[ReturnFileColumn, int], asked: ExpectedFile
) -> None:
    """Refuse a file of another return, with one fault for each wrong ID.

    Raises:
        Refused: a row has the ID of another return, or no ID.
    """
    faults = []
    named: set[str] = set()
    for row in rows:
        text = row.cell(columns[ReturnFileColumn.FORM]).text
        if text == asked.form_id or text in named:
            continue
        named.add(text)
        what, todo = _of_other(text, asked)
        place = table.place(columns[ReturnFileColumn.FORM])
        faults.append(SpreadsheetFault(sheet=table.sheet, row=row.number, column=place, what=what, todo=todo))
    if faults:
        raise SpreadsheetRefused(faults)


def _of_other(text: str, asked: ExpectedFile) -> tuple[str, str]:
    here, there = asked.form_id.split("-"), text.split("-")
    if not text:
        return "The row does not say which return it belongs to", "Delete the row, or copy “Form” from a row above it"
    if len(there) != len(here) or there[0] != here[0]:
        return f"“{text[:40]}” is not a return in Sightline; expected “{asked.form_id}”", DOWNLOAD_AGAIN
    if there[1] != here[1]:
        return f"This is another trust’s return; this page is for {asked.words}", "Choose the file of this return"
    if there[2] != here[2]:
        what = f"This is the return of school {there[2][:8]}; this page is for {asked.words}"
        return what, "Choose the file of this school"
    return f"This return is for another term; this page is for {asked.words}", "Choose the file of this term"


def _fault_of_code(code: str, at: _At, asked: ExpectedFile, lines: Collection[str]) -> SpreadsheetFault | None:
    if not code:
        todo = "Delete the row, or put the line’s code back"
        return at.fault(ReturnFileColumn.CODE, "The line’s code is missing", todo)
    if code not in asked.lines:
        todo = f"Delete the row, or use a code of this return: {', '.join(list(asked.lines)[:6])} …"
        return at.fault(ReturnFileColumn.CODE, f"“{code[:20]}” is not a line of this return", todo)
    if code in lines:
        return at.fault(ReturnFileColumn.CODE, f"The line {code} is in the file twice", "Delete one of the two rows")
    return None


def _line(code: str, row: SheetRow, at: _At, indicator: Indicator) -> tuple[FilledInLine, list[SpreadsheetFault]]:
    cells = {name: row.cell(at.columns[head]) for head, name in ANSWER_COLUMNS.items()}
    cells["follows"] = _day(cells["follows"])
    faults = [
        at.fault(head, f"Found {problem}; expected {_expected(head, indicator)}", _todo(problem))
        for head, name in ANSWER_COLUMNS.items()
        if (problem := cells[name].problem)
    ]
    typed = TypedLine(**{name: cell.text for name, cell in cells.items()})
    typed = replace(typed, status=STATUSES.get(typed.status.lower(), typed.status))
    mark = MARK.fullmatch(row.cell(at.columns[ReturnFileColumn.MARK]).text)
    if mark is None:
        faults.append(at.fault(ReturnFileColumn.MARK, "This text is missing or was changed", DOWNLOAD_AGAIN))
        return FilledInLine(code=code, row=row.number, typed=typed, version=0, is_changed=False), faults
    version, fingerprint = int(mark[1]), mark[2]
    # An unchanged line is left alone, even if it cannot be read as a figure.
    if not faults and typed.fingerprint != fingerprint:
        typed, faults = _as_figures(typed, at, indicator)
    changed = typed.fingerprint != fingerprint
    return FilledInLine(code=code, row=row.number, typed=typed, version=version, is_changed=changed), faults


def _as_figures(typed: TypedLine, at: _At, indicator: Indicator) -> tuple[TypedLine, list[SpreadsheetFault]]:
    """Return the line with its figures as Sightline writes them, and a fault for what is not a figure."""
    faults: list[SpreadsheetFault] = []
    read: dict[str, str] = {}
    for head in (ReturnFileColumn.NUMERATOR, ReturnFileColumn.DENOMINATOR, ReturnFileColumn.VALUE):
        name = ANSWER_COLUMNS[head]
        try:
            read[name] = _figure(getattr(typed, name), name, indicator)
        except UnreadableFigure as fault:
            faults.append(
                at.fault(head, str(fault), "Correct the figure, or clear the cell and choose why there is no figure")
            )
    faults += _of_words(typed, at)
    # A date means nothing next to a figure or another reason. The page leaves it out too.
    follows = typed.follows if typed.status == ValueStatus.TO_FOLLOW else ""
    return (typed if faults else replace(typed, follows=follows, **read)), faults


def _is_day(text: str) -> bool:
    try:
        return 2000 <= date.fromisoformat(text).year < 2100
    except ValueError:
        return False


def _day(cell: SheetCell) -> SheetCell:
    """Return a cell with its date as 2026-01-31. Return other cells unchanged."""
    for form in DAYS:
        try:
            return SheetCell(datetime.strptime(cell.text, form).date().isoformat())
        except ValueError:
            continue
    return cell


def _figure(text: str, name: str, indicator: Indicator) -> str:
    text = text.removeprefix("'").strip()
    if not text:
        return ""
    if name == "value":
        value = parse_figure(text, indicator.unit)
        return number_as_typed(value) if indicator.unit is not FigureUnit.YES_NO else "yes" if value else "no"
    if not indicator.has_parts:
        raise UnreadableFigure("This line needs a single figure, not two numbers: leave this cell empty")
    in_pounds = "£" in (getattr(indicator, name) or "")
    return number_as_typed(parse_figure(text, FigureUnit.POUNDS if in_pounds else FigureUnit.COUNT))


def _of_words(typed: TypedLine, at: _At) -> Iterator[SpreadsheetFault]:
    if typed.status and typed.status not in STATUSES.values():
        todo = f"Choose one of: {', '.join(REASON_CODES)}; or leave the cell empty"
        yield at.fault(ReturnFileColumn.STATUS, f"“{typed.status[:40]}” is not one of the reasons", todo)
    if typed.follows and not _is_day(typed.follows):
        todo = "Type it as text or as a date: 31 January 2026"
        what = f"“{typed.follows[:40]}” is not a date from 2000 to 2099; expected a date, like 31 January 2026"
        yield at.fault(ReturnFileColumn.FOLLOWS, what, todo)
    elif typed.follows and typed.says_nothing:
        what = "There is a date, but nothing that will follow"
        yield at.fault(ReturnFileColumn.FOLLOWS, what, "Choose “To follow” as the reason, or clear this cell")
    for head, most in LONGEST_TEXTS.items():
        if (length := len(getattr(typed, ANSWER_COLUMNS[head]))) > most:
            what = f"The text has {length:,} characters; the most is {most:,}"
            yield at.fault(head, what, "Shorten the text")


def _expected(head: ReturnFileColumn, indicator: Indicator) -> str:
    if head is ReturnFileColumn.STATUS:
        return "one of the reasons in the list, or nothing"
    if head in WORD_COLUMNS:
        return "text"
    if head is ReturnFileColumn.FOLLOWS:
        return "a date, like 31 January 2026"
    if head is ReturnFileColumn.VALUE and indicator.unit is FigureUnit.YES_NO:
        return "yes or no"
    return (
        "a number, like 94.2"
        if indicator.unit is FigureUnit.PERCENT and head is ReturnFileColumn.VALUE
        else "a number, like 12"
    )


def _todo(problem: str) -> str:
    if problem == "a formula":
        return "Put its value there instead: copy the cell, then paste it as a value"
    if problem.startswith("a date"):
        return "Set the cell’s format to “General” and type the number again"
    return "Type the answer again"
