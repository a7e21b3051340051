"""What an export of a management information system can be: its kinds, the columns each needs, and ready mappings."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kpis.catalogue.kinds import Labelled
from tables.faults import refuse_spreadsheet
from tables.sheets import Sheet, SheetRow, column_name, read_sheet

MOST_ROWS = 20_000
LONGEST_HEADING = 80
FIRST_ROWS = 20  # Where the heads are looked for: reports have a title and a date range above them.


class ExportKind(Labelled):
    """What an export lists."""

    ATTENDANCE = "attendance", "Attendance, one row for each pupil"
    ATTENDANCE_GROUPS = "attendance_groups", "Attendance, one row for each year group or class"
    BEHAVIOUR = "behaviour", "Suspensions and exclusions, one row for each"


class ExportField(Labelled):
    """What a column of an export can be to us."""

    PUPIL = "pupil", "Pupil (a number or a name; it is used to count and then forgotten)"
    GROUP = "group", "Year group or class"
    POSSIBLE = "possible", "Sessions possible"
    MISSED = "missed", "Sessions missed, of every kind"
    PRESENT = "present", "Sessions present"
    AUTHORISED = "authorised", "Sessions missed with authorisation"
    UNAUTHORISED = "unauthorised", "Sessions missed without authorisation"
    TYPE = "type", "Suspension or permanent exclusion"


ABSENCE = (ExportField.MISSED, ExportField.PRESENT, ExportField.AUTHORISED, ExportField.UNAUTHORISED)
EXPORT_FIELDS = {
    ExportKind.ATTENDANCE: (ExportField.PUPIL, ExportField.POSSIBLE, *ABSENCE),
    ExportKind.ATTENDANCE_GROUPS: (ExportField.GROUP, ExportField.POSSIBLE, *ABSENCE),
    ExportKind.BEHAVIOUR: (ExportField.PUPIL, ExportField.TYPE),
}
NEEDED_FIELDS = {
    ExportKind.ATTENDANCE: (ExportField.PUPIL, ExportField.POSSIBLE),
    ExportKind.ATTENDANCE_GROUPS: (ExportField.GROUP, ExportField.POSSIBLE),
    ExportKind.BEHAVIOUR: (ExportField.PUPIL, ExportField.TYPE),
}
ONE_WAY = "Choose sessions missed, or sessions present, or both kinds of absence: one of the three ways"


@dataclass(frozen=True, kw_only=True)
class ExportLayout:
    """A ready mapping of one system's export."""

    system: str
    kind: ExportKind
    note: str
    checked: str  # When it was checked with a school; empty when it never was.
    columns: Mapping[str, str]  # Head by field.


@dataclass(frozen=True, kw_only=True)
class ColumnGuess:
    """The columns that an export most likely has, and why."""

    columns: Mapping[str, str]
    words: str
    is_remembered: bool = False


@dataclass(frozen=True)
class Export:
    """An export as it was read: its heads and the rows under them. It lives no longer than one request."""

    sheet: Sheet
    heads: tuple[str, ...]
    head_row: int
    rows: tuple[SheetRow, ...]


@cache
def export_layouts() -> tuple[ExportLayout, ...]:
    """Return the ready mappings."""
    text = (Path(__file__).parent / "exports.toml").read_text(encoding="utf-8")
    return tuple(ExportLayout(**each | {"kind": ExportKind(each["kind"])}) for each in tomllib.loads(text)["layout"])


def open_export(data: bytes) -> Export:
    """Return the heads and rows of an export; the heads are the first row about as full as any near the top.

    Raises:
        Refused: the file cannot be read, or begins with data instead of heads.
    """
    sheet = read_sheet(data, most_rows=MOST_ROWS)
    near = sheet.rows[:FIRST_ROWS]
    fullest = max((_filled(row) for row in near), default=0)
    if fullest < 2:
        raise refuse_spreadsheet(
            "Fewer than two columns: this is no export that can be read", "Export the report as a table"
        )
    head = next(row for row in near if _filled(row) > 0.7 * fullest)
    if any(cell.problem or cell.text.replace(".", "").isdigit() for cell in head.cells):
        # Data in the place of the heads could be about pupils, so it is neither quoted nor offered as a choice.
        raise refuse_spreadsheet(
            "The columns have no heads", "Export the report with its heads", sheet=sheet.name, row=head.number
        )
    heads = tuple(" ".join(cell.text.split())[:LONGEST_HEADING] for cell in head.cells)
    rows = tuple(row for row in sheet.rows if row.number > head.number)
    if not rows:
        raise refuse_spreadsheet(
            "There is no row under the heads", "Export the report again, for the whole term", sheet=sheet.name
        )
    return Export(sheet, heads, head.number, rows)


def guess_columns(export: Export, kind: ExportKind, remembered: Mapping[str, str] | None) -> ColumnGuess:
    """Guess the column of each field, by the export's own heads: what the school chose before, else a ready mapping,
    else none.
    """
    there = {head.lower(): head for head in export.heads}

    def fitted(columns: Mapping[str, str]) -> dict[str, str]:
        found = {field: there.get(head.lower(), "") for field, head in columns.items()}
        return found if all(found.values()) else {}

    if columns := fitted(remembered or {}):
        return ColumnGuess(columns=columns, words="the columns your school chose before", is_remembered=True)
    for each in export_layouts():
        if each.kind is kind and (columns := fitted(each.columns)):
            checked = f"checked with a school on {each.checked}" if each.checked else "not checked with any school yet"
            return ColumnGuess(columns=columns, words=f"our mapping for {each.system}, {checked}")
    return ColumnGuess(columns={}, words="")


def column_choice_faults(kind: ExportKind, columns: Mapping[str, str]) -> list[str]:
    """Say in words what is wrong with a choice of columns that holds those needed; nothing when it will do."""
    chosen = [head for head in columns.values() if head]
    faults = [f"“{head}” is chosen twice" for head in sorted({head for head in chosen if chosen.count(head) > 1})]
    if kind is not ExportKind.BEHAVIOUR:
        given = {field for field in ABSENCE if columns.get(field)}
        ways = ({ExportField.MISSED}, {ExportField.PRESENT}, {ExportField.AUTHORISED, ExportField.UNAUTHORISED})
        faults += [] if given in ways else [ONE_WAY]
    return faults


def column_positions(export: Export, columns: Mapping[str, str]) -> dict[ExportField, int]:
    """Return where each field's column is.

    Raises:
        Refused: a column is not there, or there twice.
    """
    heads = [head.lower() for head in export.heads]
    found = {}
    for name, head in columns.items():
        if (count := heads.count(head.lower())) != 1:
            what = f"The column “{head}” is {'there twice' if count else 'missing'}"
            todo = "Rename one of the two" if count else "Choose the columns of this export again"
            raise refuse_spreadsheet(what, todo, sheet=export.sheet.name, row=export.head_row)
        found[ExportField(name)] = heads.index(head.lower())
    return found


def export_column_name(export: Export, at: int) -> str:
    """Name a column of an export."""
    return column_name(at, export.heads[at] if at < len(export.heads) else "")


def _filled(row: SheetRow) -> int:
    return sum(bool(cell.text or cell.problem) for cell in row.cells)
