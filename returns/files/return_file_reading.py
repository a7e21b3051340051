"""Read a return that was filled in outside: every line as typed, or every fault by sheet, row and column."""

import re
from collections.abc import Collection, Iterator, Mapping
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
from tables.sheets import Sheet, SheetCell, SheetRow, column_name, read_sheet

MOST_ROWS = 2000  # A return has a few dozen lines; the rest is room for empty rows.
# Characters of a text, as the page of the return has them.
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
# As people write a day, and as spreadsheets write it into text: the day before the month, as in Britain.
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y")
DOWNLOAD_AGAIN = "Download the return again, and copy your answers into that file"


@dataclass(frozen=True, kw_only=True)
class ExpectedFile:
    """What the file has to be: the return it is for, and the lines of it."""

    form_id: str
    words: str  # "Autumn term 2025–26, Invented Quay School"
    lines: Mapping[str, Indicator]  # By code.


@dataclass(frozen=True, kw_only=True)
class FilledInLine:
    """One line as the file has it, and the save of it that the file was made from."""

    code: str
    row: int
    typed: TypedLine
    version: int
    is_changed: bool  # From what the file said when it was downloaded.


@dataclass(frozen=True)
class _At:
    """Where faults of one row are."""

    sheet: str
    row: int
    columns: Mapping[ReturnFileColumn, int]

    def fault(self, head: ReturnFileColumn, what: str, todo: str) -> SpreadsheetFault:
        place = column_name(self.columns[head], head.value)
        return SpreadsheetFault(sheet=self.sheet, row=self.row, column=place, what=what, todo=todo)


def read_return_file(data: bytes, asked: ExpectedFile) -> list[FilledInLine]:
    """Return the lines of a filled-in file, in the file's order.

    Raises:
        Refused: the file is not this return, or something in it cannot be read; every fault with its place.
    """
    sheet = read_sheet(data, wanted=RETURN_SHEET, most_rows=MOST_ROWS)
    columns = _columns_of(sheet, asked)
    _check_return(sheet, columns, asked)
    faults: list[SpreadsheetFault] = []
    lines: dict[str, FilledInLine] = {}
    for row in sheet.rows[1:]:
        at = _At(sheet.name, row.number, columns)
        code = row.cell(columns[ReturnFileColumn.CODE]).text.upper()
        if found := _fault_of_code(code, at, asked, lines):
            faults.append(found)
            continue
        read, of_row = _line(code, row, at, asked.lines[code])
        faults += of_row
        lines[code] = read
    if not lines and not faults:
        faults.append(
            SpreadsheetFault(sheet=sheet.name, what="There is no line in it, only the heads", todo=DOWNLOAD_AGAIN)
        )
    if faults:
        raise SpreadsheetRefused(faults)
    return list(lines.values())


def _columns_of(sheet: Sheet, asked: ExpectedFile) -> dict[ReturnFileColumn, int]:
    """Return where each column is, or refuse the sheet for its age, its heads and its merged cells."""
    if not sheet.rows:
        raise SpreadsheetRefused([SpreadsheetFault(sheet=sheet.name, what="It is empty", todo=DOWNLOAD_AGAIN)])
    found, faults = _heads(sheet)
    if len(found) < 3:
        what = f"The heads of the return were expected: {', '.join(head.value for head in ReturnFileColumn)}"
        raise SpreadsheetRefused(
            [SpreadsheetFault(sheet=sheet.name, row=sheet.rows[0].number, what=what, todo=DOWNLOAD_AGAIN)]
        )
    if older := _fault_of_version(sheet, found, asked):
        raise SpreadsheetRefused([older])
    faults += _faults_of_layout(sheet, found)
    if faults:
        raise SpreadsheetRefused(faults)
    return found


def _heads(sheet: Sheet) -> tuple[dict[ReturnFileColumn, int], list[SpreadsheetFault]]:
    """Return where the columns of a return are, and the faults of heads that are none of its or there twice."""
    top = sheet.rows[0]
    known = {head.value.lower(): head for head in ReturnFileColumn}
    found: dict[ReturnFileColumn, int] = {}
    faults = []
    for at, cell in enumerate(top.cells):
        text = " ".join(cell.text.split())
        head = known.get(text.lower())
        here = SpreadsheetFault(sheet=sheet.name, row=top.number, column=column_name(at, text[:40]), what="", todo="")
        if head and head in found:
            faults.append(replace(here, what="This column is there twice", todo="Delete one of the two"))
        elif head:
            found[head] = at
        elif text or cell.problem:
            todo = "Delete this column; what you want to say goes into “Comment”"
            faults.append(replace(here, what="This column is not one of the return’s", todo=todo))
    return found, faults


def _faults_of_layout(sheet: Sheet, found: Collection[ReturnFileColumn]) -> Iterator[SpreadsheetFault]:
    for head in ReturnFileColumn:
        if head not in found:
            what = f"The column “{head.value}” is missing"
            yield SpreadsheetFault(sheet=sheet.name, row=sheet.rows[0].number, what=what, todo=DOWNLOAD_AGAIN)
    for letter, row in sheet.merged:
        yield SpreadsheetFault(
            sheet=sheet.name, row=row, column=letter, what="Cells are merged here", todo="Unmerge the cells"
        )


def _fault_of_version(
    sheet: Sheet, columns: Mapping[ReturnFileColumn, int], asked: ExpectedFile
) -> SpreadsheetFault | None:
    """Name a file of other columns for what it is, instead of each column that it has or has not."""
    if ReturnFileColumn.FORM not in columns or len(sheet.rows) < 2:
        return None
    first = sheet.rows[1]
    there, here = (VERSIONED.match(text) for text in (first.cell(columns[ReturnFileColumn.FORM]).text, asked.form_id))
    if not there or not here or there[1] == here[1]:
        return None
    place = column_name(columns[ReturnFileColumn.FORM], ReturnFileColumn.FORM.value)
    what = f"The file has the columns of another version ({there[1]}); {here[1]} is asked for"
    return SpreadsheetFault(sheet=sheet.name, row=first.number, column=place, what=what, todo=DOWNLOAD_AGAIN)


def _check_return(sheet: Sheet, columns: Mapping[ReturnFileColumn, int], asked: ExpectedFile) -> None:
    """Refuse the file of another return once, not once a row; a row without its return is named."""
    faults = []
    named: set[str] = set()
    for row in sheet.rows[1:]:
        text = row.cell(columns[ReturnFileColumn.FORM]).text
        if text == asked.form_id or text in named:
            continue
        named.add(text)
        what, todo = _of_other(text, asked)
        place = column_name(columns[ReturnFileColumn.FORM], ReturnFileColumn.FORM.value)
        faults.append(SpreadsheetFault(sheet=sheet.name, row=row.number, column=place, what=what, todo=todo))
    if faults:
        raise SpreadsheetRefused(faults)


def _of_other(text: str, asked: ExpectedFile) -> tuple[str, str]:
    here, there = asked.form_id.split("-"), text.split("-")
    if not text:
        return "The row does not say which return it belongs to", "Delete the row, or copy “Form” from a row above it"
    if len(there) != len(here) or there[0] != here[0]:
        return f"“{text[:40]}” is not a return of ours; expected “{asked.form_id}”", DOWNLOAD_AGAIN
    if there[1] != here[1]:
        return f"This is a return of another trust; here is {asked.words}", "Choose the file of this return"
    if there[2] != here[2]:
        return f"This is the return of school {there[2][:8]}; here is {asked.words}", "Choose the file of this school"
    return f"This is the return of another term; here is {asked.words}", "Choose the file of this term"


def _fault_of_code(code: str, at: _At, asked: ExpectedFile, lines: Collection[str]) -> SpreadsheetFault | None:
    if not code:
        todo = "Delete the row, or put the line’s code back"
        return at.fault(ReturnFileColumn.CODE, "The code of the line is missing", todo)
    if code not in asked.lines:
        todo = f"Delete the row, or use a code of this return: {', '.join(list(asked.lines)[:6])} …"
        return at.fault(ReturnFileColumn.CODE, f"“{code[:20]}” is not a line of this return", todo)
    if code in lines:
        return at.fault(ReturnFileColumn.CODE, f"The line {code} is there twice", "Delete one of the two rows")
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
        faults.append(at.fault(ReturnFileColumn.MARK, "The mark of the line is gone or was changed", DOWNLOAD_AGAIN))
        return FilledInLine(code=code, row=row.number, typed=typed, version=0, is_changed=False), faults
    version, fingerprint = int(mark[1]), mark[2]
    # A line that says what it said is left alone, also where that could not stand as a figure.
    if not faults and typed.fingerprint != fingerprint:
        typed, faults = _as_figures(typed, at, indicator)
    changed = typed.fingerprint != fingerprint
    return FilledInLine(code=code, row=row.number, typed=typed, version=version, is_changed=changed), faults


def _as_figures(typed: TypedLine, at: _At, indicator: Indicator) -> tuple[TypedLine, list[SpreadsheetFault]]:
    """Return the line with its figures written our way, and the faults of what is no figure."""
    faults: list[SpreadsheetFault] = []
    read: dict[str, str] = {}
    for head in (ReturnFileColumn.NUMERATOR, ReturnFileColumn.DENOMINATOR, ReturnFileColumn.VALUE):
        name = ANSWER_COLUMNS[head]
        try:
            read[name] = _figure(getattr(typed, name), name, indicator)
        except UnreadableFigure as fault:
            faults.append(
                at.fault(head, str(fault), "Put the figure right, or clear the cell and choose why there is none")
            )
    faults += _of_words(typed, at)
    # A day beside a figure, or beside another reason, says nothing: the page leaves it out too.
    follows = typed.follows if typed.status == ValueStatus.TO_FOLLOW else ""
    return (typed if faults else replace(typed, follows=follows, **read)), faults


def _is_day(text: str) -> bool:
    try:
        return 2000 <= date.fromisoformat(text).year < 2100
    except ValueError:
        return False


def _day(cell: SheetCell) -> SheetCell:
    """Return a cell with its day as 2026-01-31; what is no day stays as it is."""
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
        raise UnreadableFigure("This line takes one figure, without parts: leave this cell empty")
    in_pounds = "£" in (getattr(indicator, name) or "")
    return number_as_typed(parse_figure(text, FigureUnit.POUNDS if in_pounds else FigureUnit.COUNT))


def _of_words(typed: TypedLine, at: _At) -> Iterator[SpreadsheetFault]:
    if typed.status and typed.status not in STATUSES.values():
        todo = f"Choose one of: {', '.join(REASON_CODES)}; or leave the cell empty"
        yield at.fault(ReturnFileColumn.STATUS, f"“{typed.status[:40]}” is not a reason that is known", todo)
    if typed.follows and not _is_day(typed.follows):
        todo = "Type it as text or as a date: 31 January 2026"
        what = f"“{typed.follows[:40]}” is not a day from 2000 to 2099; expected a day, like 31 January 2026"
        yield at.fault(ReturnFileColumn.FOLLOWS, what, todo)
    elif typed.follows and typed.says_nothing:
        what = "A day, and nothing that will follow by it"
        yield at.fault(ReturnFileColumn.FOLLOWS, what, "Choose “To follow” as the reason, or clear this cell")
    for head, most in LONGEST_TEXTS.items():
        if (length := len(getattr(typed, ANSWER_COLUMNS[head]))) > most:
            what = f"A text of {length:,} characters; at most {most:,} are kept"
            yield at.fault(head, what, "Shorten the text")


def _expected(head: ReturnFileColumn, indicator: Indicator) -> str:
    if head is ReturnFileColumn.STATUS:
        return "one of the reasons in the list, or nothing"
    if head in WORD_COLUMNS:
        return "text"
    if head is ReturnFileColumn.FOLLOWS:
        return "a day, like 31 January 2026"
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
