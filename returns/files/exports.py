"""Exports from management information systems: their kinds, the columns each needs, and ready mappings."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kpis.catalogue.kinds import Labelled
from tables.faults import refuse_spreadsheet
from tables.sheets import SheetRow
from tables.table_reader import Table, read_table

MOST_ROWS = 20_000
LONGEST_HEADING = 80


class ExportKind(Labelled):
    """What an export lists."""

    ATTENDANCE = "attendance", "Attendance, one row for each pupil"
    ATTENDANCE_GROUPS = "attendance_groups", "Attendance, one row for each year group or class"
    BEHAVIOUR = "behaviour", "Suspensions and exclusions, one row for each"


class ExportField(Labelled):
    """What a column of an export can contain."""

    PUPIL = "pupil", "Pupil (a number or a name, used only to count and not kept)"
    GROUP = "group", "Year group or class"
    POSSIBLE = "possible", "Sessions possible"
    MISSED = "missed", "Sessions missed, all kinds"
    PRESENT = "present", "Sessions present"
    AUTHORISED = "authorised", "Sessions missed with authorisation"
    UNAUTHORISED = "unauthorised", "Sessions missed without authorisation"
    TYPE = "type", "Suspension or permanent exclusion"
    OUTCOME = "outcome", "Outcome, if the export says that some were cancelled or withdrawn"


ABSENCE = (ExportField.MISSED, ExportField.PRESENT, ExportField.AUTHORISED, ExportField.UNAUTHORISED)
EXPORT_FIELDS = {
    ExportKind.ATTENDANCE: (ExportField.PUPIL, ExportField.POSSIBLE, *ABSENCE),
    ExportKind.ATTENDANCE_GROUPS: (ExportField.GROUP, ExportField.POSSIBLE, *ABSENCE),
    ExportKind.BEHAVIOUR: (ExportField.PUPIL, ExportField.TYPE, ExportField.OUTCOME),
}
NEEDED_FIELDS = {
    ExportKind.ATTENDANCE: (ExportField.PUPIL, ExportField.POSSIBLE),
    ExportKind.ATTENDANCE_GROUPS: (ExportField.GROUP, ExportField.POSSIBLE),
    ExportKind.BEHAVIOUR: (ExportField.PUPIL, ExportField.TYPE),
}
ONE_WAY = "Choose one of these: sessions missed, sessions present, or both authorised and unauthorised absence"


@dataclass(frozen=True, kw_only=True)
class ExportLayout:
    """A ready mapping for one system's export."""

    system: str
    kind: ExportKind
    note: str
    checked: str  # When it was checked with a school; empty if it never was.
    columns: Mapping[str, str]  # Column heading by field.


@dataclass(frozen=True, kw_only=True)
class ColumnGuess:
    """The columns that an export most likely has, and why."""

    columns: Mapping[str, str]
    words: str
    is_remembered: bool = False


@dataclass(frozen=True)
class Export:
    """An export as it was read: its column headings and rows. It is kept for one request only."""

    table: Table
    headings: tuple[str, ...]
    rows: tuple[SheetRow, ...]


@cache
def export_layouts() -> tuple[ExportLayout, ...]:
    """Return the ready mappings."""
    text = (Path(__file__).parent / "exports.toml").read_text(encoding="utf-8")
    return tuple(
        ExportLayout(**layout | {"kind": ExportKind(layout["kind"])}) for layout in tomllib.loads(text)["layout"]
    )


def open_export(data: bytes, sheet_name: str = "") -> Export:
    """Return the column headings and rows of an export.

    Raises:
        SeveralSheets: a workbook has several sheets with something in them, and none is called ``sheet_name``.
        Refused: the file cannot be read, or starts with data instead of column headings.
    """
    table = read_table(data, sheet_name=sheet_name, most_rows=MOST_ROWS)
    headings = tuple(heading[:LONGEST_HEADING] for heading in table.headings)
    return Export(table, headings, tuple(table.rows()))


def guess_columns(export: Export, kind: ExportKind, remembered: Mapping[str, str] | None) -> ColumnGuess:
    """Guess the column of each field from the column headings.

    The school's earlier choice comes first, then a ready mapping. If neither fits, no column is guessed.
    """
    there = {head.lower(): head for head in export.headings}

    def fitted(columns: Mapping[str, str]) -> dict[str, str]:
        found = {field: there.get(head.lower(), "") for field, head in columns.items()}
        return found if all(found.values()) else {}

    if columns := fitted(remembered or {}):
        return ColumnGuess(columns=columns, words="the columns your school chose before", is_remembered=True)
    for layout in export_layouts():
        if layout.kind is kind and (columns := fitted(layout.columns)):
            checked = (
                f"checked with a school on {layout.checked}" if layout.checked else "not checked with any school yet"
            )
            return ColumnGuess(columns=columns, words=f"our mapping for {layout.system}, {checked}")
    return ColumnGuess(columns={}, words="")


def column_choice_faults(kind: ExportKind, columns: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a choice of columns. The form has checked that the needed columns are chosen."""
    chosen = [head for head in columns.values() if head]
    faults = [f"You chose “{head}” twice" for head in sorted({head for head in chosen if chosen.count(head) > 1})]
    if kind is not ExportKind.BEHAVIOUR:
        given = {field for field in ABSENCE if columns.get(field)}
        ways = ({ExportField.MISSED}, {ExportField.PRESENT}, {ExportField.AUTHORISED, ExportField.UNAUTHORISED})
        faults += [] if given in ways else [ONE_WAY]
    return faults


def column_positions(export: Export, columns: Mapping[str, str]) -> dict[ExportField, int]:
    """Return the position of each field's column.

    Raises:
        Refused: a column is missing, or is in the file twice.
    """
    headings = [head.lower() for head in export.headings]
    found = {}
    for name, head in columns.items():
        if (count := headings.count(head.lower())) != 1:
            what = f"The column “{head}” is {'in the file twice' if count else 'missing'}"
            todo = "Rename one of them" if count else "Choose the columns of this export again"
            raise refuse_spreadsheet(what, todo, sheet=export.table.sheet, row=export.table.head_row)
        found[ExportField(name)] = headings.index(head.lower())
    return found


def export_column_name(export: Export, at: int) -> str:
    """Name a column of an export."""
    return export.table.place(at)
