"""Read a return that was filled in as a file: every line as typed, or every fault by sheet, row and column."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Unit
from kpis.rules.typed import Unreadable, parse
from published.dfe.statuses import ValueStatus
from returns.files.form import ANSWERS, REASONS, RETURN_SHEET, WORDS, Column
from returns.rules.lines import Typed, plain
from tables.faults import Fault, Refused
from tables.sheets import Cell, Row, Sheet, column_name, read_sheet

MOST_ROWS = 2000  # A return has a few dozen lines; the rest is room for empty rows.
# The same limits, in characters, as on the return's page.
LONGEST = {Column.COMMENT: 4000, Column.WHAT: 1000, Column.WHY: 1000, Column.WHAT_NEXT: 1000}
MARK = re.compile(r"([0-9]{1,9}):([0-9a-f]{16})")
STATUSES = {label.lower(): code for label, code in REASONS.items()} | {code: code for code in REASONS.values()}
VERSIONED = re.compile(r"(R[0-9]{1,3})-[0-9]")
# Dates as people write them and as spreadsheets export them, with the day before the month as in Britain.
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y")
DOWNLOAD_AGAIN = "Download the return again, and copy your answers into that file"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The return that the file must be for, and its lines."""

    form_id: str
    words: str  # "Autumn term 2025–26, Invented Quay School"
    lines: Mapping[str, Indicator]  # By code.


@dataclass(frozen=True, kw_only=True)
class LineRead:
    """A line in the file, and which save of the line the file was made from."""

    code: str
    row: int
    typed: Typed
    version: int
    is_changed: bool  # Since the file was downloaded.


@dataclass(frozen=True)
class _At:
    """The place of faults in a row."""

    sheet: str
    row: int
    columns: Mapping[Column, int]

    def fault(self, head: Column, what: str, todo: str) -> Fault:
        place = column_name(self.columns[head], head.value)
        return Fault(sheet=self.sheet, row=self.row, column=place, what=what, todo=todo)


def read_form(data: bytes, asked: Asked) -> list[LineRead]:
    """Return the lines of a filled-in file, in the file's order.

    Raises:
        Refused: the file is not this return, or something in it cannot be read. Each fault has its place.
    """
    sheet = read_sheet(data, wanted=RETURN_SHEET, most_rows=MOST_ROWS)
    columns = _columns_of(sheet, asked)
    _check_return(sheet, columns, asked)
    faults: list[Fault] = []
    lines: dict[str, LineRead] = {}
    for row in sheet.rows[1:]:
        at = _At(sheet.name, row.number, columns)
        code = row.cell(columns[Column.CODE]).text.upper()
        if found := _fault_of_code(code, at, asked, lines):
            faults.append(found)
            continue
        read, of_row = _line(code, row, at, asked.lines[code])
        faults += of_row
        lines[code] = read
    if not lines and not faults:
        faults.append(Fault(sheet=sheet.name, what="The file has column headings but no rows", todo=DOWNLOAD_AGAIN))
    if faults:
        raise Refused(faults)
    return list(lines.values())


def _columns_of(sheet: Sheet, asked: Asked) -> dict[Column, int]:
    """Return the position of each column.

    Raises:
        Refused: the version, the column headings or merged cells are wrong.
    """
    if not sheet.rows:
        raise Refused([Fault(sheet=sheet.name, what="The sheet is empty", todo=DOWNLOAD_AGAIN)])
    found, faults = _heads(sheet)
    if len(found) < 3:
        what = f"Expected the column headings of the return: {', '.join(head.value for head in Column)}"
        raise Refused([Fault(sheet=sheet.name, row=sheet.rows[0].number, what=what, todo=DOWNLOAD_AGAIN)])
    if older := _fault_of_version(sheet, found, asked):
        raise Refused([older])
    faults += _faults_of_layout(sheet, found)
    if faults:
        raise Refused(faults)
    return found


def _heads(sheet: Sheet) -> tuple[dict[Column, int], list[Fault]]:
    """Return the position of each column of a return, and the faults of unknown and repeated column headings."""
    top = sheet.rows[0]
    known = {head.value.lower(): head for head in Column}
    found: dict[Column, int] = {}
    faults = []
    for at, cell in enumerate(top.cells):
        text = " ".join(cell.text.split())
        head = known.get(text.lower())
        here = Fault(sheet=sheet.name, row=top.number, column=column_name(at, text[:40]), what="", todo="")
        if head and head in found:
            faults.append(replace(here, what="This column is in the file twice", todo="Delete one of them"))
        elif head:
            found[head] = at
        elif text or cell.problem:
            todo = "Delete this column, and write what you want to say in “Comment”"
            faults.append(replace(here, what="The return does not have this column", todo=todo))
    return found, faults


def _faults_of_layout(sheet: Sheet, found: Collection[Column]) -> Iterator[Fault]:
    for head in Column:
        if head not in found:
            what = f"The column “{head.value}” is missing"
            yield Fault(sheet=sheet.name, row=sheet.rows[0].number, what=what, todo=DOWNLOAD_AGAIN)
    for letter, row in sheet.merged:
        yield Fault(sheet=sheet.name, row=row, column=letter, what="Cells are merged here", todo="Unmerge the cells")


def _fault_of_version(sheet: Sheet, columns: Mapping[Column, int], asked: Asked) -> Fault | None:
    """Return one fault for a file of another version, instead of one for each column."""
    if Column.FORM not in columns or len(sheet.rows) < 2:
        return None
    first = sheet.rows[1]
    there, here = (VERSIONED.match(text) for text in (first.cell(columns[Column.FORM]).text, asked.form_id))
    if not there or not here or there[1] == here[1]:
        return None
    place = column_name(columns[Column.FORM], Column.FORM.value)
    what = f"This file is version {there[1]}; the return now needs version {here[1]}"
    return Fault(sheet=sheet.name, row=first.number, column=place, what=what, todo=DOWNLOAD_AGAIN)


def _check_return(sheet: Sheet, columns: Mapping[Column, int], asked: Asked) -> None:
    """Refuse a file of another return, with one fault for each wrong ID.

    Raises:
        Refused: a row has the ID of another return, or no ID.
    """
    faults = []
    named: set[str] = set()
    for row in sheet.rows[1:]:
        text = row.cell(columns[Column.FORM]).text
        if text == asked.form_id or text in named:
            continue
        named.add(text)
        what, todo = _of_other(text, asked)
        place = column_name(columns[Column.FORM], Column.FORM.value)
        faults.append(Fault(sheet=sheet.name, row=row.number, column=place, what=what, todo=todo))
    if faults:
        raise Refused(faults)


def _of_other(text: str, asked: Asked) -> tuple[str, str]:
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


def _fault_of_code(code: str, at: _At, asked: Asked, lines: Collection[str]) -> Fault | None:
    if not code:
        todo = "Delete the row, or put the line’s code back"
        return at.fault(Column.CODE, "The line’s code is missing", todo)
    if code not in asked.lines:
        todo = f"Delete the row, or use a code of this return: {', '.join(list(asked.lines)[:6])} …"
        return at.fault(Column.CODE, f"“{code[:20]}” is not a line of this return", todo)
    if code in lines:
        return at.fault(Column.CODE, f"The line {code} is in the file twice", "Delete one of the two rows")
    return None


def _line(code: str, row: Row, at: _At, indicator: Indicator) -> tuple[LineRead, list[Fault]]:
    cells = {name: row.cell(at.columns[head]) for head, name in ANSWERS.items()}
    cells["follows"] = _day(cells["follows"])
    faults = [
        at.fault(head, f"Found {problem}; expected {_expected(head, indicator)}", _todo(problem))
        for head, name in ANSWERS.items()
        if (problem := cells[name].problem)
    ]
    typed = Typed(**{name: cell.text for name, cell in cells.items()})
    typed = replace(typed, status=STATUSES.get(typed.status.lower(), typed.status))
    mark = MARK.fullmatch(row.cell(at.columns[Column.MARK]).text)
    if mark is None:
        faults.append(at.fault(Column.MARK, "This text is missing or was changed", DOWNLOAD_AGAIN))
        return LineRead(code=code, row=row.number, typed=typed, version=0, is_changed=False), faults
    version, fingerprint = int(mark[1]), mark[2]
    # An unchanged line is left alone, even if it cannot be read as a figure.
    if not faults and typed.fingerprint != fingerprint:
        typed, faults = _as_figures(typed, at, indicator)
    changed = typed.fingerprint != fingerprint
    return LineRead(code=code, row=row.number, typed=typed, version=version, is_changed=changed), faults


def _as_figures(typed: Typed, at: _At, indicator: Indicator) -> tuple[Typed, list[Fault]]:
    """Return the line with its figures as Sightline writes them, and a fault for what is not a figure."""
    faults: list[Fault] = []
    read: dict[str, str] = {}
    for head in (Column.NUMERATOR, Column.DENOMINATOR, Column.VALUE):
        name = ANSWERS[head]
        try:
            read[name] = _figure(getattr(typed, name), name, indicator)
        except Unreadable as fault:
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


def _day(cell: Cell) -> Cell:
    """Return a cell with its date as 2026-01-31. Return other cells unchanged."""
    for form in DAYS:
        try:
            return Cell(datetime.strptime(cell.text, form).date().isoformat())
        except ValueError:
            continue
    return cell


def _figure(text: str, name: str, indicator: Indicator) -> str:
    text = text.removeprefix("'").strip()
    if not text:
        return ""
    if name == "value":
        value = parse(text, indicator.unit)
        return plain(value) if indicator.unit is not Unit.YES_NO else "yes" if value else "no"
    if not indicator.has_parts:
        raise Unreadable("This line needs a single figure, not two numbers: leave this cell empty")
    in_pounds = "£" in (getattr(indicator, name) or "")
    return plain(parse(text, Unit.POUNDS if in_pounds else Unit.COUNT))


def _of_words(typed: Typed, at: _At) -> Iterator[Fault]:
    if typed.status and typed.status not in STATUSES.values():
        todo = f"Choose one of: {', '.join(REASONS)}; or leave the cell empty"
        yield at.fault(Column.STATUS, f"“{typed.status[:40]}” is not one of the reasons", todo)
    if typed.follows and not _is_day(typed.follows):
        todo = "Type it as text or as a date: 31 January 2026"
        what = f"“{typed.follows[:40]}” is not a date from 2000 to 2099; expected a date, like 31 January 2026"
        yield at.fault(Column.FOLLOWS, what, todo)
    elif typed.follows and typed.says_nothing:
        what = "There is a date, but nothing that will follow"
        yield at.fault(Column.FOLLOWS, what, "Choose “To follow” as the reason, or clear this cell")
    for head, most in LONGEST.items():
        if (length := len(getattr(typed, ANSWERS[head]))) > most:
            what = f"The text has {length:,} characters; the most is {most:,}"
            yield at.fault(head, what, "Shorten the text")


def _expected(head: Column, indicator: Indicator) -> str:
    if head is Column.STATUS:
        return "one of the reasons in the list, or nothing"
    if head in WORDS:
        return "text"
    if head is Column.FOLLOWS:
        return "a date, like 31 January 2026"
    if head is Column.VALUE and indicator.unit is Unit.YES_NO:
        return "yes or no"
    return "a number, like 94.2" if indicator.unit is Unit.PERCENT and head is Column.VALUE else "a number, like 12"


def _todo(problem: str) -> str:
    if problem == "a formula":
        return "Put its value there instead: copy the cell, then paste it as a value"
    if problem.startswith("a date"):
        return "Set the cell’s format to “General” and type the number again"
    return "Type the answer again"
