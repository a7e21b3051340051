"""Write a return as a file to fill in, with the same columns as CSV and as a workbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from io import BytesIO
from textwrap import wrap
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import save_workbook

from kpis.catalogue import Indicator
from kpis.catalogue.kinds import FigureUnit
from kpis.rules.figures_in_words import number_as_typed
from returns.rules.line_checks import REASONS_FOR_NONE
from returns.rules.return_lines import TypedLine
from tables.text_decoding import unquote, writable_text

RETURN_SHEET = "Return"
A4 = 9  # The number of this size of paper in a workbook.
LINE_HEIGHT = 15.5  # Points, for a line of 11-point text.
MOST_HEIGHT = 409  # Points, the most that a row can have.
FILE_VERSION = "R3"  # The version of the columns. Change it with them, so that older files are recognised.
DAY = "d mmmm yyyy"


class ReturnFileColumn(StrEnum):
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


ANSWER_COLUMNS = {
    ReturnFileColumn.NUMERATOR: "numerator",
    ReturnFileColumn.DENOMINATOR: "denominator",
    ReturnFileColumn.VALUE: "value",
    ReturnFileColumn.STATUS: "status",
    ReturnFileColumn.FOLLOWS: "follows",
    ReturnFileColumn.COMMENT: "comment",
    ReturnFileColumn.WHAT: "what",
    ReturnFileColumn.WHY: "why",
    ReturnFileColumn.WHAT_NEXT: "what_next",
}
WORD_COLUMNS = (ReturnFileColumn.COMMENT, ReturnFileColumn.WHAT, ReturnFileColumn.WHY, ReturnFileColumn.WHAT_NEXT)
# Characters. Together they fit twice the width of A4 in type of 8 points or more.
WIDTHS = {
    ReturnFileColumn.FORM: 12,
    ReturnFileColumn.CODE: 7,
    ReturnFileColumn.AREA: 14,
    ReturnFileColumn.LINE: 30,
    ReturnFileColumn.UNIT: 11,
    ReturnFileColumn.COUNTED: 22,
    ReturnFileColumn.COUNTED_FROM: 22,
    ReturnFileColumn.LAST: 11,
    ReturnFileColumn.TARGET: 11,
    ReturnFileColumn.NUMERATOR: 10,
    ReturnFileColumn.DENOMINATOR: 10,
    ReturnFileColumn.VALUE: 10,
    ReturnFileColumn.STATUS: 15,
    ReturnFileColumn.FOLLOWS: 16,
    ReturnFileColumn.COMMENT: 36,
    ReturnFileColumn.WHAT: 30,
    ReturnFileColumn.WHY: 30,
    ReturnFileColumn.WHAT_NEXT: 30,
    ReturnFileColumn.MARK: 12,
}
FIRST_WIDTH = 100  # Of "Read first".
DEFINITION_WIDTHS = (10, 34, 60, 44, 32)
# Sightline needs these columns to read the file back. They are not printed.
TECHNICAL_COLUMNS = (ReturnFileColumn.FORM, ReturnFileColumn.MARK)
REASON_CODES = {reason.label: reason.value for reason in REASONS_FOR_NONE}
TO_FILL = PatternFill("solid", fgColor="FFF7DB")
HEAD = PatternFill("solid", fgColor="E6E0EA")
WRAPPED = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True, kw_only=True)
class ReturnFileLine:
    """A line of the file: the indicator, the last figure, the target and the current answer."""

    indicator: Indicator
    last: str
    target: str
    typed: TypedLine
    version: int  # How many times the line was saved to get ``typed``.

    @property
    def mark(self) -> str:
        """Return which save of the line the file shows, so that a later save is never overwritten."""
        return f"{self.version}:{line_as_read_back(self.typed).fingerprint}"


@dataclass(frozen=True, kw_only=True)
class ReturnFile:
    """A school's return for a term, to be written into a file."""

    form_id: str
    school: str
    term: str
    due: str
    lines: Sequence[ReturnFileLine]


def line_as_read_back(typed: TypedLine) -> TypedLine:
    """Return a line as an unchanged file brings it back, so that only real changes differ from it."""
    return TypedLine(**{name: unquote(writable_text(text).strip()) for name, text in file_fields(typed).items()})


def file_fields(typed: TypedLine) -> dict[str, str]:
    """Return the text of the fields that a file has."""
    return {name: getattr(typed, name) for name in ANSWER_COLUMNS.values()}


def return_file_id(*, trust: int, school: int, school_year: int, season: int) -> str:
    """Return the ID of a return, so that a file is only read into that return.

    >>> return_file_id(trust=990101, school=991001, school_year=2026, season=1)
    'R3-990101-991001-2026-1'
    """
    return f"{FILE_VERSION}-{trust}-{school}-{school_year}-{season}"


def return_file_table(form: ReturnFile) -> list[list[object]]:
    """Return the column headings and a row for each line. Figures are numbers, so that spreadsheets can use them."""
    return [
        [head.value for head in ReturnFileColumn],
        *([_said(form, line)[head] for head in ReturnFileColumn] for line in form.lines),
    ]


def return_file_workbook(form: ReturnFile) -> bytes:
    """Return the form as a workbook with three sheets: how to fill it in, the lines, and their definitions.

    Only the answers are unlocked. The lock has no password: it prevents mistakes and keeps nobody out. A spreadsheet
    deletes or sorts only rows whose cells are all unlocked, so "Read first" says to take the lock off for that.
    """
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "Read first"
    for number, words in enumerate(_instructions(form), 1):
        _put(first, number, 1, words)
        first.cell(number, 1).alignment = WRAPPED
    first.column_dimensions["A"].width = FIRST_WIDTH
    first.cell(1, 1).font = Font(bold=True, size=14)
    _fit_rows(first, [FIRST_WIDTH])
    first.row_dimensions[1].height = 2 * LINE_HEIGHT
    _print_on_a4(first)
    _write_lines(book.create_sheet(RETURN_SHEET), form)
    _write_definitions(book.create_sheet("Definitions"), form)
    book.active = 1
    out = BytesIO()
    save_workbook(book, out)
    return out.getvalue()


def _said(form: ReturnFile, line: ReturnFileLine) -> dict[ReturnFileColumn, object]:
    indicator, typed = line.indicator, line_as_read_back(line.typed)
    reason = next((label for label, code in REASON_CODES.items() if code == typed.status), "")
    return {
        ReturnFileColumn.FORM: form.form_id,
        ReturnFileColumn.CODE: indicator.code,
        ReturnFileColumn.AREA: indicator.area.label,
        ReturnFileColumn.LINE: indicator.title,
        ReturnFileColumn.UNIT: indicator.unit.label,
        ReturnFileColumn.COUNTED: indicator.numerator or "",
        ReturnFileColumn.COUNTED_FROM: indicator.denominator or "",
        ReturnFileColumn.LAST: line.last,
        ReturnFileColumn.TARGET: line.target,
        ReturnFileColumn.NUMERATOR: _figure(typed.numerator),
        ReturnFileColumn.DENOMINATOR: _figure(typed.denominator),
        ReturnFileColumn.VALUE: _figure(typed.value),
        ReturnFileColumn.STATUS: reason,
        ReturnFileColumn.FOLLOWS: _day(typed.follows),
        **{head: getattr(typed, ANSWER_COLUMNS[head]) for head in WORD_COLUMNS},
        ReturnFileColumn.MARK: line.mark,
    }


def _figure(text: str) -> object:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    # A number that we would write differently, like 1e5, goes out and comes back as text.
    return value if value.is_finite() and number_as_typed(value) == text else text


def _day(text: str) -> object:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _instructions(form: ReturnFile) -> list[str]:
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
        "Do not rename, move, add or delete columns, and do not merge cells.",
        "To delete or sort rows, first take the protection off: choose Review, then Unprotect sheet "
        "(in LibreOffice: Tools, then Protect Sheet). There is no password.",
        "The “Definitions” sheet says what each line means.",
    ]


def _write_lines(sheet: Worksheet, form: ReturnFile) -> None:
    for at, head in enumerate(ReturnFileColumn, 1):
        top = sheet.cell(1, at, head.value)
        top.font, top.fill, top.alignment = Font(bold=True), HEAD, WRAPPED
        sheet.column_dimensions[get_column_letter(at)].width = WIDTHS[head]
    for number, line in enumerate(form.lines, 2):
        for at, (head, value) in enumerate(_said(form, line).items(), 1):
            _put(sheet, number, at, value)
            cell = sheet.cell(number, at)
            cell.alignment = WRAPPED
            if _is_asked(head, line.indicator):
                cell.protection, cell.fill = Protection(locked=False), TO_FILL
    rows = [*range(2, len(form.lines) + 2)]
    _offer(sheet, ReturnFileColumn.STATUS, list(REASON_CODES), rows)
    _ask_for_days(sheet, rows)
    yes_no = [number for number, line in enumerate(form.lines, 2) if line.indicator.unit is FigureUnit.YES_NO]
    _offer(sheet, ReturnFileColumn.VALUE, ["yes", "no"], yes_no)
    sheet.freeze_panes = "E2"
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False  # False allows it.
    sheet.protection.deleteRows = sheet.protection.sort = False
    _fit_rows(sheet, [*WIDTHS.values()])
    _print_on_a4(sheet, pages_wide=2)
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "B:D"  # Each page says which line it is about.
    letters = [get_column_letter(at) for at, head in enumerate(ReturnFileColumn, 1) if head not in TECHNICAL_COLUMNS]
    sheet.print_area = f"{letters[0]}1:{letters[-1]}{len(form.lines) + 1}"


def _print_on_a4(sheet: Worksheet, *, pages_wide: int = 1) -> None:
    sheet.page_setup.paperSize, sheet.page_setup.orientation = A4, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages_wide, 0  # As many pages as it takes.
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5, header=0.2, footer=0.2)


def _fit_rows(sheet: Worksheet, widths: Sequence[int]) -> None:
    """Make each row as high as the longest of its texts needs. Not every program does this for wrapped text."""
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = zip((str(cell.value or "") for cell in cells), widths, strict=True)
        lines = max(sum(_lines(line, width) for line in text.split("\n")) for text, width in texts)
        sheet.row_dimensions[number].height = min(max(lines, 1) * LINE_HEIGHT, MOST_HEIGHT)


def _lines(text: str, width: int) -> int:
    """Return how many lines a text needs in a column of this width, with room to spare for wide letters."""
    return len(wrap(text, max(width - 2, 1))) or 1


def _is_asked(head: ReturnFileColumn, indicator: Indicator) -> bool:
    return head in ANSWER_COLUMNS and (
        indicator.has_parts or head not in (ReturnFileColumn.NUMERATOR, ReturnFileColumn.DENOMINATOR)
    )


def _offer(sheet: Worksheet, head: ReturnFileColumn, words: list[str], rows: list[int]) -> None:
    if not rows:
        return
    choice = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
    _refuse_others(choice, f"Choose one of: {', '.join(words)}", head)
    letter = get_column_letter([*ReturnFileColumn].index(head) + 1)
    for row in rows:
        choice.add(f"{letter}{row}")
    sheet.add_data_validation(choice)


def _refuse_others(choice: DataValidation, words: str, head: ReturnFileColumn) -> None:
    choice.showErrorMessage, choice.errorStyle = True, "stop"
    choice.error, choice.errorTitle = words, head.value


def _ask_for_days(sheet: Worksheet, rows: list[int]) -> None:
    if not rows:
        return
    choice = DataValidation(
        type="date", operator="greaterThan", formula1="36525", allow_blank=True
    )  # From 1 January 2000.
    _refuse_others(choice, "Enter a date, like 31 January 2026", ReturnFileColumn.FOLLOWS)
    at = [*ReturnFileColumn].index(ReturnFileColumn.FOLLOWS) + 1
    for row in rows:
        sheet.cell(row, at).number_format = DAY
        choice.add(sheet.cell(row, at).coordinate)
    sheet.add_data_validation(choice)


def _write_definitions(sheet: Worksheet, form: ReturnFile) -> None:
    rows: list[list[Any]] = [["Code", "Line", "Definition", "Why we ask", "Source"]]
    for line in form.lines:
        indicator = line.indicator
        rows.append(
            [indicator.code, indicator.title, indicator.definition.strip(), indicator.why, indicator.source.name]
        )
    for number, row in enumerate(rows, 1):
        for at, text in enumerate(row, 1):
            _put(sheet, number, at, text)
            sheet.cell(number, at).alignment = WRAPPED
            sheet.cell(number, at).font = Font(bold=number == 1)
    for letter, width in zip("ABCDE", DEFINITION_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    _fit_rows(sheet, DEFINITION_WIDTHS)
    _print_on_a4(sheet)
    sheet.print_title_rows = "1:1"
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True


def _put(sheet: Worksheet, row: int, column: int, value: object) -> None:
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        text = writable_text(value)
        cell.value = text or None
        if text.startswith("="):
            cell.data_type = "s"  # Text that starts with = must not become a formula.
    else:
        cell.value = value  # type: ignore[assignment]  # A Decimal.
