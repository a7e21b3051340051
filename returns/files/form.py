"""Write a return as a file to fill in, with the same columns as CSV and as a workbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import save_workbook

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import Unit
from returns.rules.lines import Typed, plain
from returns.rules.validation import REASONS_FOR_NONE
from tables.texts import unquoted, writable

RETURN_SHEET = "Return"
VERSION = "R3"  # The version of the columns. Change it with them, so that older files are recognised.
DAY = "d mmmm yyyy"


class Column(StrEnum):
    """The column headings of the file, in order."""

    FORM = "Form"
    CODE = "Code"
    AREA = "Area"
    LINE = "Line"
    UNIT = "Unit"
    COUNTED = "What is counted"
    COUNTED_FROM = "Out of what"
    LAST = "Last figure"
    TARGET = "Target"
    NUMERATOR = "Number counted"
    DENOMINATOR = "Out of"
    VALUE = "Figure"
    STATUS = "Why there is no figure"
    FOLLOWS = "Will follow by"
    COMMENT = "Comment"
    WHAT = "What this shows"
    WHY = "Why"
    WHAT_NEXT = "What happens next"
    MARK = "Do not change"


ANSWERS = {
    Column.NUMERATOR: "numerator",
    Column.DENOMINATOR: "denominator",
    Column.VALUE: "value",
    Column.STATUS: "status",
    Column.FOLLOWS: "follows",
    Column.COMMENT: "comment",
    Column.WHAT: "what",
    Column.WHY: "why",
    Column.WHAT_NEXT: "what_next",
}
WORDS = (Column.COMMENT, Column.WHAT, Column.WHY, Column.WHAT_NEXT)
WIDTHS = {Column.LINE: 44, Column.COUNTED: 28, Column.COUNTED_FROM: 28, Column.STATUS: 22} | dict.fromkeys(WORDS, 44)
REASONS = {each.label: each.value for each in REASONS_FOR_NONE}
TO_FILL = PatternFill("solid", fgColor="FFF7DB")
HEAD = PatternFill("solid", fgColor="E6E0EA")
WRAPPED = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True, kw_only=True)
class FormLine:
    """A line of the file: the indicator, the last figure, the target and the current answer."""

    indicator: Indicator
    last: str
    target: str
    typed: Typed
    version: int  # How many times the line was saved to get ``typed``.

    @property
    def mark(self) -> str:
        """Return which save of the line the file shows, so that a later save is never overwritten."""
        return f"{self.version}:{carried(self.typed).fingerprint}"


@dataclass(frozen=True, kw_only=True)
class Form:
    """A school's return for a term, to be written into a file."""

    form_id: str
    school: str
    term: str
    due: str
    lines: Sequence[FormLine]


def carried(typed: Typed) -> Typed:
    """Return a line as an unchanged file brings it back, so that only real changes differ from it."""
    return Typed(**{name: unquoted(writable(text).strip()) for name, text in fields_of(typed).items()})


def fields_of(typed: Typed) -> dict[str, str]:
    """Return the text of the fields that a file has."""
    return {name: getattr(typed, name) for name in ANSWERS.values()}


def form_id(*, trust: int, school: int, school_year: int, season: int) -> str:
    """Return the ID of a return, so that a file is only read into that return.

    >>> form_id(trust=990101, school=991001, school_year=2026, season=1)
    'R3-990101-991001-2026-1'
    """
    return f"{VERSION}-{trust}-{school}-{school_year}-{season}"


def table_of(form: Form) -> list[list[object]]:
    """Return the column headings and a row for each line. Figures are numbers, so that spreadsheets can use them."""
    return [[head.value for head in Column], *([_said(form, line)[head] for head in Column] for line in form.lines)]


def workbook_of(form: Form) -> bytes:
    """Return the form as a workbook with three sheets: how to fill it in, the lines, and their definitions.

    Only the answers are unlocked. The lock has no password: it prevents mistakes and keeps nobody out.
    """
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Read first"
    for number, words in enumerate(_instructions(form), 1):
        _put(first, number, 1, words)
        first.cell(number, 1).alignment = WRAPPED
    first.column_dimensions["A"].width = 100
    first.cell(1, 1).font = Font(bold=True, size=14)
    _write_lines(book.create_sheet(RETURN_SHEET), form)
    _write_definitions(book.create_sheet("Definitions"), form)
    book.active = 1
    out = BytesIO()
    save_workbook(book, out)
    return out.getvalue()


def _said(form: Form, line: FormLine) -> dict[Column, object]:
    indicator, typed = line.indicator, carried(line.typed)
    reason = next((label for label, code in REASONS.items() if code == typed.status), "")
    return {
        Column.FORM: form.form_id,
        Column.CODE: indicator.code,
        Column.AREA: indicator.area.label,
        Column.LINE: indicator.title,
        Column.UNIT: indicator.unit.label,
        Column.COUNTED: indicator.numerator or "",
        Column.COUNTED_FROM: indicator.denominator or "",
        Column.LAST: line.last,
        Column.TARGET: line.target,
        Column.NUMERATOR: _figure(typed.numerator),
        Column.DENOMINATOR: _figure(typed.denominator),
        Column.VALUE: _figure(typed.value),
        Column.STATUS: reason,
        Column.FOLLOWS: _day(typed.follows),
        **{head: getattr(typed, ANSWERS[head]) for head in WORDS},
        Column.MARK: line.mark,
    }


def _figure(text: str) -> object:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    # A number that we would write differently, like 1e5, goes out and comes back as text.
    return value if value.is_finite() and plain(value) == text else text


def _day(text: str) -> object:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _instructions(form: Form) -> list[str]:
    return [
        f"{form.term} return, {form.school}",
        f"Due {form.due}.",
        f"Fill in the yellow cells on the “{RETURN_SHEET}” sheet, save the file, and send it from the return’s page.",
        "Nothing is saved when you send it: you first see, line by line, what would change.",
        "If a line asks for two numbers, enter both and leave “Figure” empty: Sightline calculates it. "
        "If you have only the figure, enter that.",
        "If there is no figure, choose why and say more in the comment. If the figure will follow, enter the date.",
        "If a figure is off target, say in a few words what it shows, why, and what happens next.",
        "Enter values, not formulas. Enter percentages as you would say them: 94.2 for 94.2%.",
        "Lines that you do not change stay the same. If somebody has saved a line since you downloaded this file, "
        "you see what they saved and it is not overwritten.",
        "Do not rename, move, add or delete columns, and do not merge cells. You can delete and sort rows.",
        "The “Definitions” sheet says what each line means.",
    ]


def _write_lines(sheet: Worksheet, form: Form) -> None:
    for at, head in enumerate(Column, 1):
        top = sheet.cell(1, at, head.value)
        top.font, top.fill, top.alignment = Font(bold=True), HEAD, WRAPPED
        sheet.column_dimensions[get_column_letter(at)].width = WIDTHS.get(head, 15)
    for number, line in enumerate(form.lines, 2):
        for at, (head, value) in enumerate(_said(form, line).items(), 1):
            _put(sheet, number, at, value)
            cell = sheet.cell(number, at)
            cell.alignment = WRAPPED
            if _is_asked(head, line.indicator):
                cell.protection, cell.fill = Protection(locked=False), TO_FILL
    every = [*range(2, len(form.lines) + 2)]
    _offer(sheet, Column.STATUS, list(REASONS), every)
    _ask_for_days(sheet, every)
    yes_no = [number for number, line in enumerate(form.lines, 2) if line.indicator.unit is Unit.YES_NO]
    _offer(sheet, Column.VALUE, ["yes", "no"], yes_no)
    sheet.freeze_panes = "E2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # False allows it.
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _is_asked(head: Column, indicator: Indicator) -> bool:
    return head in ANSWERS and (indicator.has_parts or head not in (Column.NUMERATOR, Column.DENOMINATOR))


def _offer(sheet: Worksheet, head: Column, words: list[str], rows: list[int]) -> None:
    if not rows:
        return
    choice = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
    choice.error, choice.errorTitle = f"Choose one of: {', '.join(words)}", head.value
    letter = get_column_letter([*Column].index(head) + 1)
    for row in rows:
        choice.add(f"{letter}{row}")
    sheet.add_data_validation(choice)


def _ask_for_days(sheet: Worksheet, rows: list[int]) -> None:
    if not rows:
        return
    choice = DataValidation(
        type="date", operator="greaterThan", formula1="36525", allow_blank=True
    )  # From 1 January 2000.
    choice.error, choice.errorTitle = "Enter a date, like 31 January 2026", Column.FOLLOWS.value
    at = [*Column].index(Column.FOLLOWS) + 1
    for row in rows:
        sheet.cell(row, at).number_format = DAY
        choice.add(sheet.cell(row, at).coordinate)
    sheet.add_data_validation(choice)


def _write_definitions(sheet: Worksheet, form: Form) -> None:
    rows: list[list[Any]] = [["Code", "Line", "Definition", "Why we ask", "Source"]]
    for line in form.lines:
        each = line.indicator
        rows.append([each.code, each.title, each.definition.strip(), each.why, each.source.name])
    for number, row in enumerate(rows, 1):
        for at, text in enumerate(row, 1):
            _put(sheet, number, at, text)
            sheet.cell(number, at).alignment = WRAPPED
            sheet.cell(number, at).font = Font(bold=number == 1)
    for letter, width in zip("ABCDE", (10, 40, 80, 60, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True


def _put(sheet: Worksheet, row: int, column: int, value: object) -> None:
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        text = writable(value)
        cell.value = text or None
        if text.startswith("="):
            cell.data_type = "s"  # Text that starts with = must not become a formula.
    else:
        cell.value = value  # type: ignore[assignment]  # A Decimal.
